#include "proxy/command/admin_client.hpp"
#include "proxy/command/commands.hpp"
#include "proxy/command/config_flags.hpp"
#include "proxy/command/output.hpp"
#include "proxy/config_text.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

// The commands about the configuration itself.
namespace proxy {

namespace {

using nlohmann::json;

// Texts, numbers, flags and lists look the same in both.
json value_of(const std::string& toml)
{
    json value = json::parse(toml, nullptr, false);
    return value.is_discarded() ? json(toml) : value;
}

json to_json(const config& of)
{
    json made = json::object();
    for (const setting& one : list_settings(of))
        made[one.section][one.key] = value_of(one.value);
    return made;
}

std::string describe_reload(const json& done)
{
    const auto names = [&](const char* key) { return done.value(key, std::vector<std::string>()); };
    const std::vector<std::string> taken = names("taken");
    const std::vector<std::string> restart = names("restart");
    std::string text;
    if (!taken.empty())
        text += fmt::format("taken: {}\n", fmt::join(taken, ", "));
    if (!restart.empty())
        text += fmt::format("needs a restart: {}\n", fmt::join(restart, ", "));
    return text.empty() ? "nothing has changed; certificates and password files are read again\n"
                        : text;
}

}  // namespace

void add_reload(CLI::App& app, int& exit_code)
{
    struct reload_flags
    {
        admin_flags of;
        bool as_json = false;
    };
    auto flags = std::make_shared<reload_flags>();
    CLI::App* command =
        app.add_subcommand("reload", "Let a running unghost read its configuration again");
    command->footer(R"(Examples:
  unghost reload --config /etc/unghost/main.toml
  unghost reload --data /var/lib/unghost

SIGHUP does the same. It says which settings have changed and count now, and which need a restart
(docs/install.md). A file with a mistake changes nothing; the error names the line, and the exit code
is 2. It is asked at the socket control.sock in the data folder, which unghost's own user and root
may open.)");
    flags->of.add_folder_to(*command);
    command->add_flag("--json", flags->as_json, "Print JSON (docs/json.md)");
    command->callback([flags, &exit_code] {
        const std::filesystem::path folder = flags->of.folder();
        if (folder.empty())
            throw command_error(exit_usage, "which unghost? Give --data DIR or --config FILE");
        const json done = ask_reload(folder);
        if (flags->as_json)
            print_json(done);
        else
            print_text(describe_reload(done));
        exit_code = exit_good;
    });
}

void add_config(CLI::App& app, int& exit_code)
{
    auto flags = std::make_shared<config_flags>();
    auto as_json = std::make_shared<bool>(false);
    CLI::App* command = app.add_subcommand("config", "Show what a configuration comes to");
    command->require_subcommand(1);
    CLI::App* show = command->add_subcommand(
        "show", "Print every setting as it would be in force: file, environment, flags, defaults"
    );
    show->footer(R"(Examples:
  unghost config show --config /etc/unghost/main.toml
  unghost config show > unghost.toml

What it prints is a configuration file. Hashes of passwords are left out. The exit code is 2 if the
file has a mistake; `unghost check --config FILE --file-only` also looks at the files that it names.)"
    );
    flags->add_serve_to(*show);
    show->add_flag("--json", *as_json, "Print JSON (docs/json.md)");
    show->callback([flags, as_json, &exit_code] {
        const config chosen = flags->read();
        if (*as_json)
            print_json(to_json(chosen));
        else
            print_text(to_toml(chosen));
        exit_code = exit_good;
    });
}

}  // namespace proxy
