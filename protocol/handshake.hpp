#pragma once

#include "protocol/bytes.hpp"
#include "protocol/capabilities.hpp"
#include "protocol/error.hpp"

#include <string>
#include <utility>

// The packets of a login, both halves: greeting, TLS request, login, auth switch, more data.
// Source: sql/auth/sql_authentication.cc (send_server_handshake_packet,
// parse_client_handshake_packet), sql-common/client.cc.
namespace protocol {

using challenge = std::array<std::uint8_t, 20>;  // the scramble; no NUL and no '$' in what we make

struct greeting
{
    std::string server_version;
    std::uint32_t connection_id = 0;
    challenge scramble{};
    std::uint32_t capabilities = 0;
    std::uint8_t collation = 255;  // utf8mb4_0900_ai_ci
    std::uint16_t status = 2;      // autocommit
    std::string plugin;
    bool operator==(const greeting&) const = default;
};
// Only protocol 10 with protocol_41 and secure_connection, as every server since 4.1; else
// unsupported. An ERR in its place (host blocked, too many connections) is for is_error().
result<greeting> parse_greeting(byte_view packet);
void append_greeting(byte_buffer& out, const greeting& hello);

// The short packet that asks for TLS in front of the login.
struct tls_request
{
    std::uint32_t capabilities = 0;
    std::uint32_t max_packet = 0;
    std::uint8_t collation = 0;
    bool operator==(const tls_request&) const = default;
};
bool is_tls_request(byte_view packet);  // 32 bytes with the ssl bit
result<tls_request> parse_tls_request(byte_view packet);
void append_tls_request(byte_buffer& out, const tls_request& request);

struct login
{
    std::uint32_t capabilities = 0;
    std::uint32_t max_packet = 1U << 24;
    std::uint8_t collation = 255;
    std::string user;
    byte_buffer proof;     // answer to the greeting's scramble for `plugin`
    std::string database;  // empty without connect_with_db
    std::string plugin;
    std::vector<std::pair<std::string, std::string>> attributes;
    std::uint8_t zstd_level = 3;  // with zstd_compression
    bool operator==(const login&) const = default;
};
// Like the server, takes a login that ends before the plugin or the attributes its capabilities
// announce; anything else must be there in full.
result<login> parse_login(byte_view packet);
// Which fields go and how is for `capabilities` to say: without connect_with_db no database.
void append_login(byte_buffer& out, const login& request);

// AuthSwitchRequest (0xfe), and data in mid-login (0x01).
struct auth_switch
{
    std::string plugin;
    byte_buffer data;  // scramble, without the trailing NUL
    bool operator==(const auth_switch&) const = default;
};
// unsupported: the bare 0xfe that asks for the proof of servers before 4.1.
result<auth_switch> parse_auth_switch(byte_view packet);
void append_auth_switch(byte_buffer& out, const auth_switch& request);
void append_auth_more_data(byte_buffer& out, byte_view data);

}  // namespace protocol
