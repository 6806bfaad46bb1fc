#pragma once

#include "rewrite/sql/alter_text.hpp"
#include "rewrite/verdict/finding.hpp"

// A column definition in an ALTER TABLE.
namespace rewrite {

finding judge_added_column(const column_definition& definition, const clause_context& context);
// MODIFY, and CHANGE to the same name.
finding judge_changed_column(const column_definition& definition, const clause_context& context);

}  // namespace rewrite
