#include "protocol/compressed_packet.hpp"
#include "tests/support/hex.hpp"

#include <gtest/gtest.h>

using namespace protocol;
using namespace tests::literals;

namespace {

class CompressedPacket : public testing::TestWithParam<stream_compression>
{
protected:
    // What a peer reads of these bytes, given in pieces.
    result<byte_buffer> unpack(byte_view packed, std::size_t piece)
    {
        byte_buffer found;
        decompressor in(GetParam());
        while (!packed.empty()) {
            const byte_view part = packed.first(std::min(piece, packed.size()));
            std::ranges::copy(part, in.prepare(part.size()).begin());
            in.commit(part.size());
            packed = packed.subspan(part.size());
            for (;;) {
                const auto bytes = in.next();
                if (!bytes)
                    return tl::unexpected(bytes.error());
                if (!*bytes)
                    break;
                found.insert(found.end(), (*bytes)->begin(), (*bytes)->end());
            }
        }
        sequence = in.sequence();
        return found;
    }

    std::uint8_t sequence = 0;
};

TEST_P(CompressedPacket, BytesComeBackInWhateverPieces)
{
    byte_buffer bytes(100'000);
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::uint8_t>(i / 100);
    byte_buffer packed;
    std::uint8_t number = 5;
    compressor out(GetParam());
    out.append(packed, bytes, number);
    EXPECT_EQ(number, 6);
    EXPECT_LT(packed.size(), bytes.size() / 10);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, packed.size()}) {
        EXPECT_EQ(unpack(packed, piece), bytes);
        EXPECT_EQ(sequence, 6);
    }
}

TEST_P(CompressedPacket, WhatIsSmallOrDoesNotShrinkGoesAsItIs)
{
    byte_buffer packed;
    std::uint8_t number = 0;
    compressor out(GetParam());
    out.append(packed, "01020304"_hex, number);
    EXPECT_EQ(packed, "040000 00 000000 01020304"_hex);

    byte_buffer noise(1000);
    std::uint32_t seed = 1;
    for (auto& byte : noise)
        byte = static_cast<std::uint8_t>((seed = seed * 1664525 + 1013904223) >> 24);
    packed.clear();
    out.append(packed, noise, number);
    EXPECT_EQ(load_le(byte_view(packed).subspan(4, 3)), 0U);
    EXPECT_EQ(unpack(packed, packed.size()), noise);
}

TEST_P(CompressedPacket, LongStreamsTakeSeveralPackets)
{
    const byte_buffer bytes((1U << 24) + 100, 9);
    byte_buffer packed;
    std::uint8_t number = 0;
    compressor(GetParam()).append(packed, bytes, number);
    EXPECT_EQ(number, 2);
    EXPECT_EQ(unpack(packed, packed.size()), bytes);
}

// A few bytes that stand for 16 MB take no more memory than others.
TEST_P(CompressedPacket, ComesInPiecesHoweverMuchItClaims)
{
    byte_buffer packed;
    std::uint8_t number = 0;
    compressor(GetParam()).append(packed, byte_buffer(0xffffff, 9), number);
    ASSERT_LT(packed.size(), 20'000U);
    decompressor in(GetParam());
    std::ranges::copy(packed, in.prepare(packed.size()).begin());
    in.commit(packed.size());
    std::size_t size = 0;
    for (;;) {
        const auto piece = in.next();
        ASSERT_TRUE(piece);
        if (!*piece)
            break;
        EXPECT_LE((*piece)->size(), 64U << 10);
        size += (*piece)->size();
    }
    EXPECT_EQ(size, 0xffffffU);
}

TEST_P(CompressedPacket, WhatLiesAboutItsSizeIsRefused)
{
    byte_buffer packed;
    std::uint8_t number = 0;
    compressor(GetParam()).append(packed, byte_buffer(1000, 9), number);
    for (const std::size_t at : {4UL, 5UL}) {
        byte_buffer lying = packed;
        lying[at] ^= 1;
        EXPECT_EQ(unpack(lying, lying.size()).error(), errc::bad_value);
    }
    EXPECT_FALSE(unpack("040000 00 100000 01020304"_hex, 100));
    // Cut short it is not whole yet.
    packed.pop_back();
    EXPECT_EQ(unpack(packed, packed.size()), byte_buffer{});
}

INSTANTIATE_TEST_SUITE_P(
    BothKinds,
    CompressedPacket,
    testing::Values(stream_compression::zlib, stream_compression::zstd),
    [](const auto& of) { return of.param == stream_compression::zlib ? "Zlib" : "Zstd"; }
);

}  // namespace
