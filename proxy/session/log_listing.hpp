#pragma once

#include "protocol/response.hpp"
#include "proxy/session/session_registry.hpp"
#include "proxy/store/publication.hpp"

#include <vector>

// Rows of the statements that list our log and who reads it.
namespace proxy {

// Of SHOW BINARY LOGS: name and size. The source's own names come first, as far as we translate
// them: Debezium looks there for the file it was in before it was moved here.
std::vector<protocol::text_row> log_file_rows(const publication& log);
// Of SHOW REPLICAS: Server_Id, Host, Port, Source_Id, Replica_UUID.
std::vector<protocol::text_row>
replica_rows(const session_registry& sessions, std::uint32_t source_server_id);
// gtid_executed and gtid_purged as the source would have them if its log were ours. `at_source` is
// its gtid_purged: what is there and not in our log came into it past its own log (SET gtid_purged,
// a dump that was loaded), and a consumer that does not have it must not begin here either.
protocol::gtid_set executed_set(const publication& log, const protocol::gtid_set& at_source);
protocol::gtid_set purged_set(const publication& log, const protocol::gtid_set& at_source);

}  // namespace proxy
