#pragma once

#include "rewrite/sql/column_text.hpp"
#include "rewrite/verdict/finding.hpp"

// CHECKs and foreign keys that an ALTER TABLE adds: rows that violate them are not in the copy.
namespace rewrite {

finding judge_check(const index_definition& check, const clause_context& context);
// In a column's definition; the column may be new.
finding judge_column_check(const column_text& column, const clause_context& context);
finding judge_foreign_key(const index_definition& key, const clause_context& context);

}  // namespace rewrite
