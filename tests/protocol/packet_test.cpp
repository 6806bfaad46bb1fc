#include "protocol/packet.hpp"
#include "tests/support/hex.hpp"
#include "tests/support/large_memory.hpp"

#include <algorithm>
#include <gtest/gtest.h>

using namespace protocol;
using namespace tests::literals;

namespace {

void feed(packet_splitter& splitter, byte_view bytes)
{
    std::ranges::copy(bytes, splitter.prepare(bytes.size()).begin());
    splitter.commit(bytes.size());
}

// Every packet that is whole; stops the test at an error.
void take_all(packet_splitter& splitter, std::vector<byte_buffer>& got)
{
    for (;;) {
        const auto packet = splitter.next();
        ASSERT_TRUE(packet);
        if (!*packet)
            return;
        got.emplace_back((*packet)->begin(), (*packet)->end());
    }
}

byte_buffer filled(std::size_t size, std::uint8_t value)
{
    return byte_buffer(size, value);
}

}  // namespace

TEST(AppendPacket, WritesLengthAndNumberInFrontOfThePayload)
{
    byte_buffer wire;
    EXPECT_EQ(append_packet(wire, "0a0b0c"_hex, 5), 6);
    EXPECT_EQ(wire, "030000 05 0a0b0c"_hex);
}

TEST(AppendPacket, FollowsAFullFrameByAnotherEvenAnEmptyOne)
{
    byte_buffer wire;
    EXPECT_EQ(append_packet(wire, "01020304 05060708"_hex, 0, 4), 3);
    EXPECT_EQ(wire, "040000 00 01020304 040000 01 05060708 000000 02"_hex);
}

TEST(AppendPacket, CountsFramesModulo256)
{
    byte_buffer wire;
    EXPECT_EQ(append_packet(wire, "0102030405"_hex, 255, 4), 1);
    EXPECT_EQ(wire, "040000 ff 01020304 010000 00 05"_hex);
}

TEST(AppendPacket, CutsAtTheRealFrameLimit)
{
    byte_buffer wire;
    EXPECT_EQ(append_packet(wire, filled(max_frame_payload, 7), 0), 2);
    ASSERT_EQ(wire.size(), max_frame_payload + 8);
    EXPECT_EQ(byte_buffer(wire.end() - 4, wire.end()), "000000 01"_hex);
}

TEST(PacketSplitter, GivesSamePacketsHoweverTheStreamIsCut)
{
    byte_buffer wire;
    std::uint8_t sequence = append_packet(wire, "0a0b0c"_hex, 0, 4);
    sequence = append_packet(wire, "0102030405060708"_hex, sequence, 4);  // two full, one empty
    sequence = append_packet(wire, {}, sequence, 4);
    append_packet(wire, "0102030405"_hex, sequence, 4);

    for (std::size_t first = 0; first <= wire.size(); ++first) {
        for (std::size_t second = first; second <= wire.size(); ++second) {
            SCOPED_TRACE(first * 100 + second);
            packet_splitter splitter(100, 4);
            std::vector<byte_buffer> got;
            const byte_view all(wire);
            for (const byte_view part :
                 {all.first(first), all.subspan(first, second - first), all.subspan(second)}) {
                feed(splitter, part);
                take_all(splitter, got);
            }
            EXPECT_EQ(
                got,
                (std::vector<byte_buffer>{
                    "0a0b0c"_hex, "0102030405060708"_hex, {}, "0102030405"_hex
                })
            );
            EXPECT_TRUE(splitter.take_rest().empty());
        }
    }
}

TEST(PacketSplitter, CountsOnPastNumber255)
{
    packet_splitter splitter(100);
    std::vector<byte_buffer> got;
    std::uint8_t sequence = 0;
    for (int i = 0; i < 600; ++i) {
        byte_buffer wire;
        sequence = append_packet(wire, "01"_hex, sequence);
        feed(splitter, wire);
    }
    take_all(splitter, got);
    EXPECT_EQ(got.size(), 600U);
}

TEST(PacketSplitter, RefusesANumberThatDoesNotFollow)
{
    packet_splitter splitter(100);
    feed(splitter, "010000 00 0a 010000 02 0b"_hex);
    ASSERT_TRUE(splitter.next());
    EXPECT_EQ(splitter.next().error(), errc::out_of_order);
    EXPECT_EQ(splitter.next().error(), errc::out_of_order);  // and goes on doing so
}

TEST(PacketSplitter, StartsANewCountWhenTold)
{
    packet_splitter splitter(100);
    feed(splitter, "010000 00 0a"_hex);
    ASSERT_TRUE(splitter.next());
    splitter.sequence = 0;
    feed(splitter, "010000 00 0b"_hex);
    EXPECT_TRUE(splitter.next());
}

TEST(PacketSplitter, RefusesAPacketOverTheLimitBeforeItsBytesCome)
{
    packet_splitter splitter(10);
    feed(splitter, "0b0000 00"_hex);
    EXPECT_EQ(splitter.next().error(), errc::too_large);

    packet_splitter joining(10, 4);
    feed(joining, "040000 00 01010101 040000 01 01010101 030000 02"_hex);
    EXPECT_EQ(joining.next().error(), errc::too_large);
}

