#include "proxy/lag.hpp"

#include <gtest/gtest.h>

namespace proxy {
namespace {

using namespace std::chrono_literals;
using rewrite::coordinate;

// It is second 1000 by our wall clock, and 500 by the steady one.
class Lag : public testing::Test
{
protected:
    using time_point = std::chrono::steady_clock::time_point;

    static time_point ago(std::chrono::milliseconds time) { return time_point(500s) - time; }
    source_lag lag() const
    {
        return lag_of(
            here,
            source,
            {.wall = std::chrono::system_clock::time_point(1000s), .steady = time_point(500s)}
        );
    }
    void publish_up_to(const coordinate& place) { here.pulled = here.published = place; }

    // All that the source has is published; it is idle, and said so two seconds ago.
    publish_state here{
        .pulled = {1, "b.000007", 200},
        .published = {1, "b.000007", 200},
        .log_end = {1, "b.000007", 200},
        .log_end_seen = ago(2s),
    };
    source_contact source{
        .connected = true,
        .heard = ago(2s),
        .received = ago(2s),
        .event = ago(60s),
        .heartbeat = 5s,
    };
};

TEST_F(Lag, IsNothingWhileAnIdleSourceSaysThatItIsThere)
{
    EXPECT_EQ(lag().seconds, 0);
    EXPECT_EQ(lag().bytes, 0u);
    EXPECT_EQ(lag().contact_seconds, 2);
    here.newest_published = 10;  // long ago
    EXPECT_EQ(lag().seconds, 0);
}

TEST_F(Lag, OfAnIdleSourceIsNothingAtTheStartToo)
{
    // Connected; no event and no heartbeat came yet, but where its log ends was asked for.
    source.event.reset();
    source.received = source.heard = here.log_end_seen = ago(100ms);
    here.newest_published = 10;
    EXPECT_EQ(lag().seconds, 0);
}

TEST_F(Lag, GrowsFromTheLastSignOfLifeOnWhileTheSourceIsSilent)
{
    source.received = source.heard = here.log_end_seen = ago(7s);
    EXPECT_EQ(lag().seconds, 7);
    EXPECT_EQ(lag().contact_seconds, 7);
    here.log_end_seen = source.received = source.heard = ago(40s);
    EXPECT_EQ(lag().seconds, 40);
    EXPECT_EQ(lag().bytes, std::nullopt) << "nobody knows what it has logged since";
}

TEST_F(Lag, GrowsFromTheLastSignOfLifeOnWhileTheSourceIsGone)
{
    source.connected = false;
    EXPECT_EQ(lag().seconds, 2) << "even if that was a moment ago";
    here.newest_published = 700;  // before it was said that there is nothing newer
    EXPECT_EQ(lag().seconds, 2);
}

TEST_F(Lag, IsTheAgeOfTheOldestEventThatWaits)
{
    here.pulled.position = 900;
    here.log_end.position = 900;
    here.unpublished_bytes = 700;
    here.oldest_waiting = 940;
    here.newest_published = 930;
    here.complete_at = ago(80s);
    EXPECT_EQ(lag().seconds, 59);  // of the end of that second
    EXPECT_EQ(lag().bytes, 700u);
    EXPECT_EQ(lag().unpulled_bytes, 0u);
    // A statement that took long carries the time of its beginning; nothing was logged before.
    here.complete_at = ago(3s);
    EXPECT_EQ(lag().seconds, 3);
}

TEST_F(Lag, OnASlowLinkIsTheAgeOfWhatWasPublishedLast)
{
    here.log_end = {1, "b.000007", 90'000};
    here.complete_at = ago(100s);
    here.newest_published = 967;
    source.event = source.received = ago(10ms);
    EXPECT_EQ(lag().seconds, 32);
    EXPECT_EQ(lag().bytes, 89'800u);
    EXPECT_EQ(lag().unpulled_bytes, 89'800u);
    // Also between two pieces, when everything that was heard of is published.
    publish_up_to(here.log_end);
    here.log_end_seen = ago(9s);
    EXPECT_EQ(lag().seconds, 9);
}

TEST_F(Lag, IsNothingWhileEventsArePublishedAsTheyAreLogged)
{
    here.newest_published = 999;
    source.event = source.received = ago(10ms);
    EXPECT_EQ(lag().seconds, 0);
}

TEST_F(Lag, GoesByTheSourcesClock)
{
    here.unpublished_bytes = 10;
    here.log_end.position = 210;
    here.oldest_waiting = 940;
    source.clock = source_clock(940, ago(40s));  // ours said 960
    EXPECT_EQ(lag().seconds, 39);
    here.oldest_waiting = 2000;  // SET TIMESTAMP
    EXPECT_EQ(lag().seconds, 0);
}

TEST_F(Lag, IsNotKnownBeforeTheSourceWasEverReached)
{
    const source_lag none = lag_of({}, {}, {});
    EXPECT_EQ(none.seconds, std::nullopt);
    EXPECT_EQ(none.bytes, std::nullopt);
    EXPECT_EQ(none.unpulled_bytes, std::nullopt);
    EXPECT_EQ(none.contact_seconds, std::nullopt);
}

TEST_F(Lag, InBytesAddsTheFilesBetween)
{
    here.log_end = {1, "b.000010", 500};
    source.files = {
        {"b.000006", 7}, {"b.000007", 1000}, {"b.000008", 2000}, {"b.000009", 3000}, {"b.000010", 1}
    };
    EXPECT_EQ(lag().bytes, 800u + 2000 + 3000 + 500);
    here.pulled = {1, "b.000009", 100};
    EXPECT_EQ(lag().unpulled_bytes, 2900u + 500);
}

TEST_F(Lag, InBytesIsNothingWhenMoreIsPublishedThanWasHeardOf)
{
    publish_up_to({1, "b.000008", 300});
    EXPECT_EQ(lag().bytes, 0u);
    EXPECT_EQ(lag().seconds, 0);
}

}  // namespace
}  // namespace proxy
