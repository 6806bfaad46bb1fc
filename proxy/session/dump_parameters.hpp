#pragma once

#include "protocol/command.hpp"

#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <string>

// All that decides how one dump is served. Two fillers: a relayed session's variables, and the SET
// statements of a session on a local account.
namespace proxy {

struct dump_parameters
{
    bool by_gtid = false;
    std::string file;  // as asked for; empty: the first file
    std::uint64_t position = 4;
    protocol::gtid_set seen;  // by_gtid
    std::uint16_t flags = 0;  // dump_non_block, dump_heartbeat_v2
    std::uint32_t server_id = 0;
    std::string replica_uuid;                      // @replica_uuid / @slave_uuid; empty: none
    std::chrono::nanoseconds heartbeat_period{0};  // 0: none; else 100 ms or more
    // @source_binlog_checksum / @master_binlog_checksum; nothing: the variable was never set
    std::optional<std::string> checksum;
    bool semi_sync = false;   // packets carry 0xef and a flag
    bool registered = false;  // as a replica, by COM_REGISTER_SLAVE
    bool is_mysqlbinlog = false;
    std::string consumer;  // for logs: address, user
};

// Names in lower case, without their @; nothing: NULL.
using user_variables = std::map<std::string, std::optional<std::string>, std::less<>>;

// From COM_BINLOG_DUMP or COM_BINLOG_DUMP_GTID, by its first byte; nothing: malformed.
std::optional<dump_parameters> parse_dump(protocol::byte_view packet);
// What a consumer sets in front of a dump, newer names first.
constexpr std::array<std::string_view, 8> dump_variables{
    "source_binlog_checksum",
    "master_binlog_checksum",
    "source_heartbeat_period",
    "master_heartbeat_period",
    "replica_uuid",
    "slave_uuid",
    "rpl_semi_sync_replica",
    "rpl_semi_sync_slave",
};
void set_variables(dump_parameters& request, const user_variables& set);
std::string replica_uuid_of(const user_variables& set);

}  // namespace proxy
