#pragma once

#include "protocol/bytes.hpp"
#include "rewrite/sql/sql_token.hpp"

#include <string>

namespace rewrite {

// What a QUERY event's status variables say about reading its text. `server_version` is the
// source's.
lexical_rules rules_of(protocol::byte_view status, std::uint32_t server_version);

// Whether a value that does not fit is an error in the session's sql_mode. True if it is not told.
bool is_strict(protocol::byte_view status);

// The session's time zone; empty if the statement did not use it.
std::string time_zone_of(protocol::byte_view status);

}  // namespace rewrite
