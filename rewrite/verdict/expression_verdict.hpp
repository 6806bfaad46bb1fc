#pragma once

#include "rewrite/sql/sql_token.hpp"
#include "rewrite/sql/table_definition.hpp"

#include <span>
#include <string>

// Expressions in an ALTER TABLE: whether they come to the same in a tool's session, in a consumer's
// and at any time. docs/verdicts.md has the functions that are known to.
namespace rewrite {

// Of columns of the row: a generated column, a key part, a CHECK. `result` is the column that it is
// computed for, or null. Empty: the same everywhere.
std::string objection_to_expression(
    std::span<const token> expression, const table_definition& table, const table_column* result
);

// Of constants alone: a DEFAULT. Empty: the same everywhere.
std::string objection_to_constant(std::span<const token> expression);

}  // namespace rewrite
