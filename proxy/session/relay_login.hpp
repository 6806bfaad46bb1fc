#pragma once

#include "protocol/handshake.hpp"
#include "proxy/config.hpp"
#include "proxy/session/proof_exchange.hpp"
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

struct login_at_source
{
    std::optional<source_connection> connection;  // nothing: refused, and the client has been told
    bool denied = false;  // by the proof or the account, not for want of a source
};

// The way to the source. What it refers to outlives the login.
struct source_leg
{
    const dial_source& dial;
    std::string_view name;
    // Of source.tls. From `required` on, the leg is in TLS whatever the client does and the source
    // says in its greeting; below, exactly if the client is and the source offers it.
    tls_mode tls = tls_mode::required;
    proof_terms proofs;
};

// Connects to the source, and logs `from_client` in there. A client that is refused is told why, in
// the source's own words where it has any. `capabilities`: what we and the client agreed on. A
// client in clear whose leg to the source is in TLS comes in only where it would without us: the
// source does not see it any more, so it is asked whether it or the account wants TLS. Throws what
// the client's stream throws; if the client leaves in the middle, the source hears a wrong proof
// instead of a broken handshake, which it would count against us (max_connect_errors).
asio::awaitable<login_at_source> log_in_at_source(
    packet_stream& client, protocol::login from_client, std::uint32_t capabilities, source_leg leg
);

}  // namespace proxy
