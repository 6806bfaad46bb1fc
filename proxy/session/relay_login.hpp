#pragma once

#include "protocol/handshake.hpp"
#include "proxy/source/client_conversation.hpp"

#include <optional>

// A client's login on its own account at the source. The client has answered our greeting already,
// whose scramble the source does not know, so the source is made to ask for the proof by an
// AuthSwitchRequest, and what the two say to each other from there on is passed on. No password is
// kept. Source: sql/auth/sql_authentication.cc (parse_client_handshake_packet,
// server_mpvio_write_packet).
namespace proxy {

struct source_connection
{
    std::unique_ptr<packet_stream> stream;
    std::uint32_t capabilities = 0;  // of both legs: without TLS and compression
    std::uint32_t thread_id = 0;     // at the source
};

// Connects to the source, in TLS exactly if the client is, and logs `from_client` in there.
// Nothing: the client has been told why not, in the source's own words where it has any.
// `capabilities`: what we and the client agreed on. Throws what the client's stream throws; if the
// client leaves in the middle, the source hears a wrong proof instead of a broken handshake, which
// it would count against us (max_connect_errors).
asio::awaitable<std::optional<source_connection>> log_in_at_source(
    packet_stream& client,
    protocol::login from_client,
    std::uint32_t capabilities,
    const dial_source& dial,
    std::string source_name
);

// The exchange of a COM_CHANGE_USER that the source has been sent with the plugin of
// no_such_plugin. False: refused, and the client has been told. `capabilities`: the client's.
asio::awaitable<bool>
pass_proofs(packet_stream& client, packet_stream& source, std::uint32_t capabilities);

// No account has it, so the source asks again, by a switch to the account's own.
constexpr std::string_view no_such_plugin = "unghost_asks";

}  // namespace proxy
