#include "protocol/gtid_event.hpp"
#include "tests/support/event_builder.hpp"
#include "tests/support/files.hpp"
#include "tests/support/hex.hpp"
#include "tests/support/prefixes.hpp"

#include <algorithm>

namespace {

using namespace protocol;
using namespace tests::literals;

// The GTID events of a file, each with the size of the rest of its transaction.
struct found_gtid
{
    event_view event;
    std::uint64_t rest_bytes = 0;
};
std::vector<found_gtid> gtids_of(const byte_buffer& file)
{
    std::vector<found_gtid> found;
    for (const event_view& event : tests::events_of(file)) {
        if (is_gtid_event(event.header.type))
            found.push_back({.event = event});
        else if (event.header.type != event_type::rotate && !found.empty())
            found.back().rest_bytes += event.whole.size();
    }
    return found;
}

event_view with_body(event_type type, byte_view body)
{
    event_view event;
    event.header.type = type;
    event.body = body;
    return event;
}

TEST(GtidEvent, OfMysql8IsReadFieldByField)
{
    const auto body = "01 ab8a1a7ce8d111f1bd1502fc00000001 0400000000000000 "
                      "02 0500000000000000 0900000000000000 6ab72590196186 74b92590196106 "
                      "fc8901 50620180 a4380100"_hex;
    const auto event = parse_gtid_event(with_body(event_type::gtid, body));
    ASSERT_TRUE(event);
    EXPECT_EQ(event->type, event_type::gtid);
    EXPECT_EQ(event->flags, 1);
    EXPECT_EQ(to_text(event->id), "ab8a1a7c-e8d1-11f1-bd15-02fc00000001:4");
    EXPECT_EQ(event->last_committed, 5);
    EXPECT_EQ(event->sequence_number, 9);
    EXPECT_EQ(event->immediate_commit_timestamp, 0x0661199025b76aU);
    EXPECT_EQ(event->original_commit_timestamp, 0x0661199025b974U);
    EXPECT_EQ(event->transaction_length, 393U);
}

TEST(GtidEvent, OfMysql57HasNoTransactionLength)
{
    const auto body = "00 ab8a1a7ce8d111f1bd1502fc00000001 0400000000000000 "
                      "02 0500000000000000 0900000000000000"_hex;
    const event_view event = with_body(event_type::gtid, body);
    const auto parsed = parse_gtid_event(event);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->sequence_number, 9);
    EXPECT_FALSE(parsed->transaction_length);
    EXPECT_EQ(*transaction_length_patch(event, 100), std::nullopt);
}

TEST(GtidEvent, CutInTheMiddleOfAFieldIsRefused)
{
    const auto body = "01 ab8a1a7ce8d111f1bd1502fc00000001 0400000000000000 "
                      "02 0500000000000000 0900000000000000 6ab72590196186 74b92590196106 "
                      "fc8901 50620180 a4380100 0100000000000000"_hex;
    // Where a release's event ended: 5.6, 5.7, 8.0.1, 8.0.2, one version, 8.0.14.
    const std::vector<std::size_t> whole = {25, 42, 56, 59, 67};
    ASSERT_TRUE(parse_gtid_event(with_body(event_type::gtid, body)));
    for (std::size_t size = 0; size < body.size(); ++size) {
        const byte_buffer prefix(body.begin(), body.begin() + std::ptrdiff_t(size));
        EXPECT_EQ(
            parse_gtid_event(with_body(event_type::gtid, prefix)).has_value(),
            std::ranges::find(whole, size) != whole.end()
        ) << size;
    }
}

TEST(GtidEvent, NumbersOutsideTheRangeAreRefused)
{
    for (const char* number : {"0000000000000000", "ffffffffffffff7f", "ffffffffffffffff"}) {
        const byte_buffer body =
            tests::from_hex(std::string("00 ab8a1a7ce8d111f1bd1502fc00000001 ") + number);
        EXPECT_EQ(
            parse_gtid_event(with_body(event_type::gtid, body)), tl::unexpected(errc::bad_value)
        );
    }
}

TEST(GtidEvent, AnonymousOneHasNoNumber)
{
    const byte_buffer file = tests::golden("ptosc-mysql97gtidoff-371-myisam.in.binlog");
    const auto found = gtids_of(file);
    ASSERT_FALSE(found.empty());
    const auto event = parse_gtid_event(found[0].event);
    ASSERT_TRUE(event);
    EXPECT_EQ(event->type, event_type::anonymous_gtid);
    EXPECT_EQ(event->id, gtid{});
    EXPECT_TRUE(event->transaction_length);
}

TEST(GtidEvent, TaggedOneIsReadFieldByField)
{
    // Written by MySQL 9.7.4 after SET gtid_next = 'AUTOMATIC:tag1'.
    const auto body = "02 72 00 0000 02 ad02290234f8a103450322c503f5022a04f10300000002 "
                      "0404 0608 74616731 0808 0a0c 0c7ff19e2590196106 10a104 1283120b"_hex;
    ASSERT_EQ(body.size(), 57U);
    const auto event = parse_gtid_event(with_body(event_type::gtid_tagged, body));
    ASSERT_TRUE(event);
    EXPECT_EQ(to_text(event->id), "ab8a1a7c-e8d1-11f1-bd15-02fc00000001:tag1:1");
    EXPECT_EQ(event->flags, 0);
    EXPECT_EQ(event->last_committed, 2);
    EXPECT_EQ(event->sequence_number, 3);
    EXPECT_EQ(event->immediate_commit_timestamp, 1795612280725233U);
    EXPECT_EQ(event->original_commit_timestamp, 1795612280725233U);
    EXPECT_EQ(event->transaction_length, 296U);
    tests::expect_every_shorter_prefix_refused(body, [](byte_view prefix) {
        return parse_gtid_event(with_body(event_type::gtid_tagged, prefix));
    });
}

