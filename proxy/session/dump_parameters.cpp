#include "proxy/session/dump_parameters.hpp"

#include <cstdlib>

namespace proxy {
namespace {

std::optional<std::string>
either(const user_variables& set, std::string_view newer, std::string_view older)
{
    for (const std::string_view name : {newer, older})
        if (const auto found = set.find(name); found != set.end() && found->second)
            return found->second;
    return std::nullopt;
}

bool is_on(const std::optional<std::string>& value)
{
    return value && *value != "0";
}

}  // namespace

std::optional<dump_parameters> parse_dump(protocol::byte_view packet)
{
    dump_parameters asked;
    if (static_cast<protocol::command_type>(packet.front()) ==
        protocol::command_type::binlog_dump) {
        auto command = protocol::parse_binlog_dump(packet);
        if (!command)
            return std::nullopt;
        asked.file = std::move(command->file);
        asked.position = command->position;
        asked.flags = command->flags;
        asked.server_id = command->server_id;
    } else {
        auto command = protocol::parse_binlog_dump_gtid(packet);
        if (!command)
            return std::nullopt;
        asked.by_gtid = true;
        asked.file = std::move(command->file);
        asked.position = command->position;
        asked.flags = command->flags;
        asked.server_id = command->server_id;
        asked.seen = std::move(command->seen);
    }
    if (asked.server_id == 0)  // the server's rule: mysqlbinlog without --stop-never
        asked.flags |= protocol::dump_non_block;
    return asked;
}

void set_variables(dump_parameters& asked, const user_variables& set)
{
    asked.replica_uuid = replica_uuid_of(set);
    asked.checksum = either(set, "source_binlog_checksum", "master_binlog_checksum");
    asked.semi_sync = is_on(either(set, "rpl_semi_sync_replica", "rpl_semi_sync_slave"));
    if (const auto period = either(set, "source_heartbeat_period", "master_heartbeat_period"))
        asked.heartbeat_period =
            std::chrono::nanoseconds(std::strtoll(period->c_str(), nullptr, 10));
}

std::string replica_uuid_of(const user_variables& set)
{
    return either(set, "replica_uuid", "slave_uuid").value_or("");
}

}  // namespace proxy
