#pragma once

#include "rewrite/sql/alter_text.hpp"
#include "rewrite/sql/token_cursor.hpp"

// The column and index definitions of ALTER TABLE ... ADD, as people write them: the inner half of
// alter_text.hpp. What SHOW CREATE TABLE prints is read more strictly, in table_definition.cpp.
namespace rewrite {

// At the first word after ADD.
bool begins_index(const token_cursor& in);
index_definition read_index(token_cursor& in);
column_definition read_column(token_cursor& in);

// A table option: [DEFAULT] CHARSET = x, ENGINE x ...; false, and nothing moved, if it is none.
bool read_table_option(token_cursor& in, alter_clause& clause);

}  // namespace rewrite
