#pragma once

#include "rewrite/verdict/finding.hpp"

// Partitions: a copy takes a row only if its values have a place, where ALTER TABLE fails.
namespace rewrite {

bool is_about_partitions(clause_kind kind);

// Of those that do not empty a partition.
finding judge_partitions(const alter_clause& clause, const clause_context& context);

}  // namespace rewrite
