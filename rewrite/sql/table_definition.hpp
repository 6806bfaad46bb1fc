#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// A table as its CREATE TABLE defines it: what SHOW CREATE TABLE prints, or what a person typed.
namespace rewrite {

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
    std::string text = {};             // as printed; empty if it stands in a column's definition
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
    std::string row_format;    // in lower case; empty if none is printed
    std::string encryption;    // as printed: from 8.0.16 on 'N' only where the schema's is 'Y'
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
