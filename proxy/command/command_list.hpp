#pragma once

#include "proxy/command/command_line.hpp"

#include <string>
#include <vector>

namespace proxy {

struct flag_entry
{
    std::string name;   // "--config"
    std::string value;  // "FILE"; empty: it takes none
    std::string about;
};

// A command as its help describes it.
struct command_entry
{
    std::string name;  // "serve", "config show"
    std::string about;
    std::string notes;                   // what its help says below: examples and more
    std::vector<std::string> arguments;  // "ID"
    std::vector<flag_entry> flags;       // those that the help shows
    std::vector<std::string> inner;      // words that may follow: "show"
};
// In the order of the help; `help` and `version` too.
std::vector<command_entry> list_commands(const CLI::App& app);

}  // namespace proxy
