#include "proxy/source/facts_file.hpp"

#include "proxy/store/disk.hpp"

#include <nlohmann/json.hpp>

namespace proxy {
namespace {

using nlohmann::json;

constexpr const char* file_name = "source.json";
constexpr std::uint64_t largest_file = 4U << 20;
constexpr int file_version = 1;

// The member of this name if it has the type, else what it was.
template <class Value>
void read(const json& from, const char* name, Value& into)
{
    const auto found = from.find(name);
    if (found == from.end())
        return;
    if constexpr (std::is_same_v<Value, std::string>) {
        if (found->is_string())
            into = found->template get<Value>();
    } else if constexpr (std::is_same_v<Value, bool>) {
        if (found->is_boolean())
            into = found->template get<Value>();
    } else {
        if (found->is_number_unsigned())
            into = found->template get<Value>();
    }
}

}  // namespace

std::optional<std::string>
save_facts(const std::filesystem::path& folder, const source_facts& facts)
{
    const json made = {
        {"file_version", file_version},
        {"version", facts.version},
        {"version_number", facts.version_number},
        {"server_id", facts.server_id},
        {"server_uuid", facts.server_uuid},
        {"gtid_mode", facts.gtid_mode},
        {"binlog_checksum", facts.binlog_checksum},
        {"lower_case_table_names", facts.lower_case_table_names},
        {"capabilities", facts.capabilities},
        {"plugin", facts.plugin},
        {"tls", facts.tls},
        {"semi_sync", facts.semi_sync},
        {"gtid_purged", to_text(facts.gtid_purged)},
        {"variables", facts.variables},
    };
    const auto done = replace_file(
        real_disk(),
        folder / file_name,
        protocol::as_bytes(made.dump(2, ' ', false, json::error_handler_t::replace) + "\n")
    );
    if (!done)
        return done.error().text;
    return std::nullopt;
}

std::optional<source_facts> load_facts(const std::filesystem::path& folder)
{
    const auto text = read_file(real_disk(), folder / file_name, largest_file);
    if (!text)
        return std::nullopt;
    const json made = json::parse(text->begin(), text->end(), nullptr, false);
    if (!made.is_object() || made.value("file_version", json()) != file_version)
        return std::nullopt;
    source_facts facts;
    read(made, "version", facts.version);
    read(made, "version_number", facts.version_number);
    read(made, "server_id", facts.server_id);
    read(made, "server_uuid", facts.server_uuid);
    read(made, "gtid_mode", facts.gtid_mode);
    read(made, "binlog_checksum", facts.binlog_checksum);
    read(made, "lower_case_table_names", facts.lower_case_table_names);
    read(made, "capabilities", facts.capabilities);
    read(made, "plugin", facts.plugin);
    read(made, "tls", facts.tls);
    read(made, "semi_sync", facts.semi_sync);
    std::string purged;
    read(made, "gtid_purged", purged);
    auto set = protocol::parse_gtid_set(purged);
    if (!set)
        return std::nullopt;
    facts.gtid_purged = std::move(*set);
    if (const auto variables = made.find("variables");
        variables != made.end() && variables->is_object())
        for (const auto& [name, value] : variables->items())
            if (value.is_string())
                facts.variables[name] = value.get<std::string>();
    return facts;
}

}  // namespace proxy
