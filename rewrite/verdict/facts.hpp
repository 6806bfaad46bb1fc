#pragma once

#include "protocol/reader.hpp"
#include "protocol/writer.hpp"
#include "rewrite/sql/table_name.hpp"
#include "rewrite/upstream.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// What is known about an original: its definition, triggers and foreign keys, and for which
// coordinates it holds.
namespace rewrite {

struct trigger_fact
{
    std::string name;
    std::string time;   // BEFORE, AFTER
    std::string event;  // INSERT, UPDATE, DELETE
    std::string body;   // ACTION_STATEMENT
};

struct facts
{
    table_name table;
    std::string create_table;  // SHOW CREATE TABLE of it, UTF-8; empty if it does not exist
    std::vector<trigger_fact> triggers;  // on the table, the tool's own included
    std::vector<table_name> children;    // tables with a foreign key to it
    // "Compact": its row format, or that of a partition, if a copy gets another one. Empty: a copy
    // gets the same, or it is not known.
    std::string row_format;
    // Why the source cannot count its rows as of a place in the log. Empty: it can.
    std::string uncountable;
    // Why the source may not have it any more when its rows are to be counted, though it can count
    // them. Empty: it will have it. Not saved.
    std::string may_be_gone;
    // Its data and indexes, as the source estimates them. None: not known.
    std::optional<std::uint64_t> bytes;
    std::optional<std::uint64_t> rows;  // likewise; for people, not saved
    // Of a session that says nothing else: its time zone and sql_mode. Empty: not known.
    std::string time_zone;
    std::string sql_mode;
    bool zone_shifts = false;          // the zone had more than one offset since 1970
    bool hides_generated_key = false;  // sessions are not shown a generated invisible primary key
    // They hold up to here, if nothing named the table since. The question's own coordinate:
    // remembered ones, which hold there.
    coordinate fence;
    std::string missing;  // why they do not count (a missing grant ...); empty if they do
};

void append_name(protocol::writer& to, const table_name& name);
table_name read_name(protocol::reader& from);
// Those of release 0.1. read_facts: from.ok() says whether all was there.
void append_facts(protocol::writer& to, const facts& value);
facts read_facts(protocol::reader& from);
// Those that came later: a tagged record (tagged_record.hpp), to which more may be added.
void append_later_facts(protocol::writer& to, const facts& value);
void read_later_facts(protocol::reader& from, facts& value);

}  // namespace rewrite
