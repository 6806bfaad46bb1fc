#include "protocol/payload_event.hpp"
#include "protocol/query_event.hpp"
#include "tests/support/event_builder.hpp"
#include "tests/support/files.hpp"
#include "tests/support/hex.hpp"
#include "tests/support/prefixes.hpp"

namespace {

using namespace protocol;
using namespace tests::literals;

constexpr std::size_t no_limit = std::size_t{1} << 30;

// Every event of a payload, copied; the error that ended it, if any.
struct unpacked
{
    std::vector<byte_buffer> events;
    std::optional<errc> error;
};
unpacked unpack(const payload_view& payload, std::size_t max_event = no_limit)
{
    unpacked all;
    payload_reader reader(payload, max_event);
    for (;;) {
        const auto event = reader.next();
        if (!event) {
            all.error = event.error();
            return all;
        }
        if (!*event)
            return all;
        all.events.emplace_back((*event)->whole.begin(), (*event)->whole.end());
    }
}

struct packed
{
    byte_buffer bytes;
    payload_view view;
};
packed pack(const std::vector<byte_buffer>& events)
{
    packed made;
    payload_compressor compressor(made.bytes);
    for (const byte_buffer& event : events)
        EXPECT_TRUE(compressor.add(event));
    EXPECT_TRUE(compressor.finish());
    made.view = {
        .kind = compression::zstd,
        .uncompressed_size = compressor.uncompressed_size(),
        .payload = made.bytes,
    };
    return made;
}

std::vector<byte_buffer> transaction(std::size_t rows, std::size_t row_size)
{
    tests::event_builder log(checksum::none);
    log.begin().table_map(7, "d1", "t");
    byte_buffer image(row_size);
    for (std::size_t i = 0; i < row_size; ++i)
        image[i] = static_cast<std::uint8_t>(i * i >> 3);
    for (std::size_t i = 0; i < rows; ++i)
        log.write_rows(7, i + 1 == rows ? rows_end_of_statement : 0, image);
    return log.xid(1).events();
}

TEST(PayloadEvent, IsReadFieldByField)
{
    const auto body = "02 01 00 03 03 fc0001 01 01 03 00 aabbcc"_hex;
    const auto payload = parse_payload(body);
    ASSERT_TRUE(payload);
    EXPECT_EQ(payload->kind, compression::zstd);
    EXPECT_EQ(payload->uncompressed_size, 256U);
    EXPECT_EQ(tests::to_hex(payload->payload), "aabbcc");
    tests::expect_every_shorter_prefix_refused(body, parse_payload);
    EXPECT_EQ(parse_payload("02 01 00 01 01 02 00 aabbcc"_hex), tl::unexpected(errc::bad_value));
    EXPECT_EQ(parse_payload("02 01 00 00"_hex), tl::unexpected(errc::bad_value));
    EXPECT_TRUE(parse_payload("09 02 0102 02 01 00 01 01 00 00"_hex));
}

TEST(PayloadEvent, OfARealServerIsWrittenBackAndHoldsWholeTransactions)
{
    const byte_buffer file = tests::golden("ptosc-mysql97-371-events-compressed.in.binlog");
    checksum sum{};
    int seen = 0;
    for (const event_view& event : tests::events_of(file, &sum)) {
        if (event.header.type != event_type::transaction_payload)
            continue;
        ++seen;
        const auto payload = parse_payload(event.body);
        ASSERT_TRUE(payload);
        byte_buffer written;
        append_payload(written, event.header, *payload, sum);
        EXPECT_EQ(tests::to_hex(written), tests::to_hex(event.whole));

        const unpacked inner = unpack(*payload);
        EXPECT_FALSE(inner.error);
        ASSERT_GT(inner.events.size(), 2U);
        std::uint64_t size = 0;
        for (const byte_buffer& one : inner.events)
            size += one.size();
        EXPECT_EQ(size, payload->uncompressed_size);
        const auto begin = parse_event(inner.events.front(), checksum::none);
        ASSERT_TRUE(begin);
        const std::string_view text = parse_query(begin->body)->text;
        const event_type last = load_event_header(inner.events.back()).type;
        EXPECT_TRUE(text == "BEGIN" || text.starts_with("XA START")) << text;
        EXPECT_EQ(last, text == "BEGIN" ? event_type::xid : event_type::xa_prepare);

        const packed again = pack(inner.events);
        EXPECT_EQ(again.view.uncompressed_size, size);
        EXPECT_EQ(unpack(again.view).events, inner.events);
    }
    EXPECT_EQ(seen, 75);
}

TEST(PayloadEvent, GivesItsEventsWhateverTheirSize)
{
    // Below, at and far above the size of the buffers.
    for (const std::size_t row_size : {0U, 100U, 131'000U, 131'072U, 1'000'000U}) {
        const auto events = transaction(5, row_size);
        const packed made = pack(events);
        const unpacked got = unpack(made.view);
        EXPECT_FALSE(got.error);
        EXPECT_EQ(got.events, events) << row_size;
    }
    const auto many = transaction(20'000, 30);
    EXPECT_EQ(unpack(pack(many).view).events, many);
}

TEST(PayloadEvent, MayBeUncompressed)
{
    const auto events = transaction(3, 10);
    byte_buffer bytes;
    for (const byte_buffer& event : events)
        bytes.insert(bytes.end(), event.begin(), event.end());
    EXPECT_EQ(unpack({.kind = compression::none, .payload = bytes}).events, events);
    EXPECT_EQ(
        unpack({.kind = compression::none, .payload = byte_view(bytes).first(bytes.size() - 1)})
            .error,
        errc::truncated
    );
}

TEST(PayloadEvent, MayEndWithAnEventThatIsAllHeader)
{
    const std::vector<byte_buffer> events = tests::event_builder(checksum::none).stop().events();
    ASSERT_EQ(events[0].size(), event_header_size);
    EXPECT_EQ(unpack(pack(events).view).events, events);
    // Also where the header comes in two parts.
    for (std::size_t before = 131'072 - 200; before < 131'072; ++before) {
        auto two =
            tests::event_builder(checksum::none).rows_query(std::string(before, 'x')).events();
        two.push_back(events[0]);
        ASSERT_EQ(unpack(pack(two).view).events, two) << before;
    }
}

TEST(PayloadEvent, CutShortIsRefusedAtTheCut)
{
    const packed made = pack(transaction(50, 100));
    for (std::size_t size = 1; size < made.bytes.size(); ++size) {
        payload_view cut = made.view;
        cut.payload = made.view.payload.first(size);
        EXPECT_EQ(unpack(cut).error, errc::truncated) << size;
    }
}

TEST(PayloadEvent, HoldsNoEventAboveTheLimit)
{
    const packed made = pack(transaction(1, 1000));
    EXPECT_EQ(unpack(made.view, 500).error, errc::too_large);
    EXPECT_FALSE(unpack(made.view, 2000).error);
}

TEST(PayloadEvent, ThatIsNoZstdOrHoldsNoEventsIsRefused)
{
    const auto noise = "00112233445566778899"_hex;
    EXPECT_EQ(unpack({.kind = compression::zstd, .payload = noise}).error, errc::bad_value);
    EXPECT_EQ(
        unpack({.kind = static_cast<compression>(7), .payload = noise}).error, errc::unsupported
    );
    const packed zeros = pack({byte_buffer(100)});
    EXPECT_EQ(unpack(zeros.view).error, errc::bad_value);
}

TEST(PayloadEvent, MayHoldNothing)
{
    EXPECT_TRUE(unpack({}).events.empty());
    const unpacked none = unpack(pack({}).view);
    EXPECT_TRUE(none.events.empty());
    EXPECT_FALSE(none.error);
}

}  // namespace
