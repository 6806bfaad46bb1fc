#pragma once

#include "protocol/event.hpp"
#include "protocol/event_writer.hpp"

#include <string>

// QUERY_EVENT: a statement with the session it ran in.
// Source: libbinlogevents statement_events.cpp, Query_event.
namespace protocol {

struct query_view
{
    std::uint32_t thread_id = 0;
    std::uint32_t exec_time = 0;
    std::uint16_t error_code = 0;
    byte_view status;           // the status variables block, see status_variables.hpp
    std::string_view database;  // default database, without the NUL
    std::string_view text;      // bytes in the event's client character set
};
result<query_view> parse_query(byte_view body);
// EXECUTE_LOAD_QUERY: LOAD DATA, whose file came in events before it. Views as above.
result<query_view> parse_load_query(byte_view body);

// Header fields come from `header`; views are copied. Result as event_writer::finish.
byte_view
append_query(byte_buffer& out, const event_header& header, const query_view& query, checksum sum);
// A QUERY that says another text, in the session of this QUERY or EXECUTE_LOAD_QUERY.
result<byte_buffer> with_query_text(const event_view& event, std::string_view text, checksum sum);

}  // namespace protocol
