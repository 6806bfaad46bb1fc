#include "proxy/session/relay_login.hpp"

#include "protocol/server_errors.hpp"
#include "proxy/session/write_error.hpp"

#include <asio/error.hpp>
#include <fmt/format.h>

namespace proxy {
namespace {

namespace capability = protocol::capability;
using protocol::byte_buffer;
using protocol::byte_view;
using protocol::server_errno;

// The error of a source that refuses before it greets carries no SQL state.
asio::awaitable<void> pass_early_error(packet_stream& client, byte_view packet)
{
    auto error = protocol::parse_error(packet);
    if (!error)
        error = make_error_with_text(
            server_errno::unknown_error, "unghost: unreadable error of the source"
        );
    if (error->state.empty())
        error->state = "08004";
    co_await write_error(client, *error);
}

asio::awaitable<source_wire> dial_or_tell(packet_stream& client, const source_leg& leg)
{
    std::string problem;
    try {
        co_return co_await leg.dial();
    } catch (const std::system_error& error) {
        problem = error.code().message();
    }
    co_await write_error(
        client,
        make_error_with_text(
            server_errno::unknown_error,
            fmt::format(
                "unghost cannot reach its source {} ({}): until it is back, only accounts of "
                "unghost itself can log in",
                leg.name,
                problem
            )
        )
    );
    co_return source_wire{};
}

// False: the client has been told why there is no TLS to the source.
asio::awaitable<bool>
start_tls_or_tell(packet_stream& client, packet_stream& source, std::string_view source_name)
{
    std::string problem;
    try {
        co_await source.start_tls();
        co_return true;
    } catch (const std::system_error& error) {
        problem = error.what();
    }
    co_await write_error(
        client,
        make_error_with_text(
            server_errno::unknown_error,
            fmt::format(
                "unghost cannot reach its source {} by TLS: {} (see source.tls_min_version, "
                "source.tls_ca)",
                source_name,
                problem
            )
        )
    );
    co_return false;
}

// The login packet as the source shall see it.
byte_buffer login_for(const protocol::login& from_client, std::uint32_t capabilities)
{
    protocol::login request = from_client;
    request.capabilities = capabilities;
    request.proof.clear();
    request.plugin = no_such_plugin;
    byte_buffer packet;
    protocol::append_login(packet, request);
    return packet;
}

}  // namespace

asio::awaitable<login_at_source> log_in_at_source(
    packet_stream& client, protocol::login from_client, std::uint32_t capabilities, source_leg leg
)
{
    if (!(capabilities & (capability::plugin_auth | capability::secure_connection))) {
        co_await write_error(client, make_error(server_errno::client_is_too_old));
        co_return login_at_source{};
    }
    source_wire wire = co_await dial_or_tell(client, leg);
    if (!wire.stream)
        co_return login_at_source{};
    packet_stream& source = *wire.stream;
    const byte_view first = co_await source.read();
    if (protocol::is_error(first)) {
        co_await pass_early_error(client, first);
        co_return login_at_source{};
    }
    const auto hello = protocol::parse_greeting(first);
    capabilities &= ~(capability::ssl | capability::compress | capability::zstd_compression);
    if (!hello || (capabilities & ~hello->capabilities) != 0) {
        co_await write_error(
            client,
            make_error_with_text(
                server_errno::unknown_error,
                fmt::format("unghost: its source {} is not what it was; try again later", leg.name)
            )
        );
        co_return login_at_source{};
    }
    const bool offers_tls = (hello->capabilities & capability::ssl) != 0;
    if (leg.tls >= tls_mode::required && !offers_tls) {
        co_await write_error(
            client,
            make_error_with_text(
                server_errno::secure_transport_required,
                fmt::format(
                    "unghost: its source {} offers no TLS, and source.tls asks for it; nothing was "
                    "sent there",
                    leg.name
                )
            )
        );
        co_return login_at_source{};
    }
    if (offers_tls && (client.encrypted() || leg.tls >= tls_mode::required)) {
        byte_buffer packet;
        protocol::append_tls_request(
            packet, {capabilities | capability::ssl, from_client.max_packet, from_client.collation}
        );
        co_await source.write(packet);
        if (!co_await start_tls_or_tell(client, source, leg.name))
            co_return login_at_source{};
    }
    co_await source.write(login_for(
        from_client,
        capabilities | capability::plugin_auth | (source.encrypted() ? capability::ssl : 0)
    ));
    if (!co_await pass_proofs(client, source, capabilities, leg.proofs))
        co_return login_at_source{.connection = {}, .denied = true};
    if (wire.set_read_limit)
        wire.set_read_limit(std::chrono::milliseconds(0));
    co_return login_at_source{
        .connection = {{std::move(wire.stream), capabilities, hello->connection_id}}
    };
}

}  // namespace proxy
