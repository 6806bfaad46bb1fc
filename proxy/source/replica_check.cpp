#include "proxy/source/replica_check.hpp"

#include "protocol/ascii.hpp"
#include "protocol/server_version.hpp"
#include "proxy/config_reader.hpp"
#include "proxy/source/source_variables.hpp"
#include "rewrite/upstream.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace proxy {
namespace {

constexpr std::uint32_t first_with_replica_words = 80022;

// A value of the only row of SHOW REPLICA STATUS by the column's name, of now or of before 8.0.22.
std::string value_of(
    const protocol::text_result& answer,
    const protocol::text_row& row,
    std::string_view name,
    std::string_view old_name
)
{
    for (std::size_t i = 0; i < answer.columns.size(); ++i)
        if (answer.columns[i] == name || answer.columns[i] == old_name)
            return text_at(row, i);
    return {};
}

finding check_gtids(const replica_place& replica, const served_place& here)
{
    protocol::gtid_set lacking = here.purged;
    lacking.subtract(replica.executed);
    if (!lacking.empty())
        return {
            finding_level::problem,
            "consumer",
            fmt::format(
                "would not find its position: it lacks {}, which lie before the first file here. "
                "Let "
                "it catch up with its current source first, or create it again from a dump",
                to_text(lacking)
            )
        };
    protocol::gtid_set ahead = replica.executed;
    ahead.subtract(here.executed);
    if (!ahead.empty())
        return {
            finding_level::note,
            "consumer",
            fmt::format(
                "would find its position, by GTID; it has {} already, which are not here (yet). If "
                "it "
                "wrote them itself, no source will know them",
                to_text(ahead)
            )
        };
    return {finding_level::good, "consumer", "would find its position, by GTID"};
}

std::string text_of(const position_status& place)
{
    return fmt::format("{}:{}", place.file, place.position);
}

finding check_position(const replica_channel& channel, const served_place& here)
{
    // Another server's log has places of the same names.
    if (!protocol::equal_without_case(channel.source_uuid, here.source_uuid))
        return {
            finding_level::problem,
            "consumer",
            fmt::format(
                "would not find its position: it follows server {} by file and position, and here "
                "is "
                "the log of {}",
                channel.source_uuid.empty() ? "(never connected)" : channel.source_uuid,
                here.source_uuid
            )
        };
    const position_answer answer =
        here.translate({.file = channel.applied.file, .position = channel.applied.position});
    if (answer.there && answer.is_ours)
        return {
            finding_level::good,
            "consumer",
            fmt::format(
                "is at {} of unghost's log, which is {} at the primary",
                text_of(channel.applied),
                text_of(*answer.there)
            )
        };
    if (answer.there)
        return {
            finding_level::good,
            "consumer",
            fmt::format(
                "would find its position, {} of the primary ({} here): repeat it with "
                "SOURCE_LOG_FILE = '{}', SOURCE_LOG_POS = {}",
                text_of(channel.applied),
                text_of(*answer.there),
                channel.applied.file,
                channel.applied.position
            )
        };
    std::string text = fmt::format(
        "would not find its position: {} has none here (a rewritten transaction, a file that is "
        "not "
        "here any more, or not yet)",
        text_of(channel.applied)
    );
    if (answer.before || answer.after)
        text += fmt::format(
            "; the positions next to it are {} before and {} after it",
            answer.before ? text_of(*answer.before) : "none",
            answer.after ? text_of(*answer.after) : "none"
        );
    return {finding_level::problem, "consumer", std::move(text)};
}

}  // namespace

asio::awaitable<replica_place> read_replica_place(client_conversation& replica)
{
    const std::uint32_t version = protocol::version_number(replica.hello().server_version);
    const protocol::text_result status = co_await replica.query(
        version >= first_with_replica_words ? "SHOW REPLICA STATUS" : "SHOW SLAVE STATUS"
    );
    replica_place place;
    for (const protocol::text_row& row : status.rows) {
        const auto value = [&](std::string_view name, std::string_view old_name) {
            return value_of(status, row, name, old_name);
        };
        replica_channel channel;
        channel.name = value("Channel_Name", "Channel_Name");
        address source{.host = value("Source_Host", "Master_Host")};
        const std::string port = value("Source_Port", "Master_Port");
        std::from_chars(port.data(), port.data() + port.size(), source.port);
        channel.source = to_text(source);
        channel.source_uuid = value("Source_UUID", "Master_UUID");
        channel.auto_position = value("Auto_Position", "Auto_Position") == "1";
        channel.applied.file = value("Relay_Source_Log_File", "Relay_Master_Log_File");
        const std::string digits = value("Exec_Source_Log_Pos", "Exec_Master_Log_Pos");
        std::from_chars(digits.data(), digits.data() + digits.size(), channel.applied.position);
        place.channels.push_back(std::move(channel));
    }
    const protocol::text_result executed = co_await replica.query("SELECT @@GLOBAL.gtid_executed");
    if (!executed.rows.empty())
        place.executed =
            read_gtid_set(replica.name(), "gtid_executed", text_at(executed.rows[0], 0));
    const protocol::text_result semi_sync = co_await replica.query(
        "SHOW GLOBAL STATUS WHERE Variable_name IN ('Rpl_semi_sync_replica_status', "
        "'Rpl_semi_sync_slave_status')"
    );
    place.semi_sync = std::ranges::any_of(semi_sync.rows, [](const protocol::text_row& row) {
        return text_at(row, 1) == "ON";
    });
    co_return place;
}

std::vector<finding> check_replica(const replica_place& replica, const served_place& here)
{
    std::vector<finding> found;
    for (const replica_channel& channel : replica.channels) {
        finding one =
            channel.auto_position ? check_gtids(replica, here) : check_position(channel, here);
        const std::string name =
            channel.name.empty() ? std::string() : fmt::format("channel '{}', ", channel.name);
        one.text = fmt::format("{}of {}: {}", name, channel.source, one.text);
        found.push_back(std::move(one));
    }
    if (found.empty())
        found.push_back({finding_level::problem, "consumer", "is no replica of anything"});
    if (replica.semi_sync)
        found.push_back(
            {finding_level::warning,
             "consumer",
             "is a semi-synchronous replica; downstream of unghost it no longer acknowledges to "
             "the "
             "primary"}
        );
    return found;
}

}  // namespace proxy
