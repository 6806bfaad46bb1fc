#pragma once

#include "protocol/checksum.hpp"
#include "proxy/source/binary_log.hpp"
#include "proxy/source/client_conversation.hpp"
#include "proxy/source/source_facts.hpp"

#include <map>
#include <vector>

// What the source says of itself, and whether it can be served.
namespace proxy {

// Global variables by name, as text; those a version does not have are missing.
using source_variables = std::map<std::string, std::string>;
asio::awaitable<source_variables> read_source_variables(client_conversation& source);
std::string variable(const source_variables& all, const std::string& name);  // empty: missing

// What a server says one of its variables is. Throws source_error if it is no set: taken for an
// empty one, a consumer would be let in that lacks rows. `name` is the server's.
protocol::gtid_set
read_gtid_set(const std::string& name, std::string_view variable, std::string_view text);

// Throws source_error if gtid_purged cannot be read. `name` is the source's, as below.
source_facts
facts_of(const std::string& name, const source_variables& all, const protocol::greeting& hello);

// Throws source_error for what cannot be served: MariaDB, older than 5.7, no binary log, server_id
// 0.
void require_known_server(const std::string& name, const protocol::greeting& hello);
void require_servable(const std::string& name, const source_variables& all);

// SHOW BINARY LOGS, oldest first; never empty.
asio::awaitable<std::vector<binary_log>> list_binary_logs(client_conversation& source);

// What the events of a dump on this connection end with, once it has set @source_binlog_checksum.
asio::awaitable<protocol::checksum> negotiated_checksum(client_conversation& source);

// Where its log ends: SHOW BINARY LOG STATUS, before 8.2 SHOW MASTER STATUS.
asio::awaitable<binary_log> read_log_end(client_conversation& source, std::uint32_t version);
// Its --binlog-do-db and --binlog-ignore-db, which keep statements out of the log; empty: none.
asio::awaitable<std::string> read_log_filters(client_conversation& source, std::uint32_t version);

}  // namespace proxy
