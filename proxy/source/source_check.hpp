#pragma once

#include "proxy/source/client_conversation.hpp"

#include <string>
#include <vector>

namespace proxy {

enum class finding_level : std::uint8_t {
    good,
    note,     // worth knowing
    warning,  // works, but less than it could
    problem,  // cannot be served
};
struct finding
{
    finding_level level = finding_level::good;
    std::string topic;  // "version", "rights", "retention" ...
    std::string text;   // what is, and what to do about it
};

// What can be said of the source before its log is pulled: version, TLS, rights with the GRANT
// line, log settings, retention, GTID mode, semi-sync, names. `source` is logged in; it stays
// usable. What the source refuses to answer becomes a finding; only a lost connection throws.
asio::awaitable<std::vector<finding>> check_source(client_conversation& source);

}  // namespace proxy
