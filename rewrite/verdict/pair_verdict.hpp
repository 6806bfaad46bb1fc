#pragma once

#include "rewrite/sql/alter_text.hpp"
#include "rewrite/sql/table_definition.hpp"
#include "rewrite/verdict/cost.hpp"

#include <span>
#include <string>
#include <vector>

// What the clauses of an ALTER TABLE come to together, each of them being fine by itself.
namespace rewrite {

// Empty: nothing speaks against them.
std::string objection_to_pairs(const alter_text& alter);

// `prices` are the clauses' own, one each; `table` is the one that they change.
cost price_of_all(
    const std::vector<alter_clause>& clauses,
    std::span<const cost> prices,
    const table_definition& table = {},
    std::uint32_t server_version = default_server_version
);

}  // namespace rewrite
