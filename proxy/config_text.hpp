#pragma once

#include "proxy/config.hpp"

#include <string>
#include <vector>

// The configuration as it is in force, with every default, for people and for comparing two. No
// password is in it; names of password files are.
namespace proxy {

struct setting
{
    std::string section;  // "source", or "fold.table.\"shop.orders\""; as between the brackets
    std::string key;
    std::string value;      // as the file would say it
    bool restarts = false;  // a change counts from the next start on

    std::string name() const { return section + "." + key; }
};
std::vector<setting> list_settings(const config& of);

// As a file. parse_config() reads it as the same configuration, but for hashes of passwords.
std::string to_toml(const config& of);

// The names of what differs, each once; accounts as account."NAME".
struct config_changes
{
    std::vector<std::string> live;      // counts at once
    std::vector<std::string> restarts;  // counts from the next start on
};
config_changes changes_between(const config& before, const config& after);

// `running` with all of `fresh` that counts at once.
config with_live(config running, const config& fresh);

}  // namespace proxy
