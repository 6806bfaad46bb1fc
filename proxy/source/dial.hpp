#pragma once

#include "proxy/net/tls.hpp"
#include "proxy/source/client_conversation.hpp"
#include "proxy/source/source_role.hpp"

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

// The same towards whatever address is followed at that time; `role` outlives the dialling.
dial_source dial_followed(
    const source_config& config,
    const source_role& role,
    const tls_settings& tls,
    std::size_t read_bytes = dump_read_bytes,
    protocol::make_gathered gather = {}
);

}  // namespace proxy
