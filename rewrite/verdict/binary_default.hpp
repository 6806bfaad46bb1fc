#pragma once

#include "rewrite/sql/alter_text.hpp"
#include "rewrite/sql/sql_token.hpp"

#include <string>

// What a consumer that is no MySQL makes of a folded ALTER.
namespace rewrite {

// The first column that is added with a DEFAULT of bytes that are no UTF-8, such as
// `b varbinary(10) DEFAULT x'00ff'`; empty without one. TiDB gives old rows other bytes:
// each that is no UTF-8 becomes U+FFFD.
std::string binary_default_of(const alter_text& alter, const lexical_rules& rules);

}  // namespace rewrite
