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
    coordinate fence;                    // they hold up to here, if nothing named the table since
    std::string missing;  // why they do not count (a missing grant ...); empty if they do
};

void append_name(protocol::writer& to, const table_name& name);
table_name read_name(protocol::reader& from);
void append_facts(protocol::writer& to, const facts& known);
facts read_facts(protocol::reader& from);  // from.ok() says whether all was there

// How a DEFAULT is written.
enum class default_form : std::uint8_t {
    none,
    null,
    literal,     // a string, a number, TRUE, DATE'2020-01-01': the same whenever it is evaluated
    now,         // CURRENT_TIMESTAMP and its synonyms
    expression,  // anything else
};

// A column of a parsed SHOW CREATE TABLE, every attribute that a MODIFY could change by omission.
struct table_column
{
    std::string name;
    std::string type;       // lower case, the server's own word: "varchar", "int", "decimal" ...
    std::string arguments;  // "40", "10,2", "'a','b'": as printed
    std::vector<std::uint64_t> numbers;  // of the arguments
    std::vector<std::string> values;     // of ENUM and SET, escapes resolved
    bool is_unsigned = false;
    bool zerofill = false;
    std::string charset;    // as printed or the table's; utf8 is called utf8mb3 as in newer servers
    std::string collation;  // the charset's default if not printed; empty: utf8mb4's default, which
                            // depends on the server
    bool nullable = true;
    default_form form = default_form::none;
    std::optional<std::string> default_text;  // as printed: 'x', NULL, CURRENT_TIMESTAMP, (expr)
    std::string on_update;
    bool auto_increment = false;
    std::string generated;  // expression; empty if none
    bool stored = false;
    bool invisible = false;
    std::string srid;
    std::string comment;
    std::string other;  // anything else printed, which makes it "not understood"
};
struct table_index
{
    enum class form : std::uint8_t { primary, unique, plain, fulltext, spatial };
    form kind = form::plain;
    std::string name;
    std::vector<std::string> columns;  // names; an expression part as its text with "(" in front
};
struct table_definition
{
    std::vector<table_column> columns;
    std::vector<table_index> indexes;
    std::vector<std::string> checks;        // constraint lines as printed
    std::vector<std::string> foreign_keys;  // constraint lines as printed
    std::string engine;
    std::string charset;       // of the table; like a column's
    std::string collation;     // like a column's
    std::string row_format;    // as printed, upper case; empty for the server's default
    std::string partitioning;  // text from PARTITION BY on; empty if none
    bool directories = false;  // DATA DIRECTORY / INDEX DIRECTORY
    std::string other;         // first option or line that is not understood
    // Names compare without case.
    const table_column* find(std::string_view column) const;
    const table_index* find_index(std::string_view index) const;
};
// Nothing if the text is not understood.
std::optional<table_definition> parse_create_table(std::string_view text);
// Equal up to the table's name, AUTO_INCREMENT= and constraint names (pt-osc's ghost against the
// facts).
bool same_definition(std::string_view create_a, std::string_view create_b);

}  // namespace rewrite
