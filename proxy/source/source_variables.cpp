#include "proxy/source/source_variables.hpp"

#include "protocol/server_version.hpp"

#include <charconv>
#include <fmt/format.h>

namespace proxy {

namespace {

constexpr std::uint32_t oldest_version = 50700;
constexpr std::uint32_t first_with_binary_log_status = 80200;

template <class Integer>
Integer number(std::string_view text)
{
    Integer value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

bool is_mariadb(std::string_view version)
{
    return version.starts_with("5.5.5-") || version.find("MariaDB") != std::string_view::npos;
}

}  // namespace

asio::awaitable<source_variables> read_source_variables(client_conversation& source)
{
    const protocol::text_result answer = co_await source.query(
        "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('server_id', 'server_uuid', 'log_bin', "
        "'gtid_mode', 'enforce_gtid_consistency', 'binlog_checksum', 'binlog_format', "
        "'binlog_row_image', 'binlog_row_metadata', 'binlog_transaction_compression', "
        "'binlog_expire_logs_seconds', 'expire_logs_days', 'lower_case_table_names', "
        "'rpl_semi_sync_source_enabled', 'rpl_semi_sync_master_enabled', "
        "'rpl_semi_sync_source_wait_for_replica_count', "
        "'rpl_semi_sync_master_wait_for_slave_count', "
        "'partial_revokes', 'require_secure_transport', 'time_zone')"
    );
    source_variables all;
    for (const protocol::text_row& row : answer.rows)
        all[text_at(row, 0)] = text_at(row, 1);
    // SHOW cuts values at 1,024 bytes (sql_show.cc).
    const protocol::text_result purged = co_await source.query("SELECT @@GLOBAL.gtid_purged");
    if (!purged.rows.empty())
        all["gtid_purged"] = text_at(purged.rows[0], 0);
    co_return all;
}

protocol::gtid_set
read_gtid_set(const std::string& name, std::string_view variable, std::string_view text)
{
    auto set = protocol::parse_gtid_set(text);
    if (!set)
        throw source_error(
            trouble::refused,
            fmt::format("{}: its {} cannot be read as a set of GTIDs", name, variable)
        );
    return std::move(*set);
}

std::string variable(const source_variables& all, const std::string& name)
{
    const auto found = all.find(name);
    return found == all.end() ? std::string() : found->second;
}

source_facts
facts_of(const std::string& name, const source_variables& all, const protocol::greeting& hello)
{
    source_facts facts;
    facts.version = hello.server_version;
    facts.version_number = protocol::version_number(hello.server_version);
    facts.server_id = number<std::uint32_t>(variable(all, "server_id"));
    facts.server_uuid = variable(all, "server_uuid");
    facts.gtid_mode = variable(all, "gtid_mode");
    facts.binlog_checksum = variable(all, "binlog_checksum");
    facts.gtid_purged =
        read_gtid_set("source " + name, "gtid_purged", variable(all, "gtid_purged"));
    facts.lower_case_table_names = number<unsigned>(variable(all, "lower_case_table_names"));
    facts.capabilities = hello.capabilities;
    facts.plugin = hello.plugin;
    facts.tls = (hello.capabilities & protocol::capability::ssl) != 0;
    facts.semi_sync = variable(all, "rpl_semi_sync_source_enabled") == "ON" ||
                      variable(all, "rpl_semi_sync_master_enabled") == "ON";
    return facts;
}

void require_known_server(const std::string& name, const protocol::greeting& hello)
{
    if (is_mariadb(hello.server_version))
        throw source_error(
            trouble::refused,
            fmt::format(
                "source {}: {} is MariaDB, which unghost does not serve yet; use a MySQL source",
                name,
                hello.server_version
            )
        );
    if (protocol::version_number(hello.server_version) < oldest_version)
        throw source_error(
            trouble::refused,
            fmt::format(
                "source {}: version {} is not supported; MySQL 5.7 or newer is needed",
                name,
                hello.server_version
            )
        );
}

void require_servable(const std::string& name, const source_variables& all)
{
    if (variable(all, "log_bin") != "ON")
        throw source_error(
            trouble::refused,
            fmt::format(
                "source {}: binary logging is off; start the server with log_bin and a server_id",
                name
            )
        );
    if (number<std::uint32_t>(variable(all, "server_id")) == 0)
        throw source_error(
            trouble::refused,
            fmt::format(
                "source {}: its server_id is 0, with which no server sends its log; SET GLOBAL "
                "server_id = 1 (and in my.cnf)",
                name
            )
        );
    if (variable(all, "server_uuid").size() != 36)
        throw source_error(trouble::refused, fmt::format("source {}: it has no server_uuid", name));
}

asio::awaitable<std::vector<binary_log>> list_binary_logs(client_conversation& source)
{
    std::vector<binary_log> logs;
    const protocol::text_result answer = co_await source.query("SHOW BINARY LOGS");
    logs.reserve(answer.rows.size());
    for (const protocol::text_row& row : answer.rows)
        logs.push_back({text_at(row, 0), number<std::uint64_t>(text_at(row, 1))});
    if (logs.empty())
        throw source_error(
            trouble::passing, fmt::format("source {}: it lists no binary log", source.name())
        );
    co_return logs;
}

namespace {

asio::awaitable<protocol::text_row>
read_log_status(client_conversation& source, std::uint32_t version)
{
    const protocol::text_result status = co_await source.query(
        version >= first_with_binary_log_status ? "SHOW BINARY LOG STATUS" : "SHOW MASTER STATUS"
    );
    co_return status.rows.empty() ? protocol::text_row() : status.rows[0];
}

}  // namespace

asio::awaitable<std::string> read_log_filters(client_conversation& source, std::uint32_t version)
{
    const protocol::text_row row = co_await read_log_status(source, version);
    co_return text_at(row, 2) + text_at(row, 3);
}

asio::awaitable<binary_log> read_log_end(client_conversation& source, std::uint32_t version)
{
    const protocol::text_row row = co_await read_log_status(source, version);
    binary_log end{.file = text_at(row, 0)};
    const std::string digits = text_at(row, 1);
    std::from_chars(digits.data(), digits.data() + digits.size(), end.size);
    if (end.file.empty() || end.size == 0)
        throw source_error(
            trouble::refused,
            fmt::format(
                "source {}: binary logging is off; start the server with log_bin and a server_id",
                source.name()
            )
        );
    co_return end;
}

asio::awaitable<protocol::checksum> negotiated_checksum(client_conversation& source)
{
    const protocol::text_result told = co_await source.query("SELECT @source_binlog_checksum");
    const bool has_sums = told.rows.size() == 1 && told.rows[0][0] == "CRC32";
    co_return has_sums ? protocol::checksum::crc32 : protocol::checksum::none;
}

}  // namespace proxy
