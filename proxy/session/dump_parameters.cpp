#include "proxy/session/dump_parameters.hpp"

#include <algorithm>
#include <cstdlib>

namespace proxy {
namespace {

// Nobody needs more of them, as replica_net_timeout is in whole seconds; consumers ask for 15 s to
// 60 s. The longest is a server's own.
constexpr std::chrono::milliseconds least_period{100};
constexpr std::chrono::seconds longest_period{4'294'967};

std::chrono::nanoseconds period_of(const std::string& nanoseconds)
{
    const std::chrono::nanoseconds asked(std::strtoll(nanoseconds.c_str(), nullptr, 10));
    if (asked.count() <= 0)
        return std::chrono::nanoseconds(0);
    return std::clamp<std::chrono::nanoseconds>(asked, least_period, longest_period);
}

std::optional<std::string>
either(const user_variables& set, std::string_view newer, std::string_view older)
{
    for (const std::string_view name : {newer, older})
        if (const auto entry = set.find(name); entry != set.end() && entry->second)
            return entry->second;
    return std::nullopt;
}

bool is_on(const std::optional<std::string>& value)
{
    return value && *value != "0";
}

}  // namespace

std::optional<dump_parameters> parse_dump(protocol::byte_view packet)
{
    dump_parameters request;
    if (static_cast<protocol::command_type>(packet.front()) ==
        protocol::command_type::binlog_dump) {
        auto command = protocol::parse_binlog_dump(packet);
        if (!command)
            return std::nullopt;
        request.file = std::move(command->file);
        request.position = command->position;
        request.flags = command->flags;
        request.server_id = command->server_id;
    } else {
        auto command = protocol::parse_binlog_dump_gtid(packet);
        if (!command)
            return std::nullopt;
        request.by_gtid = true;
        request.file = std::move(command->file);
        request.position = command->position;
        request.flags = command->flags;
        request.server_id = command->server_id;
        request.seen = std::move(command->seen);
    }
    if (request.server_id == 0)  // the server's rule: mysqlbinlog without --stop-never
        request.flags |= protocol::dump_non_block;
    return request;
}

void set_variables(dump_parameters& request, const user_variables& set)
{
    request.replica_uuid = replica_uuid_of(set);
    request.checksum = either(set, "source_binlog_checksum", "master_binlog_checksum");
    request.semi_sync = is_on(either(set, "rpl_semi_sync_replica", "rpl_semi_sync_slave"));
    if (const auto period = either(set, "source_heartbeat_period", "master_heartbeat_period"))
        request.heartbeat_period = period_of(*period);
}

std::string replica_uuid_of(const user_variables& set)
{
    return either(set, "replica_uuid", "slave_uuid").value_or("");
}

}  // namespace proxy
