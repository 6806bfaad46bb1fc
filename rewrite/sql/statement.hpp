#pragma once

#include "rewrite/sql/sql_token.hpp"
#include "rewrite/sql/table_name.hpp"

#include <vector>

// What one statement does to which name in which role.
namespace rewrite {

enum class statement_kind : std::uint8_t {
    begin,  // BEGIN, START TRANSACTION
    commit,
    rollback,
    savepoint,  // SAVEPOINT, ROLLBACK TO, RELEASE SAVEPOINT
    xa_start,
    xa_end,
    xa_prepare,
    xa_commit,
    xa_rollback,
    create_table,       // with its full text: role target
    create_table_like,  // targets: new one; like: the model
    create_table_select,
    alter_table,
    alter_table_rename,  // has a RENAME [TO|AS] clause, alone or with others
    rename_table,
    drop_table,
    truncate_table,
    create_index,
    drop_index,
    create_trigger,
    drop_trigger,
    create_view,  // and ALTER VIEW
    drop_view,
    create_database,
    drop_database,
    alter_database,
    analyze_table,  // ANALYZE, OPTIMIZE, CHECK, REPAIR
    flush,
    grant,        // GRANT, REVOKE
    change_rows,  // INSERT, REPLACE, UPDATE, DELETE, LOAD DATA, CALL, DO, WITH ...
    other,        // read to its end, nothing of interest (CREATE USER, SET PASSWORD, ...)
    unreadable,   // lexical rules did not hold to the end
};

enum class table_role : std::uint8_t {
    target,  // created, altered, dropped, truncated, written
    like,    // CREATE ... LIKE model
    rename_from,
    rename_to,   // pairs: follows its rename_from
    on,          // the table of a trigger or index, or in GRANT ... ON
    references,  // FOREIGN KEY ... REFERENCES
    exchange,    // EXCHANGE PARTITION ... WITH TABLE
    read,        // anywhere else a table may be named: FROM, JOIN, view bodies, subqueries
};

struct table_reference
{
    table_name name;  // resolved
    table_role role = table_role::read;
    // Where it is written in the text, schema and dot included: what an emitted statement
    // exchanges.
    std::size_t offset = 0;
    std::size_t size = 0;
    // Rows of it may be written: by a statement that changes rows (role target), or by the body of
    // a trigger (role read).
    bool written = false;
    // False: typed with bytes >= 0x80 of a charset we do not convert (gbk, sjis, cp1251 ...). The
    // name keeps no more than its ASCII part, and may be any table whose name is not ASCII.
    bool exact = true;
};

// A CREATE TRIGGER, as far as tools' triggers need it.
struct trigger_definition
{
    table_name name;              // the trigger's own (schema of its table if it has none)
    std::string time;             // BEFORE, AFTER (upper case)
    std::string event;            // INSERT, UPDATE, DELETE
    std::size_t body_offset = 0;  // of the body after FOR EACH ROW in the text
};

struct statement
{
    statement_kind kind = statement_kind::other;
    std::vector<table_reference> tables;
    bool temporary = false;
    bool if_exists = false;
    bool if_not_exists = false;
    std::string_view comment;  // text of the first comment before the first table name
    // ALTER TABLE: just after the table name, so that comments before the clauses are seen too;
    // CREATE TABLE: of the "(", or of what else follows the name.
    std::size_t clauses_offset = 0;
    trigger_definition trigger;  // of create_trigger; name also of drop_trigger
    std::string database;        // of CREATE/ALTER/DROP DATABASE
    std::string xid;             // XA: the xid as bytes "gtrid\0bqual\0format", for comparing only

    // In any role. True for all tables if unreadable, and for a name that is not `exact` if it may
    // be this table.
    bool names(const table_name& table) const;
    const table_reference* first(table_role role) const;
};

// Reading takes time linear in the text; "BEGIN" and "COMMIT" take next to none.
// `text` is what a QUERY event holds; `default_database` its database. Never fails: what cannot be
// read is `unreadable`, and then names() must be taken as "may name anything".
statement read_statement(
    std::string_view text,
    std::string_view default_database,
    const lexical_rules& rules,
    name_case names
);

// A log holds one statement an event; a person may have typed more. A semicolon may end it.
bool is_one_statement(std::string_view text, const lexical_rules& rules);

}  // namespace rewrite
