#pragma once

#include "rewrite/sql/alter_text.hpp"
#include "rewrite/sql/table_definition.hpp"
#include "rewrite/tool/tool.hpp"

#include <string>

namespace rewrite {

// Tools look in the ALTER for columns that are renamed or dropped with patterns, and find them in
// comments and texts, too: such a column they copy to another one, or not at all. Why, for people;
// empty: they read what is there.
std::string misread_by_patterns(const alter_text& alter, const table_definition& table, tool which);

}  // namespace rewrite
