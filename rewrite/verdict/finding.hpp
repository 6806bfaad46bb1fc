#pragma once

#include "rewrite/sql/alter_text.hpp"
#include "rewrite/sql/sql_token.hpp"
#include "rewrite/sql/table_definition.hpp"
#include "rewrite/tool/tool.hpp"
#include "rewrite/verdict/cost.hpp"
#include "rewrite/verdict/proof.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <string_view>

namespace rewrite {

// What one clause of an ALTER TABLE comes to: does it, run on a table with rows, give the table
// that a tool's copy gives?
struct finding
{
    std::string objection;  // empty: the same table, proven
    cost price = cost::nothing;
    proof needs = {};
    // The ALTER must fail where the tool made a value fit: strict bits stay.
    bool strict = false;
    // What the tool does to values on the source that the ALTER does not do; empty: nothing.
    std::string spoils = {};

    bool folds() const { return objection.empty(); }
    // Both together; the first objection stays.
    void add(const finding& more)
    {
        if (objection.empty())
            objection = more.objection;
        price = std::max(price, more.price);
        needs.add(more.needs);
        strict = strict || more.strict;
        if (spoils.empty())
            spoils = more.spoils;
    }
};

// The tools copy with INSERT IGNORE.
constexpr std::string_view equal_rows_vanish =
    "of rows with one key the tool's copy keeps only one, where ALTER TABLE would fail";

constexpr std::string_view violators_vanish =
    "rows that violate it are missing in the tool's copy, where ALTER TABLE would fail";

// What a clause is judged against.
struct clause_context
{
    const table_definition& table;  // the original
    std::span<const token> tokens;  // of the whole ALTER
    const lexical_rules& rules;
    std::string_view time_zone = {};             // see migration_plan
    std::span<const alter_clause> clauses = {};  // of the whole ALTER
    bool strict = true;                          // see migration_plan
    tool which = default_tool;
    std::string_view original = {};  // its name
};

}  // namespace rewrite
