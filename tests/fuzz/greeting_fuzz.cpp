#include "protocol/handshake.hpp"

#include <cstdlib>

// A greeting that is read is written and read again as the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto hello = protocol::parse_greeting({data, size});
    if (!hello)
        return 0;
    protocol::byte_buffer out;
    protocol::append_greeting(out, *hello);
    if (protocol::parse_greeting(out) != hello)
        std::abort();
    return 0;
}
