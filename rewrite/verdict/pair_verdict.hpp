#pragma once

#include "rewrite/sql/alter_text.hpp"
#include "rewrite/verdict/cost.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

// What the clauses of an ALTER TABLE come to together, each of them being fine by itself.
namespace rewrite {

// Empty: nothing speaks against them.
std::string objection_to_pairs(const alter_text& alter);

// `prices` are the clauses' own, one each; `engine` is the table's, empty: InnoDB.
cost price_of_all(
    const std::vector<alter_clause>& clauses,
    std::span<const cost> prices,
    std::string_view engine = {}
);

}  // namespace rewrite
