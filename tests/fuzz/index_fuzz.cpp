#include "proxy/store/index.hpp"

#include <cstdlib>

// Whatever an index holds: it is refused, or written again as it was.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const protocol::byte_view bytes(data, size);
    if (const auto index = proxy::parse_index(bytes)) {
        const auto again = proxy::parse_index(proxy::to_bytes(*index));
        if (!again || *again != *index)
            std::abort();
    }
    // The checksum keeps a fuzzer out: it also gets in with one made for it.
    if (const auto index = proxy::parse_index(proxy::seal_document("unghost index\n", 1, bytes)))
        for (const auto& entry : *index)
            if (proxy::clean_name(entry).find('/') != std::string::npos)
                std::abort();
    return 0;
}
