#pragma once

#include "rewrite/sql/alter_text.hpp"
#include "rewrite/sql/sql_token.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace rewrite {

// A column's definition in two: what folds when it is added, and what can be done to it after that.
struct split_column
{
    std::string first;     // a definition
    std::string second;    // clauses
    std::string old_rows;  // what they get: NULL, 0, '' ...
};

// Nothing where there is nothing to split, or no way is known. `tokens` are the definition's.
std::optional<split_column> split_added_column(
    const column_definition& column, std::span<const token> tokens, const lexical_rules& rules
);

// Where the type with its arguments ends, in the statement.
std::size_t end_of_type(std::span<const token> tokens);

}  // namespace rewrite
