#include "proxy/store/translation.hpp"
#include "tests/proxy/store/store_feed.hpp"
#include "tests/support/temp_folder.hpp"

#include <gtest/gtest.h>

namespace proxy {
namespace {

using protocol::byte_buffer;
using protocol::byte_view;
using tests::done;
using tests::event_builder;
using tests::in_folder;
using tests::silent_log;
using tests::store_feed;

// A source's file of transactions 1 to 8; the rows of 3, 4 and 7 are hidden here. Then a ROTATE
// whose name is longer here.
class Translation : public testing::Test
{
protected:
    static constexpr std::size_t events_each = 5;

    Translation() : log(in_folder(folder.path()), silent_log()), feed(log)
    {
        done(log.open());
        event_builder source;
        source.format().previous_gtids({});
        for (std::uint64_t i = 1; i <= 8; ++i)
            source.gtid(i)
                .begin()
                .table_map(7, "d", "t")
                .write_rows(7, 1, byte_buffer(i * 9))
                .xid(i);
        source.rotate("b.000002");
        events = source.events();
        std::uint64_t at = 4;
        for (const byte_buffer& event : events) {
            upstream.push_back(at);
            at += event.size();
        }
        upstream.push_back(at);
    }
    static bool hides(std::uint64_t number) { return number == 3 || number == 4 || number == 7; }
    // Number of the event that begins transaction i (9: the ROTATE).
    static std::size_t head(std::uint64_t i)
    {
        return 2 + static_cast<std::size_t>(i - 1) * events_each;
    }
    void fill(const std::string& file, std::uint64_t last = 8, std::uint32_t epoch = 1)
    {
        feed.begin(file, epoch);
        clean.clear();
        pass(0, 2);
        for (std::uint64_t i = 1; i <= last; ++i)
            for (std::size_t e = head(i); e < head(i + 1); ++e) {
                const bool rows = e - head(i) == 2 || e - head(i) == 3;
                if (hides(i) && rows) {
                    clean.push_back(log.clean_end());
                    feed.event(events[e], std::nullopt, false);
                } else {
                    pass(e, e + 1);
                }
            }
    }
    void pass(std::size_t first, std::size_t end)
    {
        for (std::size_t e = first; e < end; ++e) {
            clean.push_back(log.clean_end());
            feed.event(events[e], byte_view(events[e]), e < 2 || (e - 2) % events_each == 4);
        }
    }
    void rotate()
    {
        event_builder ours;
        ours.rotate("b.1000000002");
        clean.push_back(log.clean_end());
        feed.event(events.back(), byte_view(ours.events()[0]), true);
    }
    std::optional<std::uint64_t> clean_of(std::uint64_t position)
    {
        const auto found = log.clean_of("b.000001", position);
        if (!found)
            return std::nullopt;
        return found->position;
    }

