#pragma once

#include "rewrite/verdict/finding.hpp"

// A new column.
namespace rewrite {

finding judge_added_column(const column_definition& definition, const clause_context& context);

}  // namespace rewrite
