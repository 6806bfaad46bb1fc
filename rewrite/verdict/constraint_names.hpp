#pragma once

#include "rewrite/sql/alter_text.hpp"
#include "rewrite/sql/sql_token.hpp"
#include "rewrite/sql/table_name.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// The constraints of a tool's copy have other names than the original's, and their names change
// once more when the copy is renamed. Consumers, who get an ALTER instead, get the names from it:
// each constraint is dropped and added again in the same statement.
namespace rewrite {

// Where the names come from.
struct constraint_source
{
    std::string_view create_table;  // of the original, as the source prints it
    std::string_view ghost_create;  // the copy's own CREATE TABLE; empty: made with LIKE
    table_name original;
    table_name ghost;
    // The original's name at consumers, while it is another one; empty: its own.
    table_name away;
};

struct constraint_changes
{
    std::string objection;  // why the names cannot be made those of the copy; empty: they can
    // For the ALTER, with commas between them, in UTF-8 or, unless that is ASCII, in its charset.
    std::string clauses;
    std::vector<std::size_t> replaced;  // clauses of the ALTER that these stand for
    std::size_t renamed = 0;            // how many constraints get another name
    std::size_t left_out = 0;           // how many the copy does not have

    bool empty() const { return clauses.empty() && replaced.empty(); }
};

// Puts a comma between them, where there is something on both sides.
void append_clause(std::string& clauses, std::string_view clause);

// `rules` are those of the ALTER's session.
constraint_changes plan_constraints(
    const alter_text& alter, const constraint_source& from, const lexical_rules& rules
);

}  // namespace rewrite
