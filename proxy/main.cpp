#include "proxy/command/commands.hpp"
#include "proxy/log_queue.hpp"
#include "proxy/source/source_error.hpp"
#include "proxy/text.hpp"
#include "proxy/version.hpp"

#include <CLI/CLI.hpp>
#include <iostream>
#include <unistd.h>

namespace {

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
    proxy::add_resume(app, exit_code);
    try {
        if (argc > 1 && argv[1][0] != '-')
            app.get_subcommand(argv[1]);
        app.parse(argc, argv);
    } catch (const CLI::OptionNotFound&) {
        std::cerr << "unghost: there is no command '" << proxy::one_line(argv[1])
                  << "'; see unghost --help\n";
        return proxy::exit_usage;
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? proxy::exit_good : proxy::exit_usage;
    }
    return exit_code;
}

// Whoever reads our errors may not do so now: nothing waits for that any more.
void say(const std::exception& error)
{
    proxy::log_queue to_stderr(STDERR_FILENO);
    to_stderr.add("unghost: " + proxy::printable(error.what()) + "\n");
}

}  // namespace

int main(int argc, char** argv)
{
    try {
        return run(argc, argv);
    } catch (const proxy::command_error& error) {
        say(error);
        return error.code;
    } catch (const proxy::source_error& error) {
        say(error);
        return proxy::exit_unreachable;
    } catch (const std::exception& error) {
        say(error);
        return proxy::exit_finding;
    }
}
