#include "proxy/session/account_demands.hpp"

#include "protocol/server_errors.hpp"
#include "proxy/session/relay_answer.hpp"
#include "proxy/source/source_rights.hpp"
#include "rewrite/sql/token_cursor.hpp"

namespace proxy {
namespace {

using protocol::server_errno;

// The value of a row of one column, or nothing.
std::optional<std::string> only_value(const std::optional<protocol::result_set>& answer)
{
    if (!answer || answer->rows.size() != 1 || answer->rows[0].empty())
        return std::nullopt;
    return answer->rows[0][0];
}

}  // namespace

bool requires_tls(std::string_view account)
{
    rewrite::token_cursor in(account, {});
    if (!in.readable())
        return true;
    for (; !in.is_over(); in.step())
        if (in.take("REQUIRE"))
            return !in.take("NONE");
    return true;
}

asio::awaitable<std::optional<protocol::server_error>>
refusal_in_clear(packet_stream& source, std::uint32_t capabilities)
{
    const auto everyone = only_value(
        co_await ask_rows(source, "SELECT @@GLOBAL.require_secure_transport", capabilities)
    );
    if (everyone == "1")
        co_return make_error(server_errno::secure_transport_required);
    const auto account =
        only_value(co_await ask_rows(source, "SHOW CREATE USER CURRENT_USER()", capabilities));
    if (everyone && account && !requires_tls(*account))
        co_return std::nullopt;
    co_return make_error_with_text(
        server_errno::access_denied,
        account
            ? "unghost: this account of the source may log in with TLS only, and the connection "
              "to unghost has none"
            : "unghost: the source does not say whether this account may log in without TLS, as "
              "the connection to unghost is; use TLS"
    );
}

asio::awaitable<std::optional<protocol::server_error>>
refusal_without_replication(packet_stream& source, std::uint32_t capabilities)
{
    const auto grants = co_await ask_rows(source, "SHOW GRANTS", capabilities);
    if (grants && parse_grants({.columns = {}, .rows = grants->rows}).has("REPLICATION SLAVE"))
        co_return std::nullopt;
    co_return make_error_with_text(
        server_errno::access_denied,
        "unghost: listen.relay is \"replication\", and this account has no REPLICATION SLAVE"
    );
}

}  // namespace proxy
