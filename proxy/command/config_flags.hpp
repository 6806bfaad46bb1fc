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
    std::string damage;
    std::string rebuild;
    std::string log_level;
    std::vector<std::string> accounts;  // NAME:FILE

    void add_source_to(CLI::App& command);  // --config and how to reach the source
    void add_serve_to(CLI::App& command);   // those and the rest

    // The file with the flags over it. Throws command_error.
    config read() const;
};

// Throw command_error that names the flag and the key of what is missing.
void require_source(const config& chosen);
void require_serve(const config& chosen);

}  // namespace proxy
