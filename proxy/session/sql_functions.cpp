#include "proxy/session/sql_functions.hpp"

#include "protocol/server_errors.hpp"

#include <chrono>
#include <fmt/chrono.h>
#include <openssl/rand.h>

namespace proxy {
namespace {

// A server's max_allowed_packet, above which it gives NULL, is larger; nobody joins so much here,
// and a variable that is set to itself twice over again and again must not eat the memory.
constexpr std::size_t largest_text = 1U << 20;

std::string random_uuid()
{
    protocol::uuid bytes;
    RAND_bytes(bytes.data(), static_cast<int>(bytes.size()));
    bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x40);
    bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
    return protocol::to_text(bytes);
}

sql_value call_without_arguments(
    const std::string& function, const session_state& session, const known_variables& variables
)
{
    const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    if (function == "unix_timestamp")
        return std::to_string(now);
    if (function == "now" || function == "current_timestamp" || function == "sysdate")
        return fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::gmtime(now));
    if (function == "version")
        return variables.select("version", variable_scope::global);
    if (function == "uuid")
        return random_uuid();
    if (function == "database" || function == "schema")
        return session.database.empty() ? sql_value() : session.database;
    if (function == "user" || function == "session_user" || function == "current_user")
        return session.user + "@" + session.host;
    if (function == "connection_id")
        return std::to_string(session.id);
    if (function == "concat")
        return "";
    throw not_ours{};
}

sql_value joined(const std::vector<sql_value>& parts)
{
    std::string text;
    for (const sql_value& part : parts) {
        if (!part || text.size() + part->size() > largest_text)
            return std::nullopt;
        text += *part;
    }
    return text;
}

sql_value
compare_gtid_sets(const std::string& function, const sql_value& one, const sql_value& other)
{
    if (!one || !other)
        return std::nullopt;
    auto first = protocol::parse_gtid_set(*one);
    const auto second = protocol::parse_gtid_set(*other);
    if (!first || !second)
        throw refused{make_error(protocol::server_errno::malformed_gtid_set)};
    if (function == "gtid_subset")
        return second->contains(*first) ? "1" : "0";
    first->subtract(*second);
    return to_text(*first);
}

}  // namespace

sql_value call_function(
    const std::string& function,
    const std::vector<sql_value>& arguments,
    const session_state& session,
    const known_variables& variables
)
{
    if (arguments.empty())
        return call_without_arguments(function, session, variables);
    if (function == "concat")
        return joined(arguments);
    if ((function == "gtid_subtract" || function == "gtid_subset") && arguments.size() == 2)
        return compare_gtid_sets(function, arguments[0], arguments[1]);
    throw not_ours{};
}

}  // namespace proxy
