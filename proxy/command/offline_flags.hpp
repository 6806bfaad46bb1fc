#pragma once

#include "proxy/command/command_line.hpp"
#include "proxy/command/offline_fold.hpp"

namespace proxy {

// What `fold` and `explain` are told about files alike.
struct offline_flags
{
    std::vector<std::string> files;
    std::string schema;
    std::string ledger;
    std::string unproven = "pass";
    std::string block;
    std::string rebuild;  // what `block` was in release 0.1
    std::string damage = "pass";
    std::string helper_drops = "serve";
    unsigned lower_case_table_names = 0;

    void add_to(CLI::App& command);
    offline_options options() const;
    rewrite::name_case names() const;
};

}  // namespace proxy
