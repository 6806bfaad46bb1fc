#pragma once

#include "protocol/response.hpp"
#include "proxy/net/packet_stream.hpp"

namespace proxy {

// An ERR packet. Throws what the stream throws.
asio::awaitable<void> write_error(packet_stream& to, protocol::server_error error);

}  // namespace proxy
