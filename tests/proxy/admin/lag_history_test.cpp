#include "proxy/admin/lag_history.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace proxy {
namespace {

TEST(LagHistory, TakesTheConsumerThatIsFurthestBehind)
{
    program_status status;
    status.lag.seconds = 1.5;
    status.lag.bytes = 100;
    status.consumers.push_back({.dumping = true, .lag_bytes = 10, .lag_seconds = 7});
    status.consumers.push_back({.dumping = true, .lag_bytes = 30});
    status.consumers.push_back({.dumping = false, .lag_bytes = 99, .lag_seconds = 99});
    const lag_sample now = sample_of(status, 1000);
    EXPECT_EQ(now.at, 1000);
    EXPECT_EQ(now.source_seconds, 1.5);
    EXPECT_EQ(now.source_bytes, 100U);
    EXPECT_EQ(now.consumer_seconds, 7);
    EXPECT_EQ(now.consumer_bytes, 30U);
}

TEST(LagHistory, KnowsNothingOfAConsumerWhereThereIsNone)
{
    const lag_sample now = sample_of({}, 1);
    EXPECT_FALSE(now.consumer_seconds);
    EXPECT_FALSE(now.consumer_bytes);
    const nlohmann::json told = to_json(std::vector{now});
    EXPECT_TRUE(told.at("samples").at(0).at("consumer_seconds").is_null());
    EXPECT_TRUE(told.at("samples").at(0).at("source_seconds").is_null());
}

TEST(LagHistory, ForgetsWhatIsOlderThanAnHour)
{
    lag_history history;
    for (std::int64_t i = 0; i < 1000; ++i)
        history.add({.at = 10 * i});
    const auto kept = history.samples();
    ASSERT_EQ(kept.size(), lag_history::most);
    EXPECT_EQ(kept.back().at, 9990);
    EXPECT_EQ(kept.front().at, 9990 - 10 * 359);
    EXPECT_EQ(to_json(kept).at("interval_seconds"), 10);
}

}  // namespace
}  // namespace proxy
