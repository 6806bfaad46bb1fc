#include "proxy/publish_progress.hpp"

#include <gtest/gtest.h>

namespace proxy {
namespace {

using rewrite::coordinate;
using time_point = publish_progress::time_point;

coordinate at(std::uint64_t position, const std::string& file = "b.000007")
{
    return {1, file, position};
}
time_point second(int count)
{
    return time_point(std::chrono::seconds(count));
}

class PublishProgress : public testing::Test
{
protected:
    PublishProgress() { progress.on_rewind(at(100)); }

    // An event of 10 bytes, up to `end`.
    void pull(std::uint64_t end) { progress.on_pulled(at(end), 10); }
    void rewrite(std::uint64_t end, std::uint32_t timestamp)
    {
        progress.on_begin(timestamp);
        progress.on_done(at(end), 10);
    }
    publish_state state()
    {
        progress.share();
        return progress.state();
    }

    publish_progress progress;
};

TEST_F(PublishProgress, BeginsWhereItGoesOn)
{
    EXPECT_EQ(state().published, at(100));
    EXPECT_EQ(state().unpublished_bytes, 0u);
    EXPECT_EQ(state().oldest_waiting, 0u);
    EXPECT_EQ(state().newest_published, 0u);
}

TEST_F(PublishProgress, AnOpenTransactionWaitsFromItsFirstEventOn)
{
    pull(110);
    rewrite(110, 50);
    pull(120);
    rewrite(120, 60);
    progress.on_published();
    EXPECT_EQ(state().pulled, at(120));
    EXPECT_EQ(state().published, at(100));
    EXPECT_EQ(state().unpublished_bytes, 20u);
    EXPECT_EQ(state().oldest_waiting, 50u);

    progress.on_border();
    EXPECT_EQ(state().unpublished_bytes, 20u) << "nobody can read it yet";
    progress.on_published();
    EXPECT_EQ(state().published, at(120));
    EXPECT_EQ(state().unpublished_bytes, 0u);
    EXPECT_EQ(state().oldest_waiting, 0u);
    EXPECT_EQ(state().newest_published, 60u);
}

TEST_F(PublishProgress, WhatCannotBeWrittenWaitsFromTheFirstTransactionOn)
{
    for (const std::uint32_t timestamp : {50u, 51u, 52u}) {
        pull(timestamp * 10);
        rewrite(timestamp * 10, timestamp);
        progress.on_border();
    }
    EXPECT_EQ(state().oldest_waiting, 50u);
    EXPECT_EQ(state().published, at(100));
    progress.on_published();
    EXPECT_EQ(state().newest_published, 52u);
}

TEST_F(PublishProgress, AQuestionKeepsItsEventAndWhatArrivesAfterItWaiting)
{
    pull(110);
    progress.on_begin(50);  // it asks
    pull(120);
    pull(130);
    progress.on_published();
    EXPECT_EQ(state().oldest_waiting, 50u);
    EXPECT_EQ(state().unpublished_bytes, 30u);
    EXPECT_EQ(state().published, at(100));

    rewrite(110, 50);
    progress.on_border();
    progress.on_published();
    EXPECT_EQ(state().published, at(110));
    EXPECT_EQ(state().unpublished_bytes, 20u);
    rewrite(120, 70);
    EXPECT_EQ(state().oldest_waiting, 70u);
}

TEST_F(PublishProgress, WhatComesAgainIsCountedOnce)
{
    pull(110);
    rewrite(110, 50);
    pull(120);
    pull(130);
    progress.on_rewind(at(110));
    EXPECT_EQ(state().unpublished_bytes, 10u);
    EXPECT_EQ(state().pulled, at(110));
    pull(120);
    rewrite(120, 51);
    progress.on_border();
    progress.on_published();
    EXPECT_EQ(state().unpublished_bytes, 0u);
    EXPECT_EQ(state().published, at(120));
}

TEST_F(PublishProgress, ANextFileBeginsWhereNothingWaits)
{
    pull(110);
    rewrite(110, 50);
    progress.on_border();
    progress.on_published();
    progress.on_pulled(at(4, "b.000008"), 0);
    EXPECT_EQ(state().published, at(4, "b.000008"));
}

TEST_F(PublishProgress, EventsWithoutATimestampDateNothing)
{
    pull(110);
    rewrite(110, 0);
    EXPECT_EQ(state().oldest_waiting, 0u);
    pull(120);
    rewrite(120, 50);
    EXPECT_EQ(state().oldest_waiting, 50u);
}

TEST_F(PublishProgress, RemembersWhenConsumersLastHadAll)
{
    progress.on_log_end(at(100), second(1));
    EXPECT_EQ(state().complete_at, std::nullopt) << "the newest end is compared by whoever asks";
    EXPECT_EQ(state().log_end_seen, second(1));
    progress.on_log_end(at(110), second(2));
    EXPECT_EQ(state().complete_at, second(1));
    progress.on_log_end(at(120), second(3));
    EXPECT_EQ(state().complete_at, second(1)) << "110 was not published by then";
    pull(120);
    rewrite(120, 50);
    progress.on_border();
    progress.on_published();
    progress.on_log_end(at(120), second(4));
    EXPECT_EQ(state().complete_at, second(3));
}

TEST_F(PublishProgress, AnOldAnswerDoesNotMoveTheSourcesEndBack)
{
    progress.on_log_end(at(4, "b.000008"), second(5));
    progress.on_log_end(at(900), second(4));
    EXPECT_EQ(state().log_end, at(4, "b.000008"));
    EXPECT_EQ(state().log_end_seen, second(5));
}

}  // namespace
}  // namespace proxy
