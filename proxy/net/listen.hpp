#pragma once

#include "proxy/config.hpp"

#include <asio/ip/tcp.hpp>

namespace proxy {

// Listens there; port 0: one the system chooses. Throws std::system_error.
asio::ip::tcp::acceptor listen_on(asio::io_context& loop, const address& where);

}  // namespace proxy
