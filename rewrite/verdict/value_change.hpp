#pragma once

#include "rewrite/sql/table_definition.hpp"

#include <cstdint>

// What becomes of values that do not fit a column's new type.
namespace rewrite {

// Whether INSERT IGNORE, by which tools copy, and an ALTER TABLE without the strict bits of its
// sql_mode make the same of every value of `before`: cut, rounded, the nearest one, or none. Both
// without ZEROFILL; of charsets nothing is looked at.
bool becomes_the_same(
    const table_column& before, const table_column& after, std::uint32_t server_version
);

// Whether both hold integers, so that what does not fit is told by its error alone.
bool are_integers(const table_column& before, const table_column& after);

}  // namespace rewrite
