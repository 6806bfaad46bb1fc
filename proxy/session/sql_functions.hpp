#pragma once

#include "proxy/session/local_answers.hpp"
#include "proxy/session/variables.hpp"

#include <optional>
#include <string>
#include <vector>

namespace proxy {

using sql_value = std::optional<std::string>;  // nothing: NULL

// Ends the reading of a statement with an error for the client.
struct refused
{
    protocol::server_error error;
};
// The statement is none of ours.
struct not_ours
{};

// The functions of MySQL that consumers call. `function` in lower case. Throws refused for what
// MySQL refuses, not_ours for other functions.
sql_value call_function(
    const std::string& function,
    const std::vector<sql_value>& arguments,
    const session_state& session,
    const known_variables& variables
);

}  // namespace proxy
