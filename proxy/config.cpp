#include "proxy/config.hpp"

#include "protocol/auth.hpp"
#include "proxy/config_reader.hpp"
#include "proxy/config_section.hpp"
#include "proxy/toml.hpp"

#include <fmt/format.h>
#include <fstream>
#include <stdexcept>
#include <sys/stat.h>
#include <unistd.h>

namespace proxy {

namespace {

void read_source(section in, source_config& source)
{
    in.addresses("address", source.where, source.others, source_port);
    in.text("failover", [&](const std::string& value) { source.failover = parse_failover(value); });
    in.duration("failover_after", source.failover_after);
    in.text("user", source.user);
    in.path("password_file", source.password_file);
    in.text("tls", [&](const std::string& value) { source.tls = parse_tls_mode(value); });
    in.path("tls_ca", source.tls_ca);
    in.path("tls_cert", source.tls_cert);
    in.path("tls_key", source.tls_key);
    in.tls_version("tls_min_version", source.tls_min_version);
    in.path("public_key", source.public_key);
    in.number("server_id", source.server_id);
    in.text("start", [&](const std::string& value) { source.start = parse_start(value); });
    in.duration("connect_timeout", source.connect_timeout);
    in.duration("heartbeat", source.heartbeat);
    in.end();
}

void read_listen(section in, listen_config& listen)
{
    in.where("address", listen.where, listen_port);
    in.flag("tls", listen.tls);
    in.path("tls_cert", listen.tls_cert);
    in.path("tls_key", listen.tls_key);
    in.flag("require_tls", listen.require_tls);
    in.path("tls_client_ca", listen.tls_client_ca);
    in.tls_version("tls_min_version", listen.tls_min_version);
    in.number("threads", listen.threads, 1);
    in.duration("login_timeout", listen.login_timeout);
    in.duration("write_timeout", listen.write_timeout);
    in.number("max_connections", listen.max_connections, 1);
    in.text("relay", [&](const std::string& value) {
        listen.relay.mode = parse_relay_mode(value);
    });
    in.names("relay_accounts", listen.relay.accounts);
    in.names("relay_not_accounts", listen.relay.not_accounts);
    in.number("relay_logins", listen.relay.logins, 1);
    in.number("relay_logins_per_address", listen.relay.logins_per_address, 1);
    in.end();
}

void read_store(section in, store_config& store)
{
    in.path("folder", store.folder);
    in.duration("retention_age", store.retention_age);
    in.size("retention_size", store.retention_bytes);
    in.duration("sync_interval", store.sync_interval);
    in.size("spool_size", store.spool_bytes);
    in.end();
}

std::optional<rewrite::block_bound> read_block(section& in)
{
    std::optional<rewrite::block_bound> bound;
    in.text("block", [&](const std::string& value) { bound = parse_block(value); });
    return bound;
}

// Under its name of release 0.1.
void read_rebuild(section& in, bool has_block, fold_config& fold)
{
    in.text("rebuild", [&](const std::string& value) {
        if (has_block)
            throw std::runtime_error("is an older key for what block says; leave it out");
        fold.rules.block = parse_rebuild(value);
        fold.warnings.push_back(fmt::format(
            "fold.rebuild = \"{}\" speaks of rebuilds alone; the key is block now, which speaks of "
            "all that holds up a replica's applier: block = \"{}\"",
            value,
            value
        ));
    });
}

void read_fold_tables(
    const std::string& file, section& in, const toml::table& tables, rewrite::policy& rules
)
{
    for (const auto& [key, node] : tables) {
        const std::string name(key.str());
        if (!node.is_table())
            in.wrong(node, "table." + name, "should be a section: [fold.table.\"db.table\"]");
        rewrite::table_name table;
        try {
            table = parse_table(name);
        } catch (const std::runtime_error& error) {
            in.wrong(node, "table", error.what());
        }
        section own(file, *node.as_table(), fmt::format("fold.table.\"{}\"", name));
        if (const auto bound = read_block(own)) {
            rules.block_tables.emplace_back(table, *bound);
            rules.block_tables.back().second.setting +=
                fmt::format(" in [fold.table.\"{}\"]", name);
        }
        std::optional<bool> folds;
        std::optional<bool> renames;
        own.choice("unproven", "fold", "pass", folds);
        own.choice("constraints", "rename", "pass", renames);
        bool forces = false;
        own.flag("force", forces);
        std::optional<bool> keeps;
        own.choice("damage", "keep", "pass", keeps);
        own.end();
        if (forces)
            rules.force_tables.push_back(table);
        if (folds)
            (*folds ? rules.fold_unproven_tables : rules.pass_unproven_tables).push_back(table);
        if (renames)
            (*renames ? rules.rename_constraints_tables : rules.pass_constraints_tables)
                .push_back(table);
        if (keeps)
            (*keeps ? rules.keep_values_tables : rules.pass_damage_tables).push_back(table);
    }
}

void read_fold(const std::string& file, section in, fold_config& fold)
{
    in.choice("unproven", "fold", "pass", fold.rules.fold_unproven);
    in.choice("constraints", "rename", "pass", fold.rules.rename_constraints);
    const auto bound = read_block(in);
    if (bound)
        fold.rules.block = *bound;
    read_rebuild(in, bound.has_value(), fold);
    in.choice("damage", "keep", "pass", fold.rules.keep_values);
    in.choice("changelog", "hide", "pass", fold.rules.hide_changelog);
    in.choice("helper_drops", "hide", "serve", fold.rules.hide_helper_drops);
    in.tables("may_differ", fold.rules.may_differ);
    in.names("schemas", fold.rules.schemas);
    in.names("not_schemas", fold.rules.not_schemas);
    in.word("count", rewrite::count_rows_names, fold.rules.count);
    in.duration("count_time", fold.count_time);
    in.choice("remember", "tables", "nothing", fold.remember);
    in.duration("verdict_wait", fold.verdict_wait);
    in.size("verdict_wait_bytes", fold.verdict_wait_bytes);
    if (const toml::table* tables = in.inner("table"))
        read_fold_tables(file, in, *tables, fold.rules);
    in.end();
}

void read_log(section in, config& made)
{
    in.text("level", [&](const std::string& value) { made.log_level = parse_log_level(value); });
    in.word("format", log_format_names, made.log_format);
    in.end();
}

void read_hook(section in, hook_config& hook)
{
    in.words("on", hook_event_names, hook.on);
    in.names("command", hook.command);
    in.duration("timeout", hook.timeout);
    in.end();
}

void read_admin(section in, address& where)
{
    in.where("address", where);
    in.end();
}

void read_accounts(const std::string& file, section& root, std::vector<account_config>& accounts)
{
    const toml::node* node = root.find("account");
    if (!node)
        return;
    const auto* list = node->as_array();
    if (!list)
        root.wrong(*node, "account", "should be written [[account]], in double brackets");
    for (const toml::node& one : *list) {
        if (!one.is_table())
            root.wrong(one, "account", "should be written [[account]], in double brackets");
        account_config account;
        section in(file, *one.as_table(), "account");
        in.text("name", account.name);
        in.path("password_file", account.password_file);
        in.text("password_hash", [&](const std::string& value) {
            if (!protocol::parse_stored_password(value))
                throw std::runtime_error(
                    "should be an authentication string of mysql.user: \"$A$005$...\" of "
                    "caching_sha2_password, \"*...\" of mysql_native_password, or either in hex "
                    "as 0x..."
                );
            account.password_hash = value;
        });
        in.end();
        if (account.name.empty() || account.password_file.empty() == account.password_hash.empty())
            root.wrong(one, "account", "needs a name, and a password_file or a password_hash");
        accounts.push_back(std::move(account));
    }
}

}  // namespace

std::string read_password(const std::filesystem::path& file)
{
    std::ifstream in(file);
    std::string line;
    if (!in || (!std::getline(in, line) && !in.eof()))
        throw std::runtime_error(fmt::format(
            "password file {}: cannot be read; is the path right, and whose is it?", file.string()
        ));
    if (line.ends_with('\r'))
        line.pop_back();
    if (line.empty())
        throw std::runtime_error(fmt::format(
            "password file {}: its first line is empty; write the password there", file.string()
        ));
    return line;
}

// A file of root's that we read as its group is how it should be.
std::string objection_to_mode(const std::filesystem::path& password_file)
{
    struct stat known{};
    if (::stat(password_file.c_str(), &known) != 0)
        return {};
    const bool by_group = (known.st_mode & S_IRGRP) != 0 && known.st_uid == ::geteuid();
    if (!by_group && (known.st_mode & S_IROTH) == 0)
        return {};
    return fmt::format(
        "password file {}: others than its owner may read it (mode {:04o}); chmod {} it",
        password_file.string(),
        known.st_mode & (S_IRWXU | S_IRWXG | S_IRWXO),
        by_group ? "600" : "o="
    );
}

std::string read_public_key(const std::filesystem::path& file)
{
    if (file.empty())
        return {};
    std::ifstream in(file);
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (!protocol::is_public_key(text))
        throw std::runtime_error(fmt::format(
            "public key {}: is no RSA key in PEM. SHOW STATUS LIKE "
            "'Caching_sha2_password_rsa_public_key' "
            "on the source tells it",
            file.string()
        ));
    return text;
}

std::string environment_variable(std::string_view name)
{
    for (char** at = environ; at && *at; ++at) {
        const std::string_view one = *at;
        if (one.size() > name.size() && one.starts_with(name) && one[name.size()] == '=')
            return std::string(one.substr(name.size() + 1));
    }
    return {};
}

environment read_environment()
{
    environment given;
    for (char** at = environ; at && *at; ++at) {
        const std::string_view one = *at;
        const std::size_t equals = one.find('=');
        if (one.starts_with("UNGHOST_") && equals != one.npos)
            given.emplace(one.substr(0, equals), one.substr(equals + 1));
    }
    return given;
}

config
parse_config(const std::string& toml_text, const std::string& file_name, const environment& given)
{
    toml::table parsed;
    try {
        parsed = toml::parse(toml_text, file_name);
    } catch (const toml::parse_error& error) {
        throw std::runtime_error(fmt::format(
            "{}:{}: {}", file_name, error.source().begin.line, std::string(error.description())
        ));
    }
    config made;
    section root(file_name, parsed, "");
    const toml::table none;
    const auto part = [&](const std::string& name) {
        const toml::table* const table = root.inner(name);
        return section(file_name, table ? *table : none, name, &given);
    };
    read_source(part("source"), made.source);
    read_listen(part("listen"), made.listen);
    read_store(part("store"), made.store);
    read_fold(file_name, part("fold"), made.fold);
    read_admin(part("admin"), made.admin);
    read_log(part("log"), made);
    read_hook(part("hook"), made.hook);
    read_accounts(file_name, root, made.listen.accounts);
    root.end();
    return made;
}

}  // namespace proxy
