#pragma once

#include "protocol/auth.hpp"
#include "proxy/net/packet_stream.hpp"

// How a client proves to the source who it is: what the two say to each other is passed on, but for
// passwords where one leg is in TLS and the other is not. None is kept. Source:
// sql/auth/sql_authentication.cc (server_mpvio_write_packet), sha2_password.cc.
namespace proxy {

// What is asked of a client beside its password.
struct proof_terms
{
    // Ours: what a client in clear seals its password with where the source wants it in TLS.
    const protocol::rsa_key& key;
    // PEM, the source's: what passwords are sealed with without TLS. Empty: whatever it sends.
    std::string_view source_key = {};
    bool replication_only = false;  // it must have REPLICATION SLAVE
};

// From a login or a COM_CHANGE_USER, which the source has been sent with the plugin of
// no_such_plugin, to its OK, which the client gets as well. False: refused, and the client has been
// told. `capabilities`: the client's.
asio::awaitable<bool> pass_proofs(
    packet_stream& client, packet_stream& source, std::uint32_t capabilities, proof_terms terms
);

// No account has it, so the source asks again, by a switch to the account's own.
constexpr std::string_view no_such_plugin = "unghost_asks";

}  // namespace proxy
