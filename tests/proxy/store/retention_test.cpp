#include "proxy/store/retention.hpp"

#include <gtest/gtest.h>

namespace proxy {
namespace {

using namespace std::chrono_literals;
using std::chrono::seconds;

constexpr seconds year = 365 * 24h;
constexpr seconds noon = 50 * year;

std::chrono::steady_clock::time_point steady(seconds since_start)
{
    return std::chrono::steady_clock::time_point(since_start);
}

// Both clocks go with real time.
retention_clock::reading at(seconds passed)
{
    return {.machine = noon + passed, .log = noon + passed, .steady = steady(passed)};
}

TEST(RetentionClock, GoesWithTheLogsTime)
{
    retention_clock clock;
    EXPECT_EQ(clock.advance(at(0s)), noon);
    EXPECT_EQ(clock.advance(at(10s)), noon + 10s);
    auto slow_log = at(20s);
    slow_log.log = noon + 12s;
    EXPECT_EQ(clock.advance(slow_log), noon + 12s);
}

TEST(RetentionClock, DoesNotJumpWithTheMachinesClock)
{
    retention_clock clock;
    clock.advance(at(0s));
    auto jumped = at(10s);
    jumped.machine += year;
    EXPECT_EQ(clock.advance(jumped), noon + 10s);
    jumped = at(20s);
    jumped.machine -= year;
    EXPECT_EQ(clock.advance(jumped), noon + 20s - year);
}

TEST(RetentionClock, DoesNotJumpWithTheClockOfASourceOnTheSameMachine)
{
    retention_clock clock;
    clock.advance(at(0s));
    clock.advance(at(10s));
    auto jumped = at(20s);
    jumped.machine += year;
    jumped.log += year;
    EXPECT_EQ(clock.advance(jumped), noon + 10s + 20s);
}

TEST(RetentionClock, CatchesUpAfterTheSourceWasIdle)
{
    retention_clock clock;
    clock.advance(at(0s));
    auto idle = at(24h);
    idle.log = noon;
    EXPECT_EQ(clock.advance(idle), noon);
    EXPECT_EQ(clock.advance(at(24h + 10s)), noon + 24h + 10s);
}

TEST(RetentionClock, WaitsForTheFirstEvent)
{
    retention_clock clock;
    auto none = at(0s);
    none.log = 0s;
    EXPECT_EQ(clock.advance(none), 0s);
    EXPECT_EQ(clock.advance(at(10s)), noon + 10s);
}

// Files of 100 bytes, each begun an hour after the one before.
std::vector<index_entry> files(std::uint32_t count)
{
    std::vector<index_entry> all;
    for (std::uint32_t i = 0; i < count; ++i) {
        index_entry entry;
        entry.number = i + 1;
        entry.base_name = "b";
        entry.base = 100 * i;
        entry.format_timestamp = static_cast<std::uint32_t>(i * 3600);
        all.push_back(entry);
    }
    return all;
}

TEST(ChooseFiles, GoesByTheTimeAtWhichTheNextFileBegan)
{
    retention_scene scene{.limits = {.age = 2h}, .now = 3h, .end = 450, .restart_at = 450};
    EXPECT_EQ(choose_files(files(5), scene), 0U);
    scene.now = 3h + 1s;
    EXPECT_EQ(choose_files(files(5), scene), 1U);
    scene.now = 100h;
    EXPECT_EQ(choose_files(files(5), scene), 4U);
}

TEST(ChooseFiles, KeepsNoMoreBytesThanAllowedButTheLastFile)
{
    retention_scene scene{.limits = {.bytes = 250}, .end = 450, .restart_at = 450};
    EXPECT_EQ(choose_files(files(5), scene), 2U);
    scene.limits.bytes = 1;
    EXPECT_EQ(choose_files(files(5), scene), 4U);
    scene.limits.bytes = 450;
    EXPECT_EQ(choose_files(files(5), scene), 0U);
}

TEST(ChooseFiles, KeepsTheFileThatARestartBeginsIn)
{
    retention_scene scene{.limits = {.bytes = 1}, .end = 450, .restart_at = 250};
    EXPECT_EQ(choose_files(files(5), scene), 2U);
    scene.restart_at = 200;  // the end of the second file, not yet the third
    EXPECT_EQ(choose_files(files(5), scene), 1U);
}

TEST(ChooseFiles, KeepsAnOldFileThatAConsumerReadsButNotOneThatIsTooMuch)
{
    const log_place slow{.session = 7, .name = "replica", .offset = 150};
    retention_scene scene{
        .limits = {.age = 1h}, .now = 100h, .end = 450, .restart_at = 450, .readers = {&slow, 1}
    };
    EXPECT_EQ(choose_files(files(5), scene), 1U);
    scene.limits.bytes = 250;
    EXPECT_EQ(choose_files(files(5), scene), 2U);
}

}  // namespace
}  // namespace proxy
