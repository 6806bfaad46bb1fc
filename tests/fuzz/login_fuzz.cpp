#include "protocol/handshake.hpp"

#include <cstdlib>

// A login or TLS request that is read is written and read again as the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const protocol::byte_view packet(data, size);
    if (const auto request = protocol::parse_tls_request(packet)) {
        protocol::byte_buffer out;
        protocol::append_tls_request(out, *request);
        if (protocol::parse_tls_request(out) != request)
            std::abort();
    }
    if (const auto request = protocol::parse_login(packet)) {
        protocol::byte_buffer out;
        protocol::append_login(out, *request);
        if (protocol::parse_login(out) != request)
            std::abort();
    }
    return 0;
}
