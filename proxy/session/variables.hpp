#pragma once

#include "proxy/session/local_answers.hpp"

namespace proxy {

// SELECT @@GLOBAL.name, @@name.
enum class variable_scope : std::uint8_t { global, session };

// System variables as a client sees them here: our own log's, what the session set, the source's.
struct known_variables
{
    const source_facts& facts;
    const publication& log;
    const session_state& session;

    // As SELECT @@name gives it; nothing: there is no such variable.
    std::optional<std::string> select(const std::string& name, variable_scope scope) const;
    // As SHOW VARIABLES lists them.
    std::map<std::string, std::string> all() const;

private:
    std::optional<std::string> own(std::string_view name) const;
    std::optional<std::string> find(const std::string& name, variable_scope scope) const;
};

}  // namespace proxy
