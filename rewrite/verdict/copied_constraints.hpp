#pragma once

#include "rewrite/sql/sql_token.hpp"
#include "rewrite/sql/table_constraint.hpp"
#include "rewrite/sql/table_definition.hpp"
#include "rewrite/sql/table_name.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// What the constraints of an original are called in the copy that a tool made of it.
namespace rewrite {

struct copied_constraint
{
    table_constraint at_original;
    // Its name in the copy, before anybody alters it; empty: the copy does not have it.
    std::string at_ghost = {};
};

struct copied_constraints
{
    std::string objection;  // why that is not known, or does not help; empty: it does
    std::vector<copied_constraint> all;
    std::size_t last_number = 0;  // of the CHECKs' names that the server made for the copy
};

// `table` is the original, printed as `create_table`. `ghost_create` is the copy's own CREATE TABLE
// in the charset of `rules`; empty: it was made with LIKE.
copied_constraints copies_of_constraints(
    const table_definition& table,
    std::string_view create_table,
    std::string_view ghost_create,
    const table_name& ghost,
    const lexical_rules& rules
);

std::string_view infix_of(const table_constraint& constraint);
// For people: CHECK `a`.
std::string to_text(const table_constraint& constraint);

}  // namespace rewrite
