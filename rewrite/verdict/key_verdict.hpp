#pragma once

#include "rewrite/verdict/finding.hpp"

#include <string>
#include <string_view>
#include <vector>

// Keys that an ALTER TABLE adds and drops.
namespace rewrite {

constexpr std::string_view adds_unique_key = "adds a unique key";

finding judge_added_index(const index_definition& index, const clause_context& context);
// A unique key over these columns, which may be new ones.
finding judge_unique_over(const std::vector<std::string>& columns, const clause_context& context);

// A new column that is NULL in every row that a tool copies.
bool is_new_and_null(std::string_view column, const clause_context& context);

finding judge_dropped_index(std::string_view index, const clause_context& context);

// Whether tools can still find rows: a key that finds them stays as it is.
bool keeps_finding_rows(const clause_context& context);
// Tools find the copy's rows by the primary key; without one, or where it goes, by a unique key,
// any of them, also one that this ALTER adds.
bool may_find_rows_by(const clause_context& context, std::string_view column);

}  // namespace rewrite
