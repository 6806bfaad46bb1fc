#include "proxy/command/commands.hpp"
#include "proxy/command/output.hpp"
#include "proxy/config_reader.hpp"
#include "proxy/log_queue.hpp"
#include "proxy/source/source_error.hpp"
#include "proxy/text.hpp"
#include "proxy/version.hpp"

#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>
#include <span>
#include <unistd.h>

namespace {

// Throws command_error if there is none of that name.
CLI::App* command_of(CLI::App& app, const std::string& name)
{
    std::vector<std::string> known{"help", "version"};
    for (const CLI::App* one : app.get_subcommands(nullptr)) {
        known.push_back(one->get_name());
        if (known.back() == name)
            return app.get_subcommand(name);
    }
    const std::string meant = proxy::nearest(name, known);
    throw proxy::command_error(
        proxy::exit_usage,
        "there is no command '" + name + "'" +
            (meant.empty() ? "; see unghost --help" : "; is " + meant + " meant?")
    );
}

// What the command line library says, in the form of our own errors.
std::string failure_text(const CLI::App& app, const CLI::Error& error)
{
    std::string command = "unghost";
    for (const CLI::App* chosen : app.get_subcommands())
        command += " " + chosen->get_name();
    return proxy::one_line(error.what()) + "; see " + command + " --help";
}

int run(int argc, char** argv)
{
    CLI::App app{
        "unghost follows a MySQL server's binary log and serves it on, without the traffic of "
        "online "
        "schema changes:\nwhat gh-ost or pt-online-schema-change did to a table becomes the one "
        "ALTER "
        "TABLE it stands for.\n",
        "unghost"
    };
    app.set_version_flag(
        "--version", "unghost " + proxy::version_text(), "Print the version and exit"
    );
    app.require_subcommand(1);
    app.fallthrough();  // for flags of all commands, wherever they are
    app.add_flag_callback(
        "--no-color", [] { proxy::set_colours(false); }, "No colours, also on a terminal"
    );
    app.footer("Help on one command, with examples:  unghost COMMAND --help\n"
               "Exit codes: 0 good, 1 a finding, 2 wrong usage or configuration, 3 cannot reach.");

    int exit_code = proxy::exit_good;
    proxy::add_serve(app, exit_code);
    proxy::add_check(app, exit_code);
    proxy::add_fold(app, exit_code);
    proxy::add_explain(app, exit_code);
    proxy::add_status(app, exit_code);
    proxy::add_migrations(app, exit_code);
    proxy::add_consumers(app, exit_code);
    proxy::add_position(app, exit_code);
    proxy::add_schema(app, exit_code);
    proxy::add_resume(app, exit_code);
    proxy::add_reload(app, exit_code);
    proxy::add_config(app, exit_code);
    proxy::add_completion(app, exit_code);
    proxy::add_manual(app, exit_code);
    proxy::add_follow(app, exit_code);
    const std::vector<std::string> words(argv + 1, argv + argc);
    if (words.empty()) {
        std::cout << app.help();
        return proxy::exit_usage;
    }
    if (words[0] == "version") {
        std::cout << "unghost " << proxy::version_text() << '\n';
        return proxy::exit_good;
    }
    if (words[0] == "help") {
        const bool of_all = words.size() == 1 || words[1] == "help" || words[1] == "version";
        const CLI::App* const about = of_all ? &app : command_of(app, words[1]);
        std::cout << about->help();
        return proxy::exit_good;
    }
    if (!words[0].starts_with('-'))
        command_of(app, words[0]);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0)  // help
            return app.exit(error);
        throw proxy::command_error(proxy::exit_usage, failure_text(app, error));
    }
    return exit_code;
}

bool wants_json(std::span<char*> arguments)
{
    return std::ranges::any_of(arguments, [](const char* one) {
        return std::string_view(one) == "--json";
    });
}

// Whoever reads our errors may not do so now: nothing waits for that any more.
int say(const std::exception& error, int code, std::span<char*> arguments)
{
    {
        proxy::log_queue to_stderr(STDERR_FILENO);
        to_stderr.add("unghost: " + proxy::printable(error.what()) + "\n");
    }
    if (wants_json(arguments))
        proxy::print_json({{"error", error.what()}, {"exit_code", code}});
    return code;
}

}  // namespace

int main(int argc, char** argv)
{
    const std::span arguments(argv, static_cast<std::size_t>(argc));
    try {
        return run(argc, argv);
    } catch (const proxy::command_error& error) {
        return say(error, error.code, arguments);
    } catch (const proxy::source_error& error) {
        return say(error, proxy::exit_unreachable, arguments);
    } catch (const std::exception& error) {
        return say(error, proxy::exit_finding, arguments);
    }
}
