#pragma once

#include "rewrite/sql/alter_text.hpp"
#include "rewrite/sql/column_text.hpp"
#include "rewrite/verdict/verdict.hpp"

#include <span>
#include <string>

// One clause of an ALTER TABLE: does it, run on a table with rows, give the table that a tool's
// copy gives? docs/verdicts.md has the table.
namespace rewrite {

struct finding
{
    std::string objection;  // empty: the same table, proven
    cost price = cost::nothing;
};

// What a clause is judged against.
struct clause_context
{
    const table_definition& table;  // the original
    std::span<const token> tokens;  // of the whole ALTER
    const lexical_rules& rules;
};

finding judge_clause(const alter_clause& clause, const clause_context& context);
finding judge_added_column(const column_definition& written, const clause_context& context);
// MODIFY, and CHANGE to the same name.
finding judge_changed_column(const column_definition& written, const clause_context& context);

// No-op on an empty ghost, takes rows away from the original: folded on no one's word.
bool destroys_rows(clause_kind kind);

// The clause for people, without values: ADD COLUMN `c`.
std::string describe(const alter_clause& clause);
std::string quoted(std::string_view name);

}  // namespace rewrite
