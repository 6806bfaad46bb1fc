#pragma once

#include "rewrite/sql/sql_token.hpp"
#include "rewrite/sql/table_definition.hpp"

#include <string>
#include <string_view>

// What is computed from a session's time zone or locale. A zone may be the consumer's own, and a
// tool's session is not the one that wrote the rows. docs/verdicts.md has the list.
namespace rewrite {

// Whether a time zone, by the name that the log has for it, is the same at every server: +02:00,
// neither SYSTEM nor Europe/Berlin.
bool is_offset(std::string_view time_zone);

// Whether the literal DEFAULT of an added column is read in the time zone.
bool is_read_in_time_zone(const table_column& added, const lexical_rules& rules);

// The first of the table that depends on the session in which a copy of it is filled, for people:
// a stored generated column (its values), a unique key, a CHECK or partitions (which rows it
// takes). Empty without one.
std::string computed_from_session(const table_definition& table);

}  // namespace rewrite
