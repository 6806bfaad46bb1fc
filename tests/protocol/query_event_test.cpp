#include "protocol/query_event.hpp"
#include "tests/support/files.hpp"
#include "tests/support/hex.hpp"
#include "tests/support/prefixes.hpp"

namespace {

using namespace protocol;
using namespace tests::literals;

TEST(QueryEvent, IsReadFieldByField)
{
    const auto body = "0a000000 02000000 02 2804 0500 0104000000 6431 00 73656c656374"_hex;
    const auto query = parse_query(body);
    ASSERT_TRUE(query);
    EXPECT_EQ(query->thread_id, 10U);
    EXPECT_EQ(query->exec_time, 2U);
    EXPECT_EQ(query->error_code, 1064);
    EXPECT_EQ(tests::to_hex(query->status), "0104000000");
    EXPECT_EQ(query->database, "d1");
    EXPECT_EQ(query->text, "select");
}

TEST(QueryEvent, MayHaveNoTextButNothingBeforeItMayBeMissing)
{
    tests::expect_every_shorter_prefix_refused(
        "0a000000 02000000 02 2804 0500 0104000000 6431 00"_hex, parse_query
    );
}

TEST(QueryEvent, IsWrittenBackAsTheServerWroteIt)
{
    for (const char* name :
         {"ptosc-mysql97-371-nodropold.in.binlog",
          "ptosc-mysql97-371-onechunk-nochecksum.in.binlog",
          "ptosc-mysql97gtidoff-371-myisam.in.binlog"}) {
        SCOPED_TRACE(name);
        const byte_buffer file = tests::golden(name);
        checksum sum{};
        int seen = 0;
        for (const event_view& event : tests::events_of(file, &sum)) {
            if (event.header.type != event_type::query)
                continue;
            ++seen;
            const auto query = parse_query(event.body);
            ASSERT_TRUE(query);
            byte_buffer written;
            append_query(written, event.header, *query, sum);
            EXPECT_EQ(tests::to_hex(written), tests::to_hex(event.whole));
        }
        EXPECT_GT(seen, 10);
    }
}

}  // namespace
