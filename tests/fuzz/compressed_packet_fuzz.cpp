#include "protocol/compressed_packet.hpp"

#include <algorithm>
#include <cstdlib>

// A byte that says which kind, one for the size of the pieces, then what a peer sends.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace protocol;
    if (size < 2)
        return 0;
    const auto kind = data[0] & 1 ? stream_compression::zlib : stream_compression::zstd;
    const std::size_t piece = std::size_t{data[1]} + 1;
    byte_view bytes(data + 2, size - 2);
    decompressor in(kind);
    while (!bytes.empty()) {
        const byte_view part = bytes.first(std::min(piece, bytes.size()));
        std::ranges::copy(part, in.prepare(part.size()).begin());
        in.commit(part.size());
        bytes = bytes.subspan(part.size());
        for (;;) {
            const auto packet = in.next();
            if (!packet)
                return 0;
            if (!*packet)
                break;
            byte_buffer again;
            std::uint8_t number = 0;
            compressor(kind).append(again, **packet, number);
        }
    }
    return 0;
}
