#pragma once

#include "protocol/response.hpp"
#include "proxy/net/packet_stream.hpp"

#include <optional>
#include <string_view>

// What is asked of an account of the source beside its password: on the client's connection there,
// just logged in, before the client is told that it is.
namespace proxy {

// Why a client that has no TLS to us may not come in: the source would have it only over TLS, and
// sees our own in place of it. Nothing: it may. Who cannot be asked about (an expired password) may
// not. Throws what the stream throws.
asio::awaitable<std::optional<protocol::server_error>>
refusal_in_clear(packet_stream& source, std::uint32_t capabilities);

// Why an account may not come in where only replication may: it has no REPLICATION SLAVE. Nothing:
// it may. Throws what the stream throws.
asio::awaitable<std::optional<protocol::server_error>>
refusal_without_replication(packet_stream& source, std::uint32_t capabilities);

// `account`: its CREATE USER statement, as SHOW CREATE USER words it (sql/auth/sql_user.cc,
// mysql_show_create_user). True: it holds a REQUIRE that is not NONE, or cannot be read.
bool requires_tls(std::string_view account);

}  // namespace proxy
