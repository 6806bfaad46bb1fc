#pragma once

#include "proxy/net/tls.hpp"
#include "proxy/source/client_conversation.hpp"

namespace proxy {

// Keeps the number of system calls of a dump away from its figures.
constexpr std::size_t dump_read_bytes = 512U << 10;

// Opens connections to the configured source, ready for its greeting. `tls` (make_client_tls)
// outlives the dialling. `read_bytes` are read at once. `gather`: where large events go; none: into
// memory.
dial_source dial_with(
    const source_config& config,
    const tls_settings& tls,
    std::size_t read_bytes = dump_read_bytes,
    protocol::make_gathered gather = {}
);

}  // namespace proxy
