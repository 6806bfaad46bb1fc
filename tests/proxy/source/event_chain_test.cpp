#include "proxy/source/event_chain.hpp"
#include "tests/support/event_builder.hpp"

#include <gtest/gtest.h>

namespace {

using namespace proxy;
using protocol::byte_buffer;
using protocol::checksum;
using protocol::event_type;
using tests::artificial_rotate;
using tests::format_copy;

byte_buffer heartbeat(std::string_view file, std::uint64_t position, bool v2)
{
    byte_buffer event;
    protocol::append_heartbeat(event, 1, {.position = position, .file = file}, v2, checksum::crc32);
    return event;
}

std::vector<byte_buffer> some_events(checksum sum = checksum::crc32)
{
    tests::event_builder log(sum);
    log.format().previous_gtids({});
    log.gtid(1).begin().table_map(7, "d1", "t").write_rows(7, 1).xid(1);
    log.rotate("b.000002");
    return log.events();
}

TEST(EventChain, GivesEachEventOfAFileWithItsPosition)
{
    for (const checksum sum : {checksum::none, checksum::crc32}) {
        const auto events = some_events(sum);
        event_chain chain({.file = "b.000001"}, 4, sum);
        const auto begin = chain.take(artificial_rotate("b.000001", 4, sum));
        ASSERT_TRUE(begin) << begin.error();
        EXPECT_EQ(begin->kind, upstream_event_kind::file_begins);
        std::uint64_t position = 4;
        for (const byte_buffer& bytes : events) {
            const auto event = chain.take(bytes);
            ASSERT_TRUE(event) << event.error();
            EXPECT_EQ(event->kind, upstream_event_kind::ordinary);
            EXPECT_EQ(event->position, position);
            EXPECT_EQ(event->log.file, "b.000001");
            EXPECT_EQ(event->sum, sum);
            position += bytes.size();
        }
        EXPECT_EQ(chain.position(), position);
        EXPECT_EQ(chain.format_timestamp(), 1'700'000'000u);
    }
}

TEST(EventChain, GoesOnInMidFileBehindACopyOfTheFormat)
{
    const auto events = some_events();
    const std::uint64_t at = 4 + events[0].size() + events[1].size();
    event_chain chain({.file = "b.000001"}, at, checksum::crc32);
    ASSERT_TRUE(chain.take(artificial_rotate("b.000001", at)));
    const auto copy = chain.take(format_copy(events[0]));
    ASSERT_TRUE(copy) << copy.error();
    EXPECT_EQ(copy->kind, upstream_event_kind::format_copy);
    const auto gtid = chain.take(events[2]);
    ASSERT_TRUE(gtid) << gtid.error();
    EXPECT_EQ(gtid->position, at);
}

TEST(EventChain, FollowsTheLogIntoTheNextFile)
{
    event_chain chain({.file = "b.000001"}, 4, checksum::crc32);
    ASSERT_TRUE(chain.take(artificial_rotate("b.000001", 4)));
    for (const byte_buffer& bytes : some_events())
        ASSERT_TRUE(chain.take(bytes));
    const auto next = chain.take(artificial_rotate("b.000002", 4));
    ASSERT_TRUE(next);
    EXPECT_EQ(next->kind, upstream_event_kind::file_begins);
    EXPECT_EQ(next->log.file, "b.000002");
    // Its checksums are its own: the source may have changed binlog_checksum with the file.
    const auto plain = some_events(checksum::none);
    ASSERT_TRUE(chain.take(plain[0]));
    const auto event = chain.take(plain[1]);
    ASSERT_TRUE(event);
    EXPECT_EQ(event->sum, checksum::none);
}

TEST(EventChain, RefusesWhateverBitIsWrong)
{
    const auto events = some_events();
    for (std::size_t i = 0; i < events.size(); ++i)
        for (std::size_t byte = 0; byte < events[i].size(); ++byte) {
            SCOPED_TRACE(testing::Message() << "event " << i << " byte " << byte);
            event_chain chain({.file = "b.000001"}, 4, checksum::crc32);
            ASSERT_TRUE(chain.take(artificial_rotate("b.000001", 4)));
            for (std::size_t before = 0; before < i; ++before)
                ASSERT_TRUE(chain.take(events[before]));
            const std::uint64_t position = chain.position();
            byte_buffer broken = events[i];
            broken[byte] ^= 0x10;
            EXPECT_FALSE(chain.take(broken));
            EXPECT_EQ(chain.position(), position);
            // Nothing of it stuck.
            EXPECT_TRUE(chain.take(events[i]));
        }
}

TEST(EventChain, RefusesEveryShorterEvent)
{
    const auto events = some_events();
    event_chain chain({.file = "b.000001"}, 4, checksum::crc32);
    ASSERT_TRUE(chain.take(artificial_rotate("b.000001", 4)));
    for (const byte_buffer& event : events) {
        for (std::size_t size = 0; size < event.size(); ++size)
            EXPECT_FALSE(chain.take(protocol::byte_view(event).first(size)));
        EXPECT_TRUE(chain.take(event));
    }
}

TEST(EventChain, RefusesAMissingARepeatedAndAForeignEvent)
{
    const auto events = some_events();
    event_chain chain({.file = "b.000001"}, 4, checksum::crc32);
    EXPECT_FALSE(chain.take(events[1]));
    EXPECT_FALSE(chain.take(artificial_rotate("b.000001", 120)));
    EXPECT_FALSE(chain.take(artificial_rotate("b.000002", 4)));
    ASSERT_TRUE(chain.take(artificial_rotate("b.000001", 4)));
    EXPECT_FALSE(chain.take(events[1]));
    ASSERT_TRUE(chain.take(events[0]));
    EXPECT_FALSE(chain.take(events[0]));
    EXPECT_FALSE(chain.take(events[2]));
    ASSERT_TRUE(chain.take(events[1]));
    EXPECT_FALSE(chain.take(events[1]));
    EXPECT_FALSE(chain.take(artificial_rotate("b.000001", 4)));
    EXPECT_FALSE(chain.take(artificial_rotate("b.000002", 5)));
}

TEST(EventChain, HoldsPositionsBehindFourGibibytes)
{
    const auto events = some_events();
    const std::uint64_t at = (1ULL << 32) - 10;
    event_chain chain({.file = "b.000001"}, at, checksum::crc32);
    ASSERT_TRUE(chain.take(artificial_rotate("b.000001", at)));
    ASSERT_TRUE(chain.take(format_copy(events[0])));
    byte_buffer far = events[2];
    protocol::store(
        far.data() + protocol::event_end_log_pos_offset, static_cast<std::uint32_t>(at + far.size())
    );
    protocol::seal(far, checksum::crc32);
    ASSERT_TRUE(chain.take(far));
    EXPECT_EQ(chain.position(), at + far.size());
    EXPECT_TRUE(chain.take(heartbeat("b.000001", chain.position(), false)));
    EXPECT_TRUE(chain.take(heartbeat("b.000001", chain.position(), true)));
}

TEST(EventChain, NoticesByAHeartbeatThatEventsAreMissing)
{
    const auto events = some_events();
    for (const bool v2 : {false, true}) {
        event_chain chain({.file = "b.000001"}, 4, checksum::crc32);
        ASSERT_TRUE(chain.take(artificial_rotate("b.000001", 4)));
        ASSERT_TRUE(chain.take(events[0]));
        const auto beat = chain.take(heartbeat("b.000001", chain.position(), v2));
        ASSERT_TRUE(beat) << beat.error();
        EXPECT_EQ(beat->kind, upstream_event_kind::heartbeat);
        EXPECT_EQ(beat->position, chain.position());
        EXPECT_TRUE(chain.take(heartbeat("b.000001", chain.position() - 20, v2)));
        EXPECT_FALSE(chain.take(heartbeat("b.000001", chain.position() + 1, v2)));
        EXPECT_FALSE(chain.take(heartbeat("b.000002", chain.position(), v2)));
    }
}

}  // namespace
