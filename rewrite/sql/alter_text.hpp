#pragma once

#include "rewrite/sql/statement.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The clauses of an ALTER TABLE.
//
// All views point into the statement's text; offsets count from its first byte.
namespace rewrite {

enum class clause_kind : std::uint8_t {
    // columns
    add_column,     // columns: one, or those of a parenthesised list (which may hold indexes too)
    drop_column,    // name
    modify_column,  // name, columns[0]
    change_column,  // name (old), new_name, columns[0]
    rename_column,  // name, new_name
    set_default,    // ALTER [COLUMN] name SET DEFAULT value
    drop_default,   // ALTER [COLUMN] name DROP DEFAULT
    set_column_visibility,  // ALTER [COLUMN] name SET VISIBLE | INVISIBLE: value
    // indexes and constraints
    add_index,   // indexes[0]: every ADD INDEX | KEY | UNIQUE | PRIMARY | FOREIGN KEY | CHECK
    drop_index,  // name
    drop_primary_key,
    drop_foreign_key,      // name
    drop_check,            // name
    drop_constraint,       // name
    rename_index,          // name, new_name
    set_index_visibility,  // ALTER INDEX name VISIBLE | INVISIBLE, MariaDB's [NOT] IGNORED: value
    set_enforced,  // ALTER CHECK | CONSTRAINT name [NOT] ENFORCED: value "ENFORCED"|"NOT ENFORCED"
    // the table
    table_option,  // name, value: see below
    convert_to,    // CONVERT TO CHARACTER SET: value the charset (or DEFAULT), new_name collation
    force,
    algorithm,   // value
    lock,        // value
    validation,  // WITH | WITHOUT VALIDATION: value
    wait,        // MariaDB's WAIT n | NOWAIT
    order_by,
    enable_keys,
    disable_keys,
    rename_to,  // new_name as typed in text; resolved in the statement's table references
    discard_tablespace,
    import_tablespace,
    secondary_load,  // SECONDARY_LOAD | SECONDARY_UNLOAD
    // partitions; no comma before them, except alone after ALGORITHM
    partition_by,
    remove_partitioning,
    add_partition,
    drop_partition,
    coalesce_partition,
    reorganize_partition,
    rebuild_partition,
    optimize_partition,
    analyze_partition,
    check_partition,
    repair_partition,
    truncate_partition,
    exchange_partition,
    discard_partition,  // DISCARD PARTITION ... TABLESPACE
    import_partition,   // IMPORT PARTITION ... TABLESPACE
    convert_partition,  // MariaDB's CONVERT PARTITION | TABLE
    unknown,            // anything else: SYSTEM VERSIONING, PERIOD ...: nothing may be assumed
};

// One column as defined in ADD, MODIFY, CHANGE or CREATE TABLE.
struct column_definition
{
    std::string name;
    std::string_view definition;  // type and attributes, without name and FIRST / AFTER
    std::size_t definition_offset = 0;
    bool first = false;
    std::string after;  // AFTER column
    bool if_not_exists = false;
};

enum class index_kind : std::uint8_t {
    plain,
    unique,
    primary,
    fulltext,
    spatial,
    foreign_key,
    check,
    unknown,  // VECTOR, PERIOD ...
};

struct key_part
{
    std::string column;           // empty for an expression
    std::string_view expression;  // with its parentheses
    std::uint32_t prefix = 0;     // of name(10), else 0
    bool descending = false;
};

struct index_definition
{
    index_kind kind = index_kind::plain;
    std::string name;             // the constraint's if there is no index name; may be empty
    std::vector<key_part> parts;  // of foreign_key: the child's columns; of check: none
    std::string_view expression;  // check: with its parentheses
    std::string_view tail;        // all after the parts: USING, COMMENT, REFERENCES ..., ENFORCED
    bool not_enforced = false;    // check ... NOT ENFORCED
    bool invisible = false;
    std::string_view text;  // all of it
};

struct alter_clause
{
    clause_kind kind = clause_kind::unknown;
    // From its first to its last token, or to the end of a version comment that began in it.
    std::string_view text;
    std::size_t offset = 0;
    std::size_t size = 0;
    // Clauses between the same two commas have the same group: ENGINE=x ROW_FORMAT=y.
    std::size_t group = 0;

    std::string name;  // the column, index, constraint or option it is about
    std::string new_name;
    // Of an option: its value, strings unquoted, words as typed. Option names are upper case and
    // in one form: ENGINE, ROW_FORMAT, COMMENT, AUTO_INCREMENT, CHARSET (for [DEFAULT] CHARACTER
    // SET and CHARSET), COLLATE (for [DEFAULT] COLLATE), KEY_BLOCK_SIZE, DATA DIRECTORY, ...
    std::string value;
    bool if_exists = false;      // MariaDB's IF EXISTS
    bool if_not_exists = false;  // MariaDB's IF NOT EXISTS
    std::vector<column_definition> columns;
    std::vector<index_definition> indexes;
};

struct alter_text
{
    std::string_view text;
    std::vector<alter_clause> clauses;
    bool ignore = false;    // ALTER IGNORE TABLE
    bool readable = false;  // false: nothing may be taken from clauses, and none be cut out
    // Where the table reference is, and the top-level commas: what emit_alter() edits.
    std::size_t table_offset = 0;
    std::size_t table_size = 0;
    std::vector<std::size_t> commas;  // commas[i] comes after group i
    std::uint16_t charset = 255;      // character_set_client of text
};

// `text` must live as long as the result. `read` is what read_statement() made of the same text.
alter_text read_alter(std::string_view text, const statement& read, const lexical_rules& rules);

}  // namespace rewrite