TEST(GtidEvent, TaggedOneOfALaterReleaseIsReadUnlessItForbidsThat)
{
    const std::string fields = "0000 02 02040608 0a0c0e10 12141618 1a1c1e20 0404 0602 61 0808 0a0c "
                               "0c02 1004 1202";
    const auto parse = [&](const std::string& start, const std::string& more) {
        const byte_buffer body = tests::from_hex(start + fields + more);
        return parse_gtid_event(with_body(event_type::gtid_tagged, body));
    };
    ASSERT_TRUE(parse("02 4a 00", ""));
    EXPECT_TRUE(parse("02 52 00", "20 010203"));
    EXPECT_EQ(parse("02 52 20", "20 010203"), tl::unexpected(errc::unsupported));
    EXPECT_EQ(parse("04 4a 00", ""), tl::unexpected(errc::unsupported));
    EXPECT_EQ(parse("02 48 00", ""), tl::unexpected(errc::bad_value));      // size too small
    EXPECT_EQ(parse("02 4e 00", "0202"), tl::unexpected(errc::bad_value));  // not rising
}

TEST(GtidEvent, GetsTheLengthTheServerGaveItFromTheRestOfItsTransaction)
{
    for (const char* name :
         {"ptosc-mysql97-371-nodropold.in.binlog",
          "ptosc-mysql97-371-onechunk-nochecksum.in.binlog",
          "ptosc-mysql97-371-events-compressed.in.binlog",
          "ptosc-mysql97gtidoff-371-myisam.in.binlog",
          "mysql97-tagged-gtids.binlog"}) {
        SCOPED_TRACE(name);
        const byte_buffer file = tests::golden(name);
        checksum sum{};
        tests::events_of(file, &sum);
        const auto found = gtids_of(file);
        EXPECT_GT(found.size(), 5U);
        for (const auto& [event, rest_bytes] : found) {
            const auto parsed = parse_gtid_event(event);
            ASSERT_TRUE(parsed);
            EXPECT_EQ(parsed->transaction_length, rest_bytes + event.whole.size());
            auto written = with_transaction_length(event, sum, rest_bytes);
            ASSERT_TRUE(written);
            seal(*written, sum);
            EXPECT_EQ(tests::to_hex(*written), tests::to_hex(event.whole));
            const auto patch = transaction_length_patch(event, *parsed->transaction_length);
            ASSERT_TRUE(patch && *patch);
            const auto& [offset, bytes] = **patch;
            EXPECT_EQ(
                tests::to_hex(bytes), tests::to_hex(event.whole.subspan(offset, bytes.size()))
            );
        }
    }
}

TEST(GtidEvent, CountsItselfWhateverTheSizeOfItsNumbers)
{
    tests::event_builder log;
    log.gtid(1).gtid(2, 0, "tag1").gtid(3, 0, "a_tag_of_the_full_length_allowed");
    log.source.fill(0xff);
    log.gtid(3, 0, "a_tag_of_the_full_length_allowed");
    for (const byte_buffer& bytes : log.events()) {
        const auto event = parse_event(bytes, checksum::crc32);
        ASSERT_TRUE(event);
        const auto before = parse_gtid_event(*event);
        ASSERT_TRUE(before);
        std::vector<std::uint64_t> sizes;
        for (const std::uint64_t around :
             {0ULL,
              128ULL,
              251ULL,
              1ULL << 14,
              1ULL << 16,
              1ULL << 21,
              1ULL << 24,
              1ULL << 28,
              1ULL << 35,
              1ULL << 42,
              1ULL << 49,
              1ULL << 56})
            for (std::uint64_t less = 0; less < 200; ++less)
                sizes.push_back(around < less ? less : around - less);
        for (const std::uint64_t rest_bytes : sizes) {
            const auto written = with_transaction_length(*event, checksum::crc32, rest_bytes);
            ASSERT_TRUE(written);
            const auto again = parse_event(*written, checksum::crc32);
            ASSERT_TRUE(again);
            auto after = parse_gtid_event(*again);
            ASSERT_TRUE(after);
            ASSERT_EQ(after->transaction_length, rest_bytes + written->size());
            EXPECT_EQ(after->id, before->id);
            EXPECT_EQ(after->immediate_commit_timestamp, before->immediate_commit_timestamp);
            EXPECT_EQ(after->sequence_number, before->sequence_number);
        }
    }
}

TEST(GtidEvent, IsPatchedAtTheWidthItHasOrNotAtAll)
{
    for (const std::string_view tag : {"", "tag1"}) {
        tests::event_builder log;
        log.gtid(1, 0, tag).query(std::string(100'000, ' '));
        byte_buffer bytes = log.events()[0];
        const auto event = parse_event(bytes, checksum::crc32);
        ASSERT_TRUE(event);
        EXPECT_EQ(transaction_length_patch(*event, 1ULL << 40), tl::unexpected(errc::too_large));
        const auto patch = transaction_length_patch(*event, 80);
        ASSERT_TRUE(patch && *patch);
        std::ranges::copy((*patch)->bytes, bytes.begin() + std::ptrdiff_t((*patch)->offset));
        EXPECT_EQ(parse_gtid_event(*parse_event(bytes, checksum::crc32))->transaction_length, 80U);
    }
}

}  // namespace
