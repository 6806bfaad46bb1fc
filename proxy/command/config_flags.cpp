#include "proxy/command/config_flags.hpp"

#include "proxy/command/commands.hpp"
#include "proxy/config_reader.hpp"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>

namespace proxy {

namespace {

std::string whole_file(const std::string& path)
{
    std::error_code none;
    if (std::filesystem::is_directory(path, none))
        throw command_error(
            exit_usage,
            fmt::format("the configuration file {} is a folder; name the file in it", path)
        );
    std::ifstream in(path, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    if (!in)
        throw command_error(
            exit_usage,
            fmt::format("the configuration file {} cannot be read; is the path right?", path)
        );
    return text;
}

account_config parse_account(const std::string& text)
{
    const std::size_t colon = text.find(':');
    if (colon == 0 || colon == std::string::npos || colon + 1 == text.size())
        throw std::runtime_error(
            fmt::format("\"{}\" should be NAME:FILE, where FILE's first line is the password", text)
        );
    return {.name = text.substr(0, colon), .password_file = text.substr(colon + 1)};
}

bool is_fold(const std::string& text)
{
    if (text != "fold" && text != "pass")
        throw std::runtime_error(fmt::format("\"{}\" should be pass or fold", text));
    return text == "fold";
}

bool is_keep(const std::string& text)
{
    if (text != "keep" && text != "pass")
        throw std::runtime_error(fmt::format("\"{}\" should be pass or keep", text));
    return text == "keep";
}

void add_fold_flags(CLI::App& command, config_flags& flags)
{
    command
        .add_option(
            "--unproven",
            flags.unproven,
            "Migrations that are not proven to give the same table: pass (default) or fold"
        )
        ->type_name("WORD");
    command
        .add_option(
            "--damage",
            flags.damage,
            "Migrations by which the tool changes values on the source: pass (default), or keep "
            "what was written"
        )
        ->type_name("WORD");
}

template <class Take>
void over(const char* flag, const std::string& text, Take take)
{
    if (text.empty())
        return;
    try {
        take();
    } catch (const std::runtime_error& error) {
        throw command_error(exit_usage, fmt::format("{}: {}", flag, error.what()));
    }
}

void require(bool there, const char* what, const char* flag, const char* key)
{
    if (!there)
        throw command_error(
            exit_usage,
            fmt::format(
                "{} is not given: use {}, or {} in a file given by --config", what, flag, key
            )
        );
}

}  // namespace

void add_block(CLI::App& command, std::string& block, std::string& rebuild, const std::string& more)
{
    command
        .add_option(
            "--block",
            block,
            "ALTERs that hold up a replica's applier: fold (default), pass, or the size up to "
            "which "
            "a table folds, such as 10GiB" +
                more
        )
        ->type_name("WORD|SIZE");
    command.add_option("--rebuild", rebuild)->group("");  // not in the help
}

void over_block(const std::string& block, const std::string& rebuild, rewrite::policy& rules)
{
    if (!block.empty() && !rebuild.empty())
        throw command_error(
            exit_usage, "--rebuild is an older flag for what --block says; leave it out"
        );
    over("--block", block, [&] { rules.block = parse_block(block); });
    over("--rebuild", rebuild, [&] { rules.block = parse_rebuild(rebuild); });
}

void config_flags::add_source_to(CLI::App& command)
{
    command
        .add_option(
            "--config",
            file,
            "Configuration file (docs/unghost.example.toml); flags take precedence"
        )
        ->type_name("FILE");
    command
        .add_option("--source", source, "The MySQL server to follow (port 3306 if none is given)")
        ->type_name("HOST:PORT");
    command.add_option("--user", user, "Account on the source")->type_name("NAME");
    command.add_option("--password-file", password_file, "File whose first line is its password")
        ->type_name("FILE");
    command
        .add_option(
            "--tls-mode",
            tls_mode,
            "disabled, preferred, required (default), verify_ca, verify_identity"
        )
        ->type_name("MODE");
    command
        .add_option("--tls-ca", tls_ca, "CA certificates to verify the source's certificate with")
        ->type_name("FILE");
}

void config_flags::add_serve_to(CLI::App& command)
{
    add_source_to(command);
    command
        .add_option(
            "--listen",
            listen,
            "Where consumers connect (default 127.0.0.1:3307; port 3307 if none is given)"
        )
        ->type_name("HOST:PORT");
    command.add_option("--data", data, "Folder for the clean log and all state")->type_name("DIR");
    command
        .add_option(
            "--account",
            accounts,
            "Account of unghost's own for consumers, with the password in FILE; may be repeated"
        )
        ->type_name("NAME:FILE")
        ->take_all();
    command
        .add_option(
            "--admin",
            admin,
            "HTTP for /metrics, /status.json, /healthz (default: a free port of 127.0.0.1, see "
            "DIR/admin.address)"
        )
        ->type_name("HOST:PORT");
    command
        .add_option(
            "--start",
            start,
            "Where to begin, the first time only: latest (default; at the beginning of the newest "
            "binary log), earliest, or a binary log's name"
        )
        ->type_name("WHERE");
    command
        .add_option("--retention-age", retention_age, "Keep clean files for this long (default 7d)")
        ->type_name("TIME");
    command
        .add_option(
            "--retention-size",
            retention_size,
            "Delete the oldest clean files when all together exceed this size (default: no "
            "limit), such as 200GiB"
        )
        ->type_name("SIZE");
    add_fold_flags(command, *this);
    add_block(command, block, rebuild);
    command.add_option("--log-level", log_level, "trace, debug, info (default), warning, error")
        ->type_name("LEVEL");
}

config config_flags::read() const
{
    config made;
    const std::string text = file.empty() ? std::string() : whole_file(file);
    try {
        made = parse_config(text, file, read_environment());
    } catch (const std::runtime_error& error) {
        throw command_error(exit_usage, error.what());
    }
    over("--source", source, [&] {
        const std::vector<address> all = parse_addresses(source, source_port);
        made.source.where = all.front();
        made.source.others.assign(all.begin() + 1, all.end());
    });
    over("--user", user, [&] { made.source.user = user; });
    over("--password-file", password_file, [&] { made.source.password_file = password_file; });
    over("--tls-mode", tls_mode, [&] { made.source.tls = parse_tls_mode(tls_mode); });
    over("--tls-ca", tls_ca, [&] { made.source.tls_ca = tls_ca; });
    over("--listen", listen, [&] { made.listen.where = parse_address(listen, listen_port); });
    over("--data", data, [&] { made.store.folder = data; });
    over("--admin", admin, [&] { made.admin = parse_address(admin); });
    over("--start", start, [&] { made.source.start = parse_start(start); });
    over("--retention-age", retention_age, [&] {
        made.store.retention_age = whole_seconds(parse_duration(retention_age));
    });
    over("--retention-size", retention_size, [&] {
        made.store.retention_bytes = parse_size(retention_size);
    });
    over("--unproven", unproven, [&] { made.fold.rules.fold_unproven = is_fold(unproven); });
    over_block(block, rebuild, made.fold.rules);
    over("--damage", damage, [&] { made.fold.rules.keep_values = is_keep(damage); });
    over("--log-level", log_level, [&] { made.log_level = parse_log_level(log_level); });
    if (!accounts.empty())
        made.listen.accounts.clear();
    for (const std::string& one : accounts)
        over("--account", one, [&] { made.listen.accounts.push_back(parse_account(one)); });
    return made;
}

void require_source(const config& chosen)
{
    require(chosen.source.where.port != 0, "The source", "--source HOST:PORT", "source.address");
    require(!chosen.source.user.empty(), "The source's account", "--user NAME", "source.user");
    require(
        !chosen.source.password_file.empty(),
        "The source's password",
        "--password-file FILE",
        "source.password_file"
    );
    const bool verifies =
        chosen.source.tls == tls_mode::verify_ca || chosen.source.tls == tls_mode::verify_identity;
    require(
        !verifies || !chosen.source.tls_ca.empty(),
        "The certificate to verify the source by",
        "--tls-ca FILE",
        "source.tls_ca"
    );
    if (chosen.source.tls_cert.empty() != chosen.source.tls_key.empty())
        throw command_error(exit_usage, "[source] tls_cert and tls_key: give both or none");
}

void require_serve(const config& chosen)
{
    require_source(chosen);
    require(!chosen.store.folder.empty(), "The data folder", "--data DIR", "store.folder");
    if (chosen.listen.tls_cert.empty() != chosen.listen.tls_key.empty())
        throw command_error(exit_usage, "[listen] tls_cert and tls_key: give both or none");
    if (!chosen.listen.tls && (chosen.listen.require_tls || !chosen.listen.tls_client_ca.empty()))
        throw command_error(
            exit_usage, "[listen] require_tls and tls_client_ca need tls = true there"
        );
}

}  // namespace proxy
