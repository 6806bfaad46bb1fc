#include "protocol/control_event.hpp"
#include "protocol/gtid_set.hpp"
#include "tests/support/files.hpp"
#include "tests/support/hex.hpp"
#include "tests/support/prefixes.hpp"

namespace {

using namespace protocol;
using namespace tests::literals;

TEST(ControlEvent, RotateNamesTheNextFileAndPosition)
{
    const auto body = "0400000000000000 622e303032"_hex;
    const auto rotate = parse_rotate(body);
    ASSERT_TRUE(rotate);
    EXPECT_EQ(rotate->position, 4U);
    EXPECT_EQ(rotate->file, "b.002");
    tests::expect_every_shorter_prefix_refused("0400000000000000"_hex, parse_rotate);
}

TEST(ControlEvent, FormatDescriptionSaysHowEventsAreChecked)
{
    const byte_buffer file = tests::golden("ptosc-mysql97-371-nodropold.in.binlog");
    const event_view first = tests::events_of(file).front();
    const auto format = parse_format_description(first.whole);
    ASSERT_TRUE(format);
    EXPECT_EQ(format->binlog_version, 4);
    EXPECT_TRUE(format->server_version.starts_with("9.7.")) << format->server_version;
    EXPECT_EQ(format->sum, checksum::crc32);
    EXPECT_EQ(format->created, load<std::uint32_t>(first.whole.data() + format_created_offset));
    ASSERT_EQ(format->post_header_lengths.size(), 41U + 1);
    EXPECT_EQ(format->post_header_lengths[static_cast<std::size_t>(event_type::gtid) - 1], 42);
    EXPECT_TRUE(checksum_is_right(first.whole));
}

TEST(ControlEvent, FormatDescriptionWithoutChecksumsHasOneItself)
{
    const byte_buffer file = tests::golden("ptosc-mysql97-371-onechunk-nochecksum.in.binlog");
    const event_view first = tests::events_of(file).front();
    const auto format = parse_format_description(first.whole);
    ASSERT_TRUE(format);
    EXPECT_EQ(format->sum, checksum::none);
    EXPECT_TRUE(checksum_is_right(first.whole));
}

TEST(ControlEvent, FormatDescriptionOfAnotherWorldIsRefused)
{
    const byte_buffer file = tests::golden("ptosc-mysql97-371-nodropold.in.binlog");
    const byte_view whole = tests::events_of(file).front().whole;
    for (std::size_t size = 0; size < event_header_size + 57 + 5; ++size)
        EXPECT_FALSE(parse_format_description(whole.first(size)));
    const auto with = [&](std::size_t at, std::uint8_t value) {
        byte_buffer copy(whole.begin(), whole.end());
        copy[at] = value;
        return parse_format_description(copy);
    };
    EXPECT_EQ(with(event_header_size, 3), tl::unexpected(errc::unsupported));
    EXPECT_EQ(with(event_header_size + 56, 13), tl::unexpected(errc::unsupported));
    EXPECT_EQ(with(whole.size() - 5, 255), tl::unexpected(errc::unsupported));
}

TEST(ControlEvent, XidIsEightBytes)
{
    EXPECT_EQ(parse_xid("0c00000000000080"_hex), (std::uint64_t{1} << 63) + 12);
    EXPECT_EQ(parse_xid("0c0000000000008000"_hex), tl::unexpected(errc::bad_value));
    tests::expect_every_shorter_prefix_refused("0c00000000000080"_hex, parse_xid);
}

void append_previous_gtids(
    byte_buffer& out, const event_header& header, byte_view body, checksum sum
)
{
    event_writer event(out, header);
    append_gtid_set_binary(out, *parse_gtid_set_binary(body));
    event.finish(sum);
}

TEST(ControlEvent, RealOnesAreWrittenBackAsTheServerWroteThem)
{
    for (const char* name :
         {"ptosc-mysql97-371-nodropold.in.binlog",
          "ptosc-mysql97-371-onechunk-nochecksum.in.binlog",
          "ptosc-mysql97gtidoff-371-myisam.in.binlog"}) {
        SCOPED_TRACE(name);
        const byte_buffer file = tests::golden(name);
        checksum sum{};
        for (const event_view& event : tests::events_of(file, &sum)) {
            byte_buffer written;
            if (event.header.type == event_type::rotate)
                append_rotate(written, event.header, *parse_rotate(event.body), sum);
            else if (event.header.type == event_type::xid)
                append_xid(written, event.header, *parse_xid(event.body), sum);
            else if (event.header.type == event_type::previous_gtids)
                append_previous_gtids(written, event.header, event.body, sum);
            else
                continue;
            EXPECT_EQ(tests::to_hex(written), tests::to_hex(event.whole));
        }
    }
}

TEST(ControlEvent, HeartbeatsOfBothVersionsTellFileAndPosition)
{
    for (const bool v2 : {false, true}) {
        for (const std::uint64_t position : {4U, 250U, 251U, 70'000U, 20'000'000U}) {
            byte_buffer bytes;
            append_heartbeat(
                bytes, 7, {.position = position, .file = "b.000001"}, v2, checksum::crc32
            );
            EXPECT_TRUE(checksum_is_right(bytes));
            const auto event = parse_event(bytes, checksum::crc32);
            ASSERT_TRUE(event);
            EXPECT_EQ(event->header.timestamp, 0U);
            EXPECT_EQ(event->header.server_id, 7U);
            EXPECT_EQ(event->header.flags, 0);
            const auto heartbeat = parse_heartbeat(*event);
            ASSERT_TRUE(heartbeat);
            EXPECT_EQ(heartbeat->position, position);
            EXPECT_EQ(heartbeat->file, "b.000001");
        }
    }
}

TEST(ControlEvent, HeartbeatV2HoldsPositionsBeyondFourGigabytes)
{
    byte_buffer bytes;
    const std::uint64_t position = 5'000'000'000;
    append_heartbeat(bytes, 7, {.position = position, .file = "b"}, true, checksum::none);
    const auto event = parse_event(bytes, checksum::none);
    ASSERT_TRUE(event);
    EXPECT_EQ(event->header.end_log_pos, 705'032'704U);
    EXPECT_EQ(
        tests::to_hex(event->body),
        "010162"
        "0209fe00f2052a01000000"
        "00"
    );
    EXPECT_EQ(parse_heartbeat(*event)->position, position);
    tests::expect_every_shorter_prefix_refused(event->body, [&](byte_view body) {
        event_view cut = *event;
        cut.body = body;
        return parse_heartbeat(cut);
    });
}

TEST(ControlEvent, HeartbeatV2SkipsFieldsNobodyKnows)
{
    event_view event;
    const auto body = "0903010203 010162 020104 00"_hex;
    event.header.type = event_type::heartbeat_v2;
    event.body = body;
    const auto heartbeat = parse_heartbeat(event);
    ASSERT_TRUE(heartbeat);
    EXPECT_EQ(heartbeat->file, "b");
    EXPECT_EQ(heartbeat->position, 4U);
}

TEST(ControlEvent, XaPrepareGivesBothPartsOfItsName)
{
    const byte_buffer file = tests::golden("mysql97-tagged-gtids.binlog");
    bool seen = false;
    for (const event_view& event : tests::events_of(file)) {
        if (event.header.type != event_type::xa_prepare)
            continue;
        seen = true;
        const auto xa = parse_xa_prepare(event.body);
        ASSERT_TRUE(xa);
        EXPECT_FALSE(xa->one_phase);
        EXPECT_EQ(xa->format_id, 3U);
        EXPECT_EQ(as_text(xa->gtrid), "x");
        EXPECT_EQ(as_text(xa->bqual), "br");
        tests::expect_every_shorter_prefix_refused(event.body, parse_xa_prepare);
    }
    EXPECT_TRUE(seen);
    EXPECT_EQ(
        parse_xa_prepare("00 01000000 41000000 00000000"_hex), tl::unexpected(errc::bad_value)
    );
}

TEST(ControlEvent, RowsQueryIgnoresItsLengthByte)
{
    EXPECT_EQ(parse_rows_query("ff 61626364"_hex), "abcd");
    EXPECT_FALSE(parse_rows_query({}));
}

}  // namespace
