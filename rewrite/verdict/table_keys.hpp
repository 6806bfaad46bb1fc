#pragma once

#include "rewrite/sql/table_definition.hpp"

#include <string>
#include <string_view>

// What the keys of an original, and what is computed from its columns, have to do with a column.
namespace rewrite {

bool is_unique(const table_index& index);
// Whether the column itself is one of its parts; an expression over it is none.
bool holds(const table_index& index, std::string_view column);

bool is_in_unique_key(const table_definition& table, std::string_view column);
bool is_in_primary_key(const table_definition& table, std::string_view column);

// Every row has a value in it, and no two the same: a key by which a tool can find rows.
bool finds_rows(const table_index& index, const table_definition& table);

// What of the table is computed from the column.
struct dependents
{
    std::string generated;     // for people: "generated column `g`"; empty without one
    std::string key;           // over an expression: "key `k`"
    bool unique = false;       // such a key, or one over such a column
    bool checked = false;      // a CHECK names it
    bool partitioned = false;  // the partitioning
    bool foreign = false;      // a foreign key of the table
    bool any() const { return !generated.empty() || !key.empty() || checked || partitioned; }
};
dependents dependents_on(const table_definition& table, std::string_view column);

}  // namespace rewrite
