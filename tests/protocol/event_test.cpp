#include "protocol/event.hpp"
#include "protocol/event_writer.hpp"
#include "tests/support/hex.hpp"
#include "tests/support/prefixes.hpp"

namespace {

using namespace protocol;
using namespace tests::literals;

TEST(Event, HeaderIsReadFieldByField)
{
    const auto bytes = "78de066b 10 07000000 1f000000 54030000 0800 0c00000000000000 06560b9f"_hex;
    const auto event = parse_event(bytes, checksum::crc32);
    ASSERT_TRUE(event);
    EXPECT_EQ(event->header.timestamp, 0x6b06de78U);
    EXPECT_EQ(event->header.type, event_type::xid);
    EXPECT_EQ(event->header.server_id, 7U);
    EXPECT_EQ(event->header.size, 31U);
    EXPECT_EQ(event->header.end_log_pos, 852U);
    EXPECT_EQ(event->header.flags, event_suppress_use);
    EXPECT_EQ(tests::to_hex(event->body), "0c00000000000000");
    EXPECT_EQ(event->whole.size(), 31U);
    EXPECT_EQ(parse_event(bytes, checksum::none)->body.size(), 12U);
    tests::expect_every_shorter_prefix_refused(bytes, [](byte_view prefix) {
        return parse_event(prefix, checksum::crc32);
    });
}

TEST(Event, MustBeAsLongAsItSays)
{
    auto bytes = "78de066b 03 07000000 13000000 54030000 0000"_hex;
    EXPECT_TRUE(parse_event(bytes, checksum::none));
    EXPECT_EQ(parse_event(bytes, checksum::crc32), tl::unexpected(errc::truncated));
    bytes.push_back(0);
    EXPECT_EQ(parse_event(bytes, checksum::none), tl::unexpected(errc::bad_value));
}

TEST(EventWriter, SetsSizeAndChecksumFromWhatIsThere)
{
    byte_buffer out = {1, 2, 3};
    event_writer event(
        out, {.timestamp = 5, .type = event_type::xid, .server_id = 7, .end_log_pos = 9}
    );
    event.body().u64(12);
    const byte_view bytes = event.finish(checksum::crc32);
    EXPECT_EQ(out.size(), 3U + 31U);
    EXPECT_TRUE(checksum_is_right(bytes));
    const auto parsed = parse_event(bytes, checksum::crc32);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->header.end_log_pos, 9U);
    EXPECT_EQ(tests::to_hex(parsed->body), "0c00000000000000");
}

TEST(EventWriter, MarksEventsThatAreInNoFile)
{
    byte_buffer out;
    event_writer event(out, {.type = event_type::rotate, .flags = event_suppress_use});
    const byte_view bytes = event.finish_artificial(checksum::none);
    EXPECT_EQ(bytes.size(), event_header_size);
    EXPECT_EQ(load_event_header(bytes).flags, event_suppress_use | event_artificial);
}

TEST(Checksum, IsTheCrcOfAllBeforeIt)
{
    EXPECT_EQ(crc32(as_bytes("123456789")), 0xcbf43926U);
    byte_buffer event = {1, 2, 3, 4, 0, 0, 0, 0};
    EXPECT_FALSE(checksum_is_right(event));
    seal(event, checksum::none);
    EXPECT_FALSE(checksum_is_right(event));
    seal(event, checksum::crc32);
    EXPECT_TRUE(checksum_is_right(event));
    event[0] ^= 1;
    EXPECT_FALSE(checksum_is_right(event));
    EXPECT_FALSE(checksum_is_right(byte_view(event).first(3)));
}

}  // namespace
