#pragma once

#include "protocol/response.hpp"
#include "proxy/net/packet_stream.hpp"

#include <optional>
#include <string_view>

// Whether the source would have a client only over TLS. It sees our own TLS in place of the
// client's, so it is asked.
namespace proxy {

// On the client's connection to the source, just logged in: why it may not come in, as it has no
// TLS to us. Nothing: it may. Who cannot be asked about (an expired password) may not. Throws what
// the stream throws.
asio::awaitable<std::optional<protocol::server_error>>
refusal_in_clear(packet_stream& source, std::uint32_t capabilities);

// `account`: its CREATE USER statement, as SHOW CREATE USER words it (sql/auth/sql_user.cc,
// mysql_show_create_user). True: it holds a REQUIRE that is not NONE, or cannot be read.
bool requires_tls(std::string_view account);

}  // namespace proxy
