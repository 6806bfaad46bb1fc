#pragma once

#include "proxy/command/command_line.hpp"

#include <stdexcept>
#include <string>

// The commands of the program. Each adds itself to the command line; when it was asked for, it runs
// while the command line is parsed and leaves its exit code.
namespace proxy {

constexpr int exit_good = 0;
constexpr int exit_finding = 1;      // a finding, a difference, a damaged file
constexpr int exit_usage = 2;        // the command line or the configuration is wrong
constexpr int exit_unreachable = 3;  // the source or the running unghost cannot be reached

// Ends the program with this exit code. The text says what happened, where, what to do next.
class command_error : public std::runtime_error
{
public:
    command_error(int exit_code, const std::string& text)
        : std::runtime_error(text)
        , code(exit_code)
    {}

    int code;
};

// Runs what the configuration is to blame for, if it throws.
template <class Start>
void as_configured(const Start& start)
{
    try {
        start();
    } catch (const std::runtime_error& error) {
        throw command_error(exit_usage, error.what());
    }
}

void add_serve(CLI::App& app, int& exit_code);
void add_check(CLI::App& app, int& exit_code);
void add_fold(CLI::App& app, int& exit_code);
void add_explain(CLI::App& app, int& exit_code);
void add_status(CLI::App& app, int& exit_code);
void add_migrations(CLI::App& app, int& exit_code);
void add_consumers(CLI::App& app, int& exit_code);
void add_position(CLI::App& app, int& exit_code);
void add_schema(CLI::App& app, int& exit_code);
void add_resume(CLI::App& app, int& exit_code);
void add_reload(CLI::App& app, int& exit_code);
void add_config(CLI::App& app, int& exit_code);
void add_completion(CLI::App& app, int& exit_code);
void add_manual(CLI::App& app, int& exit_code);
void add_follow(CLI::App& app, int& exit_code);

}  // namespace proxy
