#pragma once

#include "rewrite/sql/alter_text.hpp"
#include "rewrite/verdict/finding.hpp"

#include <string>

// One clause of an ALTER TABLE. docs/verdicts.md has the table.
namespace rewrite {

finding judge_clause(const alter_clause& clause, const clause_context& context);

// The clause for people, without values: ADD COLUMN `c`.
std::string describe(const alter_clause& clause);

}  // namespace rewrite
