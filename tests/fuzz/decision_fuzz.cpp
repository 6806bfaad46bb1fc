#include "rewrite/decision.hpp"

#include <cstdlib>

// What is read as a decision is written back as the same bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const protocol::byte_view bytes(data, size);
    const auto made = rewrite::parse_decision(bytes);
    if (made) {
        const auto again = rewrite::parse_decision(rewrite::to_bytes(*made));
        if (!again || rewrite::to_bytes(*again) != rewrite::to_bytes(*made))
            std::abort();
    }
    return 0;
}
