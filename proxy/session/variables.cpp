#include "proxy/session/variables.hpp"

#include "proxy/session/log_listing.hpp"

#include <algorithm>
#include <array>

namespace proxy {
namespace {

// What drivers ask for at connect, where the source's own values were not asked for.
constexpr std::array<std::pair<std::string_view, std::string_view>, 30> usual{{
    {"auto_increment_increment", "1"},
    {"autocommit", "ON"},
    {"binlog_format", "ROW"},
    {"binlog_row_image", "FULL"},
    {"character_set_client", "utf8mb4"},
    {"character_set_connection", "utf8mb4"},
    {"character_set_database", "utf8mb4"},
    {"character_set_results", "utf8mb4"},
    {"character_set_server", "utf8mb4"},
    {"collation_connection", "utf8mb4_general_ci"},
    {"collation_database", "utf8mb4_general_ci"},
    {"collation_server", "utf8mb4_general_ci"},
    {"have_ssl", "YES"},
    {"init_connect", ""},
    {"interactive_timeout", "28800"},
    {"license", "GPL"},
    {"log_bin", "ON"},
    {"max_allowed_packet", "67108864"},
    {"net_read_timeout", "30"},
    {"net_write_timeout", "60"},
    {"performance_schema", "OFF"},
    {"read_only", "ON"},
    {"sql_mode", ""},
    {"system_time_zone", "UTC"},
    {"time_zone", "SYSTEM"},
    {"transaction_isolation", "REPEATABLE-READ"},
    {"transaction_read_only", "OFF"},
    {"version_comment", "unghost"},
    {"wait_timeout", "28800"},
    {"protocol_version", "10"},
}};

// SELECT gives truth values as numbers, SHOW VARIABLES as words; other ON and OFF are words always.
constexpr std::array<std::string_view, 13> truths{
    "autocommit",
    "log_bin",
    "log_replica_updates",
    "log_slave_updates",
    "performance_schema",
    "read_only",
    "rpl_semi_sync_master_enabled",
    "rpl_semi_sync_replica_enabled",
    "rpl_semi_sync_slave_enabled",
    "rpl_semi_sync_source_enabled",
    "super_read_only",
    "transaction_read_only",
    "tx_read_only",
};

constexpr std::array<std::string_view, 8> own_names{
    "binlog_checksum",
    "gtid_executed",
    "gtid_mode",
    "gtid_purged",
    "lower_case_table_names",
    "server_id",
    "server_uuid",
    "version",
};

}  // namespace

std::optional<std::string> known_variables::own(std::string_view name) const
{
    const auto unless_empty = [](const std::string& text) {
        return text.empty() ? std::nullopt : std::optional(text);
    };
    if (name == "version")
        return unless_empty(facts.version);
    if (name == "server_id")
        return std::to_string(facts.server_id);
    if (name == "server_uuid")
        return unless_empty(facts.server_uuid);
    if (name == "gtid_mode")
        return unless_empty(facts.gtid_mode);
    if (name == "binlog_checksum")
        return unless_empty(facts.binlog_checksum);
    if (name == "lower_case_table_names")
        return std::to_string(facts.lower_case_table_names);
    if (name == "gtid_executed")
        return to_text(executed_set(log, facts.gtid_purged));
    if (name == "gtid_purged")
        return to_text(purged_set(log, facts.gtid_purged));
    return std::nullopt;
}

std::optional<std::string>
known_variables::find(const std::string& name, variable_scope scope) const
{
    if (auto found = own(name))
        return found;
    if (scope == variable_scope::session)
        if (const auto set = session.system_variables.find(name);
            set != session.system_variables.end())
            return set->second;
    if (const auto at_source = facts.variables.find(name); at_source != facts.variables.end())
        return at_source->second;
    const auto known = std::ranges::find(usual, name, &decltype(usual)::value_type::first);
    return known == usual.end() ? std::nullopt : std::optional<std::string>(known->second);
}

std::optional<std::string>
known_variables::select(const std::string& name, variable_scope scope) const
{
    std::optional<std::string> found = find(name, scope);
    if (found && std::ranges::binary_search(truths, name)) {
        if (*found == "ON")
            return "1";
        if (*found == "OFF")
            return "0";
    }
    return found;
}

std::map<std::string, std::string> known_variables::all() const
{
    std::map<std::string, std::string> listed;
    for (const auto& [name, text] : usual)
        listed[std::string(name)] = text;
    for (const auto& [name, text] : facts.variables)
        listed[name] = text;
    for (const auto& [name, text] : session.system_variables)
        if (listed.contains(name))
            listed[name] = text;
    for (const std::string_view name : own_names)
        if (auto text = own(name))
            listed[std::string(name)] = *text;
    return listed;
}

}  // namespace proxy
