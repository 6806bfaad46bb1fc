#pragma once

#include "proxy/command/command_line.hpp"
#include "proxy/config.hpp"

namespace proxy {

// The flags that say what a configuration file could say, and the file itself. A flag wins.
struct config_flags
{
    std::string file;
    std::string source;
    std::string user;
    std::string password_file;
    std::string tls_mode;
    std::string tls_ca;
    std::string listen;
    std::string data;
    std::string admin;
    std::string start;
    std::string retention_age;
    std::string retention_size;
    std::string unproven;
    std::string block;
    std::string rebuild;  // what `block` was in release 0.1
    std::string damage;
    std::string log_level;
    std::vector<std::string> accounts;  // NAME:FILE

    void add_source_to(CLI::App& command);  // --config and how to reach the source
    void add_serve_to(CLI::App& command);   // those and the rest

    // The file with the flags over it. Throws command_error.
    config read() const;
};

// --block, and --rebuild, which it was in release 0.1; `more` is said in the help.
void add_block(
    CLI::App& command, std::string& block, std::string& rebuild, const std::string& more = {}
);
// What the two flags say, over the rules; an empty one says nothing. Throws command_error.
void over_block(const std::string& block, const std::string& rebuild, rewrite::policy& rules);

// Throw command_error that names the flag and the key of what is missing.
void require_source(const config& chosen);
void require_serve(const config& chosen);

}  // namespace proxy