TEST(PacketSplitter, TakesAPacketOfExactlyTheLimit)
{
    packet_splitter splitter(3);
    feed(splitter, "030000 00 0a0b0c"_hex);
    const auto packet = splitter.next();
    ASSERT_TRUE(packet && *packet);
    EXPECT_EQ((*packet)->size(), 3U);
}

TEST(PacketSplitter, RefusesAFrameAboveTheFrameLimit)
{
    packet_splitter splitter(100, 4);
    feed(splitter, "050000 00 0102030405"_hex);
    EXPECT_EQ(splitter.next().error(), errc::too_large);
}

TEST(PacketSplitter, JoinsLargePacketsReadInSmallSteps)
{
    const byte_buffer large = filled(3 << 20, 1);  // above what stays in the receive buffer
    const byte_buffer huge = filled(max_frame_payload + 5, 2);  // two frames
    byte_buffer wire;
    std::uint8_t sequence = append_packet(wire, large, 0);
    sequence = append_packet(wire, huge, sequence);
    append_packet(wire, "0a"_hex, sequence);

    packet_splitter splitter(1 << 30);
    std::vector<byte_buffer> got;
    byte_view rest(wire);
    while (!rest.empty()) {
        const byte_view part = rest.first(std::min<std::size_t>(rest.size(), 256 << 10));
        feed(splitter, part);
        rest = rest.subspan(part.size());
        take_all(splitter, got);
    }
    ASSERT_EQ(got.size(), 3U);
    EXPECT_TRUE(got[0] == large);
    EXPECT_TRUE(got[1] == huge);
    EXPECT_EQ(got[2], "0a"_hex);
}

// A peer that sends packets of one frame, of three, and of one again.
TEST(PacketSplitter, GathersPacketsOfSeveralFramesWhereItIsTold)
{
    const byte_buffer huge = filled(10, 2);
    byte_buffer wire;
    std::uint8_t sequence = append_packet(wire, "0a0b"_hex, 0, 4);
    sequence = append_packet(wire, huge, sequence, 4);
    append_packet(wire, "0c"_hex, sequence, 4);

    packet_splitter splitter(100, 4);
    std::vector<std::shared_ptr<tests::large_memory>> made;
    splitter.gather_in([&] { return made.emplace_back(std::make_shared<tests::large_memory>()); });
    std::vector<byte_buffer> got;
    std::vector<const large_bytes*> large;
    for (const std::uint8_t byte : wire) {
        feed(splitter, byte_view(&byte, 1));
        const auto packet = splitter.next();
        ASSERT_TRUE(packet);
        if (!*packet)
            continue;
        got.emplace_back((*packet)->begin(), (*packet)->end());
        large.push_back(splitter.large());
    }
    EXPECT_EQ(got, (std::vector<byte_buffer>{"0a0b"_hex, huge, "0c"_hex}));
    ASSERT_EQ(made.size(), 1U);
    EXPECT_EQ(large, (std::vector<const large_bytes*>{nullptr, made[0].get(), nullptr}));
    EXPECT_TRUE(made[0]->finished);
    EXPECT_EQ(made[0].use_count(), 1) << "it is the splitter's until the next packet only";
}

TEST(PacketSplitter, LimitsWhatItGathersElsewhereToo)
{
    byte_buffer wire;
    append_packet(wire, filled(11, 2), 0, 4);
    packet_splitter splitter(10, 4);
    splitter.gather_in([] { return std::make_shared<tests::large_memory>(); });
    feed(splitter, wire);
    EXPECT_EQ(splitter.next().error(), errc::too_large);
}

TEST(PacketSplitter, GivesNoPacketThatWasLostWhereItWasGathered)
{
    byte_buffer wire;
    append_packet(wire, filled(10, 2), 0, 4);
    for (const bool at_the_end : {false, true}) {
        packet_splitter splitter(100, 4);
        splitter.gather_in([&] {
            auto made = std::make_shared<tests::large_memory>();
            made->fails_to_add = !at_the_end;
            made->fails_to_finish = at_the_end;
            return made;
        });
        feed(splitter, wire);
        EXPECT_EQ(splitter.next().error(), errc::lost);
    }
}

TEST(PacketSplitter, GivesBackBytesReadTooEarly)
{
    packet_splitter splitter(100);
    feed(splitter, "010000 00 0a 160301"_hex);
    ASSERT_TRUE(splitter.next());
    EXPECT_EQ(splitter.take_rest(), "160301"_hex);
    EXPECT_TRUE(splitter.take_rest().empty());
}

TEST(PacketSplitter, DoesNotMovePacketsThatLieInOneRead)
{
    byte_buffer wire;
    std::uint8_t sequence = 0;
    for (int i = 0; i < 2000; ++i)
        sequence = append_packet(wire, filled(100, 9), sequence);

    packet_splitter splitter(1000);
    const auto room = splitter.prepare(wire.size());
    std::ranges::copy(wire, room.begin());
    splitter.commit(wire.size());
    for (std::size_t i = 0; i < 2000; ++i) {
        const auto packet = splitter.next();
        ASSERT_TRUE(packet && *packet);
        ASSERT_EQ((*packet)->data(), room.data() + i * 104 + packet_header_size);
    }
}
