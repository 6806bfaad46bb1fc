#pragma once

#include "protocol/response.hpp"
#include "proxy/session/position_statement.hpp"
#include "proxy/store/publication.hpp"

#include <tl/expected.hpp>

namespace proxy {

// Rows of SHOW BINLOG EVENTS over our log, in the server's words: Log_name, Pos, Event_type,
// Server_id, End_log_pos, Info. Or the server's error. Reads the file: not for a session's thread.
// Source: sql/rpl_source.cc show_binlog_events, Log_event::get_type_str, pack_info of each event.
tl::expected<std::vector<protocol::text_row>, protocol::server_error>
list_events(const position_statement& asked, const publication& log);

}  // namespace proxy
