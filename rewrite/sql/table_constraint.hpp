#pragma once

#include "rewrite/sql/sql_token.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// A CHECK or FOREIGN KEY of a table, as SHOW CREATE TABLE prints it.
namespace rewrite {

// A server prints with backticks and escapes whatever the session's sql_mode; every version comment
// is for itself.
constexpr lexical_rules printed{.server_version = 99999};

struct table_constraint
{
    std::string name;        // empty if none is printed
    std::string definition;  // from CHECK or FOREIGN on, without NOT ENFORCED
    bool is_check = false;
    bool enforced = true;              // of a CHECK
    std::string expression;            // of a CHECK: with its parentheses
    std::vector<std::string> columns;  // of a FOREIGN KEY: the table's own
    bool cascades = false;  // of a FOREIGN KEY: a change of the parent changes rows of the table
};

// A line of table_definition::checks or foreign_keys. Nothing if it is not understood.
std::optional<table_constraint> parse_constraint(std::string_view line);

// Of CHECKs that are called as the server calls them when nobody does: "_chk_" after the table.
constexpr std::string_view check_infix = "_chk_";
// The same of foreign keys.
constexpr std::string_view foreign_key_infix = "_ibfk_";

// Whether a server takes the name for one that it made itself: more after the table's name and the
// infix, whatever it is.
bool is_generated_name(std::string_view name, std::string_view table, std::string_view infix);

// What a constraint of `table` is called once the table has been renamed: made names follow it.
std::string name_after_rename(
    std::string_view name, std::string_view table, std::string_view renamed, std::string_view infix
);

}  // namespace rewrite
