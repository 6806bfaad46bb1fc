#include "rewrite/sql/session_rules.hpp"

#include "protocol/status_variables.hpp"

namespace rewrite {

lexical_rules rules_of(protocol::byte_view status, std::uint32_t server_version)
{
    lexical_rules rules;
    rules.server_version = server_version;
    const auto session = protocol::read_session_state(status);
    if (!session)
        return rules;
    const std::uint64_t mode = session->sql_mode.value_or(0);
    rules.ansi_quotes = (mode & protocol::mode_ansi_quotes) != 0;
    rules.no_backslash_escapes = (mode & protocol::mode_no_backslash_escapes) != 0;
    rules.charset = session->client_charset.value_or(rules.charset);
    return rules;
}

bool is_strict(protocol::byte_view status)
{
    const auto session = protocol::read_session_state(status);
    constexpr std::uint64_t strict =
        protocol::mode_strict_trans_tables | protocol::mode_strict_all_tables;
    // A session that does not say is taken as strict, as MySQL is by default.
    return !session || (session->sql_mode.value_or(strict) & strict) != 0;
}

std::string time_zone_of(protocol::byte_view status)
{
    const auto session = protocol::read_session_state(status);
    return session ? std::string(session->time_zone) : std::string();
}

}  // namespace rewrite
