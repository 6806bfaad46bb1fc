#include "proxy/config_text.hpp"

#include "proxy/config_reader.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

namespace proxy {

namespace {

constexpr protocol::enum_names<tls_mode, 5> tls_mode_names{
    {"disabled", "preferred", "required", "verify_ca", "verify_identity"}
};
constexpr protocol::enum_names<tls_version, 4> tls_version_names{{"1.0", "1.1", "1.2", "1.3"}};
constexpr protocol::enum_names<relay_mode, 3> relay_mode_names{{"all", "replication", "none"}};

std::string quoted(const std::string& text)
{
    // A basic string of TOML is escaped as JSON's are, and DEL as well.
    std::string value =
        nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    for (std::size_t at = value.find('\x7f'); at != value.npos; at = value.find('\x7f', at))
        value.replace(at, 1, "\\u007f");
    return value;
}

std::string list_of(const std::vector<std::string>& texts)
{
    std::vector<std::string> parts;
    parts.reserve(texts.size());
    for (const std::string& one : texts)
        parts.push_back(quoted(one));
    return fmt::format("[{}]", fmt::join(parts, ", "));
}

std::string time_value(std::chrono::milliseconds time)
{
    struct unit
    {
        std::chrono::milliseconds size;
        std::string_view name;
    };
    using namespace std::chrono_literals;
    for (const unit& one : {unit{24h, "d"}, unit{1h, "h"}, unit{1min, "m"}, unit{1s, "s"}})
        if (time != 0ms && time % one.size == 0ms)
            return fmt::format("\"{}{}\"", time / one.size, one.name);
    return fmt::format("\"{}ms\"", time.count());
}

std::string size_value(std::uint64_t bytes)
{
    struct unit
    {
        unsigned shift;
        std::string_view name;
    };
    for (const unit& one : {unit{40, "TiB"}, unit{30, "GiB"}, unit{20, "MiB"}, unit{10, "KiB"}})
        if (bytes != 0 && bytes % (1ULL << one.shift) == 0)
            return fmt::format("\"{}{}\"", bytes >> one.shift, one.name);
    return fmt::format("{}", bytes);
}

std::string table_value(const rewrite::table_name& table)
{
    const auto part = [](const std::string& name) {
        if (name.find_first_of(".`") == std::string::npos)
            return name;
        std::string text = "`";
        for (const char one : name)
            text += one == '`' ? "``" : std::string(1, one);
        return text + "`";
    };
    return part(table.schema) + "." + part(table.table);
}

std::string_view fold_or_pass(bool folds)
{
    return folds ? "\"fold\"" : "\"pass\"";
}

// What `block` was given as: "fold", "pass" or a size. A bound of release 0.1 (rebuild) is told
// under its own key.
std::string block_value(const rewrite::block_bound& bound)
{
    if (!bound.largest)
        return "\"fold\"";
    return *bound.largest == 0 ? "\"pass\"" : size_value(*bound.largest);
}

class settings_list
{
public:
    void begin(std::string section, bool restarts)
    {
        section_ = std::move(section);
        restarts_ = restarts;
    }
    void add(std::string key, std::string value)
    {
        all_.push_back({section_, std::move(key), std::move(value), restarts_});
    }
    // What is empty is left out: the file has no word for that.
    void add_path(std::string key, const std::filesystem::path& value)
    {
        if (!value.empty())
            add(std::move(key), quoted(value.string()));
    }
    void add_word(std::string key, std::string_view value)
    {
        add(std::move(key), quoted(std::string(value)));
    }
    void add_flag(std::string key, bool value) { add(std::move(key), value ? "true" : "false"); }
    void add_number(std::string key, std::uint64_t value)
    {
        add(std::move(key), fmt::to_string(value));
    }
    std::vector<setting> all() && { return std::move(all_); }

private:
    std::string section_;
    bool restarts_ = false;
    std::vector<setting> all_;
};

std::vector<std::string> texts_of(const std::vector<address>& all)
{
    std::vector<std::string> texts;
    texts.reserve(all.size());
    for (const address& one : all)
        texts.push_back(to_text(one));
    return texts;
}

void list_source(const source_config& of, settings_list& into)
{
    into.begin("source", true);
    if (!of.others.empty())
        into.add("address", list_of(texts_of(addresses_of(of))));
    else if (of.where.port != 0)
        into.add_word("address", to_text(of.where));
    into.add_word("failover", of.failover == failover_mode::manual ? "manual" : "auto");
    into.add("failover_after", time_value(of.failover_after));
    if (!of.user.empty())
        into.add_word("user", of.user);
    into.add_path("password_file", of.password_file);
    into.add_word("tls", tls_mode_names[of.tls]);
    into.add_path("tls_ca", of.tls_ca);
    into.add_path("tls_cert", of.tls_cert);
    into.add_path("tls_key", of.tls_key);
    into.add_word("tls_min_version", tls_version_names[of.tls_min_version]);
    into.add_path("public_key", of.public_key);
    into.add_number("server_id", of.server_id);
    into.add_word("start", of.start);
    into.add("connect_timeout", time_value(of.connect_timeout));
    into.add("heartbeat", time_value(of.heartbeat));
}

void list_listen(const listen_config& of, settings_list& into)
{
    into.begin("listen", true);
    into.add_word("address", to_text(of.where));
    into.add_flag("tls", of.tls);
    into.add_number("threads", of.threads);
    into.begin("listen", false);
    into.add_path("tls_cert", of.tls_cert);
    into.add_path("tls_key", of.tls_key);
    into.add_path("tls_client_ca", of.tls_client_ca);
    into.add_word("tls_min_version", tls_version_names[of.tls_min_version]);
    into.add_flag("require_tls", of.require_tls);
    into.add("login_timeout", time_value(of.login_timeout));
    into.add("write_timeout", time_value(of.write_timeout));
    into.add_number("max_connections", of.max_connections);
    into.add_word("relay", relay_mode_names[of.relay.mode]);
    into.add("relay_accounts", list_of(of.relay.accounts));
    into.add("relay_not_accounts", list_of(of.relay.not_accounts));
    into.add_number("relay_logins", of.relay.logins);
    into.add_number("relay_logins_per_address", of.relay.logins_per_address);
}

void list_store(const store_config& of, settings_list& into)
{
    into.begin("store", true);
    into.add_path("folder", of.folder);
    into.add("sync_interval", time_value(of.sync_interval));
    into.begin("store", false);
    into.add("retention_age", time_value(of.retention_age));
    into.add("retention_size", size_value(of.retention_bytes));
    into.add("spool_size", size_value(of.spool_bytes));
}

using table_settings = std::map<std::string, std::map<std::string, std::string>>;

void note(
    table_settings& into,
    const std::vector<rewrite::table_name>& tables,
    const std::string& key,
    const std::string& value
)
{
    for (const rewrite::table_name& table : tables)
        into[table_value(table)][key] = value;
}

table_settings settings_of_tables(const rewrite::policy& rules)
{
    table_settings all;
    note(all, rules.fold_unproven_tables, "unproven", "\"fold\"");
    note(all, rules.pass_unproven_tables, "unproven", "\"pass\"");
    note(all, rules.rename_constraints_tables, "constraints", "\"rename\"");
    note(all, rules.pass_constraints_tables, "constraints", "\"pass\"");
    note(all, rules.force_tables, "force", "true");
    note(all, rules.keep_values_tables, "damage", "\"keep\"");
    note(all, rules.pass_damage_tables, "damage", "\"pass\"");
    for (const auto& [table, bound] : rules.block_tables)
        all[table_value(table)]["block"] = block_value(bound);
    return all;
}

void list_fold(const fold_config& of, settings_list& into)
{
    const rewrite::policy& rules = of.rules;
    into.begin("fold", false);
    into.add("unproven", std::string(fold_or_pass(rules.fold_unproven)));
    into.add_word("constraints", rules.rename_constraints ? "rename" : "pass");
    into.add(rules.block.only_rebuilds ? "rebuild" : "block", block_value(rules.block));
    into.add_word("damage", rules.keep_values ? "keep" : "pass");
    into.add_word("changelog", rules.hide_changelog ? "hide" : "pass");
    into.add_word("helper_drops", rules.hide_helper_drops ? "hide" : "serve");
    std::vector<std::string> tables;
    tables.reserve(rules.may_differ.size());
    for (const rewrite::table_name& table : rules.may_differ)
        tables.push_back(table_value(table));
    into.add("may_differ", list_of(tables));
    into.add("schemas", list_of(rules.schemas));
    into.add("not_schemas", list_of(rules.not_schemas));
    into.add_word("count", rewrite::count_rows_names[rules.count]);
    into.add("count_time", time_value(of.count_time));
    into.add("verdict_wait", time_value(of.verdict_wait));
    into.add("verdict_wait_bytes", size_value(of.verdict_wait_bytes));
    into.begin("fold", true);
    into.add_word("remember", of.remember ? "tables" : "nothing");
    for (const auto& [table, keys] : settings_of_tables(rules)) {
        into.begin("fold.table." + quoted(table), false);
        for (const auto& [key, value] : keys)
            into.add(key, value);
    }
}

void list_rest(const config& of, settings_list& into)
{
    into.begin("admin", true);
    into.add_word("address", to_text(of.admin));
    into.begin("log", false);
    into.add_word("level", of.log_level);
    into.begin("log", true);
    into.add_word("format", log_format_names[of.log_format]);
    into.begin("hook", false);
    std::vector<std::string> events;
    events.reserve(of.hook.on.size());
    for (const hook_event one : of.hook.on)
        events.emplace_back(hook_event_names[one]);
    into.add("on", list_of(events));
    into.add("command", list_of(of.hook.command));
    into.add("timeout", time_value(of.hook.timeout));
}

std::string account_text(const account_config& of)
{
    std::string text = "\n[[account]]\nname = " + quoted(of.name) + "\n";
    if (of.password_hash.empty())
        return text + "password_file = " + quoted(of.password_file.string()) + "\n";
    return text + "# password_hash is not shown\n";
}

std::map<std::string, std::string> values_of(const std::vector<setting>& all)
{
    std::map<std::string, std::string> values;
    for (const setting& one : all)
        values[one.name()] = one.value;
    return values;
}

void note_accounts(
    const std::vector<account_config>& all,
    const std::vector<account_config>& others,
    std::vector<std::string>& into
)
{
    for (const account_config& one : all) {
        const bool same = std::ranges::any_of(others, [&](const account_config& other) {
            return other.name == one.name && other.password_file == one.password_file &&
                   other.password_hash == one.password_hash;
        });
        const std::string name = "account." + quoted(one.name);
        if (!same && std::ranges::find(into, name) == into.end())
            into.push_back(name);
    }
}

}  // namespace

std::vector<setting> list_settings(const config& of)
{
    settings_list all;
    list_source(of.source, all);
    list_listen(of.listen, all);
    list_store(of.store, all);
    list_fold(of.fold, all);
    list_rest(of, all);
    return std::move(all).all();
}

std::string to_toml(const config& of)
{
    // Each section once, and at the place where it came first.
    std::vector<std::string> order;
    std::map<std::string, std::string> sections;
    for (const setting& one : list_settings(of)) {
        if (!sections.contains(one.section))
            order.push_back(one.section);
        sections[one.section] += one.key + " = " + one.value + "\n";
    }
    std::string text;
    for (const std::string& name : order)
        text += (text.empty() ? "[" : "\n[") + name + "]\n" + sections[name];
    for (const account_config& account : of.listen.accounts)
        text += account_text(account);
    return text;
}

config_changes changes_between(const config& before, const config& after)
{
    const std::vector<setting> old_settings = list_settings(before);
    const std::vector<setting> new_settings = list_settings(after);
    const auto old_values = values_of(old_settings);
    const auto new_values = values_of(new_settings);
    config_changes changes;
    const auto look = [&](const std::vector<setting>& all, const auto& others) {
        for (const setting& one : all) {
            std::vector<std::string>& into = one.restarts ? changes.restarts : changes.live;
            const auto other = others.find(one.name());
            const bool same = other != others.end() && other->second == one.value;
            if (!same && std::ranges::find(into, one.name()) == into.end())
                into.push_back(one.name());
        }
    };
    look(old_settings, new_values);
    look(new_settings, old_values);
    note_accounts(before.listen.accounts, after.listen.accounts, changes.live);
    note_accounts(after.listen.accounts, before.listen.accounts, changes.live);
    return changes;
}

config with_live(config running, const config& fresh)
{
    const listen_config before = std::exchange(running.listen, fresh.listen);
    running.listen.where = before.where;
    running.listen.tls = before.tls;
    running.listen.threads = before.threads;
    const store_config kept = std::exchange(running.store, fresh.store);
    running.store.folder = kept.folder;
    running.store.sync_interval = kept.sync_interval;
    const bool remembers = running.fold.remember;
    running.fold = fresh.fold;
    running.fold.remember = remembers;
    running.log_level = fresh.log_level;
    running.hook = fresh.hook;
    return running;
}

}  // namespace proxy
