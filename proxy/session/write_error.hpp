#pragma once

#include "protocol/response.hpp"
#include "proxy/net/packet_stream.hpp"

namespace proxy {

// An ERR packet. Throws what the stream throws.
asio::awaitable<void> write_error(packet_stream& to, protocol::server_error error);
// In place of a greeting. What the client can do is not known then, so a server sends no SQL state
// (net_send_error in sql/protocol_classic.cc), and clients take it for the text's beginning.
asio::awaitable<void> write_refusal(packet_stream& to, protocol::server_error error);

}  // namespace proxy
