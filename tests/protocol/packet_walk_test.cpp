#include "protocol/packet_walk.hpp"
#include "tests/support/hex.hpp"

#include <gtest/gtest.h>

using namespace protocol;
using namespace tests::literals;

namespace {

// Ends of packets, sizes and heads, with the bytes given in pieces of this size.
struct seen
{
    std::vector<std::size_t> ends;
    std::vector<std::uint64_t> sizes;
    std::vector<byte_buffer> heads;
    bool operator==(const seen&) const = default;
};
seen walk_through(const byte_buffer& bytes, std::size_t piece)
{
    seen found;
    packet_walk walk;
    for (std::size_t at = 0; at < bytes.size();) {
        const std::size_t size = std::min(piece, bytes.size() - at);
        at += walk.take(byte_view(bytes).subspan(at, size));
        if (walk.ended()) {
            found.ends.push_back(at);
            found.sizes.push_back(walk.size());
            found.heads.emplace_back(walk.head().begin(), walk.head().end());
        }
    }
    return found;
}

}  // namespace

TEST(PacketWalk, FindsEndsWhereverTheBytesAreCut)
{
    byte_buffer bytes;
    append_packet(bytes, "010203"_hex, 0);
    append_packet(bytes, {}, 1);
    append_packet(bytes, byte_buffer(100, 7), 2);
    const seen expected{
        {7, 11, 115}, {3, 0, 100}, {"010203"_hex, {}, byte_buffer(packet_walk::head_size, 7)}
    };
    for (const std::size_t piece : {1U, 2U, 3U, 5U, 7U, 64U, 1000U})
        EXPECT_EQ(walk_through(bytes, piece), expected) << piece;
}

TEST(PacketWalk, JoinsTheFramesOfALargePacket)
{
    byte_buffer bytes;
    append_packet(bytes, byte_buffer(max_frame_payload, 9), 0);  // a full frame and an empty one
    append_packet(bytes, "05"_hex, 2);
    const seen found = walk_through(bytes, 1 << 16);
    EXPECT_EQ(found.ends, (std::vector<std::size_t>{max_frame_payload + 8, bytes.size()}));
    EXPECT_EQ(found.sizes, (std::vector<std::uint64_t>{max_frame_payload, 1}));
}
