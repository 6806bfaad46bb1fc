#pragma once

#include "rewrite/sql/alter_text.hpp"
#include "rewrite/sql/table_definition.hpp"
#include "rewrite/verdict/facts.hpp"
#include "rewrite/verdict/verdict.hpp"

#include <string>

// What a tool's copy does to rows by itself, whatever the ALTER: values that are others on the
// source afterwards, rows that are lost there. docs/verdicts.md has the list.
namespace rewrite {

struct tool_damage
{
    std::string text;  // for people; empty: the copy is what was there, as far as the facts show
    // Rows are lost, or a consumer that keeps the values cannot follow what is written later.
    bool loses_rows = false;
};

tool_damage damage_by_tool(
    const migration_plan& plan,
    const alter_text& alter,
    const table_definition& table,
    const facts& told
);

// A consumer that keeps a column's values has to find the source's rows by others.
bool is_followed_without(const table_column& spoilt, const table_definition& table);

}  // namespace rewrite
