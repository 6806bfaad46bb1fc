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
// What lies before our first file.
std::string purged_set(const publication& log);

}  // namespace proxy
