#include "protocol/packet.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace {

using packets = std::vector<protocol::byte_buffer>;

// Packets and the error, if any, of a stream that arrives `step` bytes at a time.
std::pair<packets, int> split(protocol::byte_view stream, std::size_t step)
{
    protocol::packet_splitter splitter(64, 8);
    packets got;
    while (!stream.empty()) {
        const protocol::byte_view part = stream.first(std::min(step, stream.size()));
        std::ranges::copy(part, splitter.prepare(part.size()).begin());
        splitter.commit(part.size());
        stream = stream.subspan(part.size());
        for (;;) {
            const auto packet = splitter.next();
            if (!packet)
                return {got, static_cast<int>(packet.error())};
            if (!*packet)
                break;
            got.emplace_back((*packet)->begin(), (*packet)->end());
        }
    }
    return {got, 0};
}

}  // namespace

// Whatever a peer sends, the splitter gives packets, an error, or asks for more; and the same
// however the stream is cut. What it gave can be sent again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const protocol::byte_view stream(data, size);
    const auto whole = split(stream, size + 1);
    for (const std::size_t step : {1U, 3U, 11U}) {
        if (split(stream, step) != whole)
            std::abort();
    }

    protocol::byte_buffer again;
    std::uint8_t sequence = 0;
    for (const auto& packet : whole.first)
        sequence = protocol::append_packet(again, packet, sequence, 8);
    if (split(again, 5) != std::pair(whole.first, 0))
        std::abort();
    return 0;
}
