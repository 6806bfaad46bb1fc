#pragma once

#include "protocol/response.hpp"
#include "proxy/session/session_registry.hpp"
#include "proxy/store/publication.hpp"

#include <vector>

// Rows of the statements that list our log and who reads it.
namespace proxy {

// Of SHOW BINARY LOGS: name and size of our files, in the order of the log, so that whoever reads
// them one after another, or bisects them, gets each event once.
//
// Debezium and Flink CDC look there for the file they were in, and give up without it; moved here
// by file and position, that is one of the source's. They ask through Connector/J, and read no file
// by its name in this list: to them the source's names, as far as we translate them, come first.
enum class listed_names : std::uint8_t { ours, the_sources_as_well };
listed_names names_for(const std::vector<std::pair<std::string, std::string>>& client_attributes);
std::vector<protocol::text_row> log_file_rows(const publication& log, listed_names names);
// Of SHOW REPLICAS: Server_Id, Host, Port, Source_Id, Replica_UUID.
std::vector<protocol::text_row>
replica_rows(const session_registry& sessions, std::uint32_t source_server_id);
// gtid_executed and gtid_purged as the source would have them if its log were ours. `at_source` is
// its gtid_purged: what is there and not in our log came into it past its own log (SET gtid_purged,
// a dump that was loaded), and a consumer that does not have it must not begin here either.
protocol::gtid_set executed_set(const publication& log, const protocol::gtid_set& at_source);
protocol::gtid_set purged_set(const publication& log, const protocol::gtid_set& at_source);

}  // namespace proxy
