#pragma once

#include "protocol/response.hpp"
#include "proxy/session/dump_parameters.hpp"
#include "proxy/session/log_listing.hpp"
#include "proxy/session/session_registry.hpp"
#include "proxy/source/source_facts.hpp"
#include "proxy/store/publication.hpp"

#include <map>
#include <optional>
#include <string>
#include <variant>

// Statements that clients of the replication protocol send and that need no source: their
// variables, the log's files and end, who is connected.
namespace proxy {

// What a session has set, and who it is.
struct session_state
{
    std::uint32_t id = 0;
    std::string user;
    std::string host;
    std::string database;
    user_variables set;  // SET @name = value
    // SET name = value; accepted and given back, without any effect here.
    std::map<std::string, std::string, std::less<>> system_variables;

    void reset();  // COM_RESET_CONNECTION
};

struct answer_sources
{
    const source_facts& facts;
    const publication& log;
    session_registry& sessions;
    listed_names names = listed_names::ours;  // in SHOW BINARY LOGS
};

using answer = std::variant<protocol::ok, protocol::server_error, protocol::text_result>;

// Nothing: the statement is none of these. `statement` may end in a semicolon and hold comments.
std::optional<answer>
answer_locally(std::string_view statement, session_state& session, answer_sources from);

}  // namespace proxy
