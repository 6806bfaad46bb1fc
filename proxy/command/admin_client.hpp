#pragma once

#include "proxy/admin/status.hpp"
#include "proxy/command/command_line.hpp"
#include "proxy/config.hpp"

#include <nlohmann/json_fwd.hpp>

namespace proxy {

// Which running unghost a command talks to.
struct admin_flags
{
    std::string admin;   // HOST:PORT
    std::string data;    // data folder, which holds the address
    std::string config;  // or a configuration that names either

    void add_to(CLI::App& command);
    void add_folder_to(CLI::App& command);  // for who needs the folder itself
    // The data folder, as far as it is known.
    std::filesystem::path folder() const;
    // Throws command_error if nothing says it, and if no process left it.
    address where() const;
};

// Throw command_error (exit_unreachable) if nobody answers there.
nlohmann::json ask_status(const address& where);
nlohmann::json ask_position(const address& where, const position_question& asked);
// An operator's word; all empty: none yet.
struct spoken_word
{
    std::string id;
    std::string word;  // pass, empty, sql
    std::string sql;
};
// By the control socket in the data folder. Nothing, or why it was refused.
std::optional<std::string> ask_resume(const std::filesystem::path& folder, const spoken_word& said);
// The same: another server is the source.
std::optional<std::string>
ask_follow(const std::filesystem::path& folder, const std::string& address, bool despite_loss);
// What it would do, done nothing; throws command_error (exit_finding) if publishing is not stopped.
nlohmann::json ask_stop(const std::filesystem::path& folder, const spoken_word& said);

// The configuration is read again: {"taken": [...], "restart": [...]}. Throws command_error
// (exit_usage) that says what is wrong with it.
nlohmann::json ask_reload(const std::filesystem::path& folder);

}  // namespace proxy
