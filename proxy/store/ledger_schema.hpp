#pragma once

namespace proxy {

// Raised when a table or the bytes of a decision change; an older program must not open what it
// cannot read. A ledger gets it with its first decision. Version 1 is release 0.1's.
constexpr int ledger_version = 3;

constexpr const char* schema = R"(
create table decisions (          -- never taken twice, never changed
    epoch integer not null,
    file text not null,           -- of the source
    file_number integer not null,
    position integer not null,
    kind text not null,           -- verdict | second half | go on
    answer text not null,         -- fold | pass | later | found | not found | pass | empty | sql
    reason text not null,
    original text not null,       -- schema.table of a verdict's migration
    recorded_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    bytes blob not null,          -- all of it
    primary key (epoch, file_number, position, kind)
) without rowid;

create table migrations (
    id integer primary key,
    tool integer not null,        -- enum tool of rewrite/tool/tool.hpp
    original_schema text not null, original_table text not null,
    ghost_schema text not null, ghost_table text not null,
    state integer not null,       -- migration_state of rewrite/output.hpp
    outcome integer not null,     -- 0 pass, 1 fold
    reason text not null, price integer not null, unproven integer not null,
    created_epoch integer not null, created_file text not null, created_position integer not null,
    judged_epoch integer not null, judged_file text not null, judged_position integer not null,
    cut_over_epoch integer not null, cut_over_file text not null, cut_over_position integer not null,
    alter_text text not null, disturbed_by text not null,
    hidden_transactions integer not null, hidden_events integer not null,
    hidden_bytes integer not null
);

create table remarks (
    kind integer not null,
    migration integer not null,
    name text not null,           -- schema.table
    epoch integer not null, file text not null, position integer not null,
    text text not null,
    said_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    unique (epoch, file, position, kind, migration, name, text)  -- a replay says them again
);

create table stop (               -- what holds publishing now: one row or none
    id integer primary key check (id = 1),
    epoch integer not null, file text not null, position integer not null,
    kind integer not null, reason integer not null, migration integer not null,
    original text not null, ghost text not null, text text not null
);
)";

// Made where they are missing: a ledger of an earlier version has none, and its program needs none.
constexpr const char* later_schema = R"(
create table if not exists words (  -- how stops ended, and by whom
    epoch integer not null, file text not null, position integer not null,
    migration integer not null,     -- 0: about none
    word integer not null,          -- 1 pass 2 empty 3 sql
    sql text not null,
    given_by text not null,
    given_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);

create table if not exists migration_times (
    migration integer primary key,
    began integer not null,         -- seconds since 1970, by the source's clock; 0: not known
    judged integer not null, cut_over integer not null, ended integer not null,
    served_text text not null       -- the statement that consumers got at the cut-over
);

create table if not exists decision_gtids (  -- by which a decision is found in another server's log
    gtid text not null,             -- of the transaction that asked
    number integer not null,        -- which of the places in it where something was asked
    kind text not null,
    epoch integer not null, file text not null, position integer not null,  -- of the decision
    primary key (gtid, number, kind)
) without rowid;

create table if not exists epochs (  -- servers that were followed after the first
    epoch integer primary key,
    end_file text not null, end_position integer not null,  -- of its log, when it had all of `known`
    server_uuid text not null, file text not null, server_id integer not null,
    stored text not null,           -- GTIDs that came from those before it
    known text not null,            -- and those that they had past their logs
    lost text not null,             -- of them, those that it did not have
    before_epoch integer not null, before_file text not null, before_position integer not null,
    left text not null              -- whether the log before it was left at that place
);

create table if not exists decision_places (  -- where a decision was found so, and where it was made
    epoch integer not null, file text not null, position integer not null,
    of_epoch integer not null, of_file text not null, of_position integer not null,
    primary key (epoch, file, position)
) without rowid;
)";

// What is known of the source's tables (table_memory.hpp): may be deleted at any time while unghost
// does not run. Made where it is missing.
constexpr const char* memory_schema = R"(
create table if not exists remembered_source (  -- one row or none
    id integer primary key check (id = 1),
    server_uuid text not null,
    settings text not null,         -- under which the tables were asked for
    changes integer not null        -- of tables in its log that were heard of
);

create table if not exists remembered_tables (
    schema_name text not null, table_name text not null,
    epoch integer not null, file text not null, position integer not null,  -- they hold from here
    triggers integer not null,      -- how many are on it
    asked_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    facts blob not null,
    unique (schema_name, table_name)
);

create table if not exists remembered_keys (  -- foreign keys, from both of their ends
    schema_name text not null, table_name text not null,
    other_schema text not null, other_table text not null,
    primary key (schema_name, table_name, other_schema, other_table)
) without rowid;
create index if not exists remembered_keys_of on remembered_keys (other_schema, other_table);
)";

}  // namespace proxy
