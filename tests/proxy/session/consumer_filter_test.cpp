#include "proxy/session/consumer_filter.hpp"
#include "proxy/session/dump_ending.hpp"
#include "tests/support/event_builder.hpp"

#include <gtest/gtest.h>

namespace proxy {
namespace {

using namespace std::chrono_literals;
using protocol::byte_buffer;
using protocol::byte_view;

// Three transactions of two events (GTID, QUERY) and the file's ROTATE, 100 bytes apart for the
// filter.
class ConsumerFilter : public testing::Test
{
protected:
    ConsumerFilter()
    {
        asked.by_gtid = true;
        asked.heartbeat_period = 10s;
        tests::event_builder log;
        for (std::uint64_t number = 1; number <= 3; ++number)
            log.gtid(number).query("CREATE TABLE t (a INT)");
        log.rotate("bin.1000000002");
        events = log.events();
        filter.begin_file(protocol::checksum::crc32);
    }
    void has(const std::string& numbers)
    {
        asked.seen = *protocol::parse_gtid_set(
            protocol::to_text(tests::event_builder().source) + ":" + numbers
        );
    }
    event_fate next()
    {
        const std::size_t at = next_++;
        const event_fate fate = filter.fate_of(events.at(at), at * 100);
        if (fate == event_fate::send_after_heartbeat) {
            heartbeats.push_back(filter.skipped_to());
            filter.on_heartbeat_put();
        }
        return fate;
    }
    std::vector<event_fate> all()
    {
        std::vector<event_fate> fates;
        while (next_ < events.size())
            fates.push_back(next());
        return fates;
    }

    using enum event_fate;
    dump_parameters asked;
    consumer_filter filter{asked};
    std::vector<byte_buffer> events;
    std::vector<std::uint64_t> heartbeats;
    const consumer_filter::clock::time_point start{1000s};

private:
    std::size_t next_ = 0;
};

TEST_F(ConsumerFilter, SendsEverythingToAConsumerOfPositions)
{
    has("1-3");
    asked.by_gtid = false;
    EXPECT_EQ(all(), std::vector<event_fate>(7, send));
}

TEST_F(ConsumerFilter, PassesOverWhatTheConsumerHasAndTellsTheJumpBeforeWhatFollows)
{
    has("1:3");
    const std::vector<event_fate> expected{
        pass_over, pass_over, send_after_heartbeat, send, pass_over, pass_over, send_after_heartbeat
    };
    EXPECT_EQ(all(), expected);
    EXPECT_EQ(heartbeats, (std::vector<std::uint64_t>{200, 600}));
    EXPECT_FALSE(filter.jump_untold());
}

TEST_F(ConsumerFilter, RemembersAJumpThatNothingFollows)
{
    has("1-3");
    for (int i = 0; i < 6; ++i)
        EXPECT_EQ(next(), pass_over);
    EXPECT_TRUE(filter.jump_untold());
    filter.begin_file(protocol::checksum::crc32);
    EXPECT_FALSE(filter.jump_untold());
}

TEST_F(ConsumerFilter, RefusesAGtidThatItCannotRead)
{
    EXPECT_THROW(filter.fate_of(byte_view(events[0]).first(30), 0), dump_refusal);
}

TEST_F(ConsumerFilter, OwesAHeartbeatEachPeriodOfALongJump)
{
    has("1-3");
    filter.on_sent(start);
    EXPECT_FALSE(filter.is_heartbeat_due_in_jump(start + 10s));
    next();
    EXPECT_FALSE(filter.is_heartbeat_due_in_jump(start + 9s));
    EXPECT_TRUE(filter.is_heartbeat_due_in_jump(start + 10s));
    filter.on_sent(start + 10s);
    EXPECT_FALSE(filter.is_heartbeat_due_in_jump(start + 19s));
}

TEST_F(ConsumerFilter, WantsAHeartbeatEachPeriodOfSilence)
{
    filter.begin_wait(start);
    EXPECT_EQ(filter.heartbeat_due(), start + 10s);
    EXPECT_FALSE(filter.wants_heartbeat(start + 9s));
    EXPECT_TRUE(filter.wants_heartbeat(start + 10s));
    EXPECT_FALSE(filter.wants_heartbeat(start + 11s));
    EXPECT_EQ(filter.heartbeat_due(), start + 20s);
}

TEST_F(ConsumerFilter, WantsNoHeartbeatAfterTheFilesRotate)
{
    filter.begin_wait(start);
    EXPECT_TRUE(filter.wants_heartbeat(start + 20s));
    EXPECT_EQ(all().back(), send);
    EXPECT_FALSE(filter.wants_heartbeat(start + 40s));
}

TEST_F(ConsumerFilter, TellsAJumpAtTheLogsEndWithoutWaitingForThePeriod)
{
    has("1-3");
    asked.heartbeat_period = 0ns;
    next();
    filter.begin_wait(start);
    EXPECT_EQ(filter.heartbeat_due(), consumer_filter::clock::time_point::max());
    EXPECT_TRUE(filter.wants_heartbeat(start));
    filter.on_heartbeat_put();
    EXPECT_FALSE(filter.wants_heartbeat(start + 1h));
}

}  // namespace
}  // namespace proxy
