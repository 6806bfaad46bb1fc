#pragma once

#include "rewrite/sql/sql_token.hpp"
#include "rewrite/sql/table_definition.hpp"

#include <span>
#include <string>

// A column's type and attributes as written in CREATE, ADD, MODIFY and CHANGE, in the server's
// own words (INTEGER is int, BOOL is tinyint(1)). What is left out stays at its default here; whose
// default the server takes (the table's charset ...) is for the caller.
namespace rewrite {

struct column_text
{
    table_column column;  // without name
    bool null_written = false;
    bool charset_written = false;
    bool primary = false;    // PRIMARY KEY or KEY
    bool unique = false;     // UNIQUE [KEY]
    std::string check;       // CHECK ... as typed
    std::string references;  // REFERENCES ... as typed
};

// `tokens` are those after the column's name, without FIRST and AFTER, all of one text.
column_text read_column(std::span<const token> tokens, const lexical_rules& rules);

bool has_charset(std::string_view type);
// In lower case, utf8 as utf8mb3.
std::string charset_name(std::string_view typed);
// Empty if it is utf8mb4 or we do not know.
std::string default_collation(std::string_view charset);
std::string charset_of_collation(std::string_view collation);

// Whether one of the tokens names this column.
bool mentions(std::span<const token> tokens, std::string_view column);

}  // namespace rewrite
