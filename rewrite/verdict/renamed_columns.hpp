#pragma once

#include "rewrite/renamed_column.hpp"
#include "rewrite/sql/alter_text.hpp"
#include "rewrite/sql/column_text.hpp"
#include "rewrite/sql/table_definition.hpp"
#include "rewrite/verdict/fold_plan.hpp"

#include <string>
#include <vector>

// Columns that a tool which reads the log has to copy to another name.
namespace rewrite {

// Why no row of the copy could tell whether it does; empty: one can.
std::string objection_to_witness(const table_column& before, const table_column& after);

// Of the recorded ALTER. `copy`: what it makes of the columns of `table`; a column that is not in
// it has a place behind the last.
std::vector<renamed_column> renamed_columns(
    const alter_text& alter,
    const table_definition& table,
    const expected_shape& copy,
    const lexical_rules& rules
);

}  // namespace rewrite
