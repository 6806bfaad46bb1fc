#pragma once

#include "rewrite/sql/alter_text.hpp"
#include "rewrite/sql/column_text.hpp"
#include "rewrite/verdict/finding.hpp"

// A column definition in an ALTER TABLE.
namespace rewrite {

// Its attributes, as the text has them.
column_text read_definition(const column_definition& definition, const clause_context& context);

// MODIFY, and CHANGE of the column that was called `name`.
finding judge_changed_column(
    std::string_view name, const column_definition& definition, const clause_context& context
);

}  // namespace rewrite