    tests::temp_folder folder;
    store log;
    store_feed feed;
    std::vector<byte_buffer> events;
    std::vector<std::uint64_t> upstream;  // position of each event, and the end
    std::vector<std::uint64_t> clean;     // where each lies here
};

TEST_F(Translation, GivesEveryBorderOfUntouchedTransactionsBothWays)
{
    fill("b.000001");
    rotate();
    done(log.flush());
    for (std::size_t e = 0; e < events.size(); ++e) {
        SCOPED_TRACE(e);
        const bool touched = e >= 2 && e < head(9) && hides(1 + (e - 2) / events_each);
        EXPECT_EQ(clean_of(upstream[e]), touched ? std::nullopt : std::optional(clean[e]));
        if (touched)
            continue;
        EXPECT_EQ(
            log.upstream_of({"b.1000000001", clean[e]}),
            (rewrite::coordinate{1, "b.000001", upstream[e]})
        );
    }
    // The end of what was read, behind the ROTATE.
    EXPECT_EQ(clean_of(upstream.back()), log.clean_end());
    EXPECT_EQ(
        log.upstream_of({"b.1000000001", log.clean_end()}),
        (rewrite::coordinate{1, "b.000001", upstream.back()})
    );
}

TEST_F(Translation, RefusesWhatIsNoBorder)
{
    fill("b.000001");
    done(log.flush());
    for (const std::uint64_t off : {1U, 7U, 19U}) {
        const auto refused = log.clean_of("b.000001", upstream[head(1)] + off);
        ASSERT_FALSE(refused);
        EXPECT_TRUE(refused.error().read_past);
        EXPECT_FALSE(refused.error().before);
        EXPECT_FALSE(refused.error().after);
        EXPECT_FALSE(log.upstream_of({"b.1000000001", clean[head(1)] + off}));
    }
    EXPECT_FALSE(log.clean_of("b.000001", 0));
    const auto not_read_yet = log.clean_of("b.000001", upstream[head(9)] + 1);
    ASSERT_FALSE(not_read_yet);
    EXPECT_FALSE(not_read_yet.error().read_past);
    EXPECT_FALSE(log.clean_of("b.000002", 4));
    EXPECT_FALSE(log.upstream_of({"b.1000000001", log.clean_end() + 1}));
    EXPECT_FALSE(log.upstream_of({"b.1000000002", 4}));
}

TEST_F(Translation, NamesTheNeighboursOfATouchedTransaction)
{
    fill("b.000001");
    done(log.flush());
    for (std::size_t e = head(3); e < head(5); ++e) {
        SCOPED_TRACE(e);
        const auto refused = log.clean_of("b.000001", upstream[e]);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().before, (rewrite::coordinate{1, "b.000001", upstream[head(2)]}));
        EXPECT_EQ(refused.error().after, (rewrite::coordinate{1, "b.000001", upstream[head(5)]}));
    }
}

TEST_F(Translation, NamesTheEndIfNothingFollowsATouchedTransaction)
{
    fill("b.000001", 3);
    done(log.flush());
    const auto refused = log.clean_of("b.000001", upstream[head(3) + 1]);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().after, (rewrite::coordinate{1, "b.000001", upstream[head(4)]}));
    EXPECT_EQ(clean_of(upstream[head(4)]), log.clean_end());
}

TEST_F(Translation, AnswersABorderAlsoInFrontOfATouchedTransaction)
{
    fill("b.000001");
    done(log.flush());
    for (std::uint64_t i = 1; i <= 8; ++i) {
        const auto border = log.border_of("b.000001", upstream[head(i)]);
        ASSERT_TRUE(border) << i;
        EXPECT_EQ(border->position, clean[head(i)]);
        // Back: from the head of any transaction here.
        EXPECT_EQ(log.upstream_of({"b.1000000001", clean[head(i)]})->position, upstream[head(i)]);
    }
    EXPECT_FALSE(log.border_of("b.000001", upstream[head(3) + 1]));
    EXPECT_FALSE(log.upstream_of({"b.1000000001", clean[head(3) + 1]}));
}

TEST_F(Translation, LooksIntoFilesThatAreFinished)
{
    fill("b.000001");
    rotate();
    const std::vector<std::uint64_t> before = clean;
    const std::uint64_t end = log.clean_end();
    fill("b.000002", 2);
    done(log.flush());
    EXPECT_EQ(clean_of(upstream[head(8)]), before[head(8)]);
    EXPECT_EQ(clean_of(4), 4U);
    EXPECT_EQ(clean_of(upstream.back()), end);
    EXPECT_EQ(log.clean_of("b.000002", 4)->file, "b.1000000002");
}

TEST_F(Translation, TakesTheNewestEpochOfAName)
{
    fill("b.000001");
    fill("b.000001", 2, 2);
    done(log.flush());
    EXPECT_EQ(log.clean_of("b.000001", upstream[head(2)])->file, "b.1000000002");
    EXPECT_EQ(log.upstream_of({"b.1000000002", 4}), (rewrite::coordinate{2, "b.000001", 4}));
    EXPECT_FALSE(log.clean_of("b.000001", upstream[head(8)])) << "of the server before it";
}

}  // namespace
}  // namespace proxy
