#pragma once

#include "proxy/session/session_registry.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Which statements a relay must not pass on as they are: they speak of positions in the log, where
// ours differ from the source's, or of our connections. All spellings of MySQL 5.7 to 9.7.
namespace proxy {

enum class position_topic : std::uint8_t {
    log_status,  // SHOW MASTER STATUS, SHOW BINARY LOG STATUS
    log_files,   // SHOW BINARY LOGS, SHOW MASTER LOGS
    log_events,  // SHOW BINLOG EVENTS
    replicas,    // SHOW REPLICAS, SHOW SLAVE HOSTS
    variables,   // SHOW VARIABLES: gtid_purged may be among them
    gtid_sets,   // SELECT ... @@gtid_purged, @@gtid_executed ...
    kill,        // KILL of one of our connections
};

struct position_statement
{
    position_topic topic = position_topic::log_status;
    // gtid_sets: which items of the list they are, counted from 0.
    std::vector<std::size_t> purged;
    std::vector<std::size_t> executed;
    // log_events
    std::optional<std::string> file;
    std::optional<std::uint64_t> position;
    std::uint64_t skip = 0;
    std::optional<std::uint64_t> limit;
    // kill
    std::uint32_t connection = 0;
    kill_scope killed = kill_scope::connection;
};

// Nothing: it goes to the source as it is. `text` may hold comments and end in semicolons; several
// statements in one text are none of these.
std::optional<position_statement> read_position_statement(std::string_view text);

}  // namespace proxy
