#include "proxy/session/packetiser.hpp"
#include "tests/support/event_builder.hpp"

#include <gtest/gtest.h>

namespace proxy {
namespace {

using protocol::byte_buffer;
using protocol::byte_view;
using protocol::checksum;

constexpr std::uint32_t server_id = 77;

byte_buffer copy(byte_view bytes)
{
    return {bytes.begin(), bytes.end()};
}

// Payload of the only packet in the buffer.
byte_buffer payload(const packetiser& out)
{
    const byte_view frames = out.frames();
    EXPECT_EQ(protocol::load_le(frames.first(3)), frames.size() - protocol::packet_header_size);
    return copy(frames.subspan(protocol::packet_header_size));
}

byte_buffer format_event(checksum sum)
{
    return tests::event_builder(sum).format().events().at(0);
}

TEST(Packetiser, PutsEachEventIntoAPacketOfTheNextNumber)
{
    packetiser out({.sequence = 0xfe});
    byte_buffer expected;
    std::uint8_t sequence = 0xfe;
    for (const char letter : {'a', 'b', 'c'}) {
        const byte_buffer event(30, static_cast<std::uint8_t>(letter));
        out.put(event);
        byte_buffer packet{0};
        packet.insert(packet.end(), event.begin(), event.end());
        sequence = protocol::append_packet(expected, packet, sequence);
    }
    EXPECT_EQ(copy(out.frames()), expected);
    EXPECT_EQ(out.sequence(), 1);

    out.clear();
    EXPECT_TRUE(out.frames().empty());
    EXPECT_EQ(out.sequence(), 1);
}

TEST(Packetiser, AsksNoAnswerOfASemiSyncReplica)
{
    packetiser out({.prefix = packet_prefix::semi_sync});
    out.put(byte_buffer(20, 1));
    byte_buffer expected{0, 0xef, 0};
    expected.insert(expected.end(), 20, 1);
    EXPECT_EQ(payload(out), expected);
}

TEST(Packetiser, CutsAnEventOfAnySizeAsAWholePacketIsCut)
{
    constexpr std::uint32_t frame = protocol::max_frame_payload;
    for (const packet_prefix prefix : {packet_prefix::plain, packet_prefix::semi_sync})
        for (const std::uint32_t size : {100U, frame - 3, frame - 2, frame - 1, frame, 2 * frame}) {
            SCOPED_TRACE(size);
            packetiser out({.sequence = 3, .prefix = prefix});
            const byte_buffer event(size, 0x5a);
            byte_buffer sent;
            out.begin_pieces(size);
            for (std::size_t at = 0; at < event.size();) {
                sent.insert(sent.end(), out.frames().begin(), out.frames().end());
                out.clear();
                const std::size_t piece =
                    std::min<std::size_t>({event.size() - at, out.piece_room(), 6U << 20});
                ASSERT_GT(piece, 0U);
                sent.insert(sent.end(), piece, 0x5a);
                at += piece;
                out.end_piece(piece);
            }
            sent.insert(sent.end(), out.frames().begin(), out.frames().end());

            byte_buffer packet{0};
            if (prefix == packet_prefix::semi_sync)
                packet = {0, 0xef, 0};
            packet.insert(packet.end(), event.begin(), event.end());
            byte_buffer expected;
            const std::uint8_t next = protocol::append_packet(expected, packet, 3);
            EXPECT_TRUE(sent == expected);
            EXPECT_EQ(out.sequence(), next);
        }
}

TEST(Packetiser, SealsItsOwnEventsAsTheFileOrTheNegotiationSays)
{
    packetiser out({.server_id = server_id});
    out.put_rotate({4, "bin.000001"});
    const std::size_t plain = payload(out).size();
    out.clear();
    out.set_checksum(checksum::crc32);
    out.put_rotate({4, "bin.000001"});
    const byte_buffer sealed = payload(out);
    EXPECT_EQ(sealed.size(), plain + 4);
    const byte_view event = byte_view(sealed).subspan(1);
    EXPECT_TRUE(protocol::checksum_is_right(event));
    const protocol::event_header header = protocol::load_event_header(event);
    EXPECT_EQ(header.server_id, server_id);
    EXPECT_EQ(header.flags, protocol::event_artificial);
}

TEST(Packetiser, WritesHeartbeatsOfTheKindThatTheConsumerKnows)
{
    for (const auto kind : {protocol::event_type::heartbeat, protocol::event_type::heartbeat_v2}) {
        packetiser out({.heartbeat = kind});
        out.put_heartbeat({1234, "bin.000001"});
        const byte_buffer packet = payload(out);
        const auto event = protocol::parse_event(byte_view(packet).subspan(1), checksum::none);
        ASSERT_TRUE(event);
        EXPECT_EQ(event->header.type, kind);
        const auto heartbeat = protocol::parse_heartbeat(*event);
        ASSERT_TRUE(heartbeat);
        EXPECT_EQ(heartbeat->position, 1234U);
        EXPECT_EQ(heartbeat->file, "bin.000001");
    }
}

TEST(Packetiser, HidesFromAReaderOfTheFormatWhatWouldMisleadIt)
{
    struct expectation
    {
        format_reader reader;
        bool position;
        bool created;
    };
    for (const expectation& one :
         {expectation{format_reader::whole_file, true, true},
          expectation{format_reader::has_part, true, false},
          expectation{format_reader::mid_file, false, false}}) {
        byte_buffer format = format_event(checksum::crc32);
        format[protocol::event_flags_offset] |= protocol::event_in_use;
        packetiser out({});
        out.set_checksum(checksum::crc32);
        out.put_format(format, one.reader);
        const byte_buffer packet = payload(out);
        const byte_view event = byte_view(packet).subspan(1);
        EXPECT_TRUE(protocol::checksum_is_right(event));
        const protocol::event_header header = protocol::load_event_header(event);
        EXPECT_EQ(header.flags & protocol::event_in_use, 0);
        EXPECT_EQ(header.end_log_pos != 0, one.position);
        EXPECT_EQ(protocol::parse_format_description(event)->created != 0, one.created);
    }
}

}  // namespace
}  // namespace proxy
