#pragma once

#include "protocol/bytes.hpp"
#include "rewrite/sql/sql_token.hpp"

namespace rewrite {

// What a QUERY event's status variables say about reading its text. `server_version` is the
// source's.
lexical_rules rules_of(protocol::byte_view status, std::uint32_t server_version);

}  // namespace rewrite
