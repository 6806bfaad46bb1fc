#pragma once

#include "proxy/net/tls.hpp"
#include "proxy/source/client_conversation.hpp"

namespace proxy {

// Opens connections to the configured source, ready for its greeting. `tls` (make_client_tls)
// outlives the dialling. `read_bytes`: as much is read at once as keeps the number of system
// calls of a dump away from its figures.
dial_source dial_with(
    const source_config& config, const tls_settings& tls, std::size_t read_bytes = 512U << 10
);

}  // namespace proxy
