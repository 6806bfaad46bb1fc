#pragma once

#include "proxy/source/client_conversation.hpp"

#include <asio/ssl/context.hpp>

namespace proxy {

// Opens connections to the configured source, ready for its greeting. `tls` (make_client_tls)
// outlives what is dialled.
dial_source dial_with(const source_config& config, asio::ssl::context& tls);

// "10.0.0.5:3306", for messages.
std::string source_name(const source_config& config);

}  // namespace proxy
