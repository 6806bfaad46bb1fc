#pragma once

#include "rewrite/sql/alter_text.hpp"
#include "rewrite/sql/table_constraint.hpp"
#include "rewrite/sql/table_definition.hpp"

#include <string>
#include <vector>

// A server makes an index for a foreign key that has none, and remembers that it did: such an index
// goes when another one covers it, and the index of a foreign key that is added takes its place.
// SHOW CREATE TABLE does not tell it from one that a person made, and a copy made of that text has
// only the latter. So an ALTER that drops and adds a foreign key drops and adds its index, too, and
// those printed after it, which keeps their order.
namespace rewrite {

struct index_changes
{
    std::string objection;             // why that cannot be done; empty: it can
    std::vector<std::string> dropped;  // names
    std::vector<std::string> added;    // as printed: KEY `a` (`a`)
};

// `keys` are the foreign keys that are dropped and added, `table` is what they belong to. Indexes
// that the ALTER drops stay dropped.
index_changes indexes_made_again(
    const table_definition& table,
    const std::vector<table_constraint>& keys,
    const alter_text& alter
);

}  // namespace rewrite
