#include "proxy/task_group.hpp"
#include "tests/support/collected_log.hpp"

#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <gtest/gtest.h>

namespace proxy {
namespace {

using namespace std::chrono_literals;

class TaskGroup : public testing::Test
{
protected:
    asio::io_context loop{1};
    tests::collected_log log;
    task_group tasks{loop, log.lines};

    task_state state_of(const std::string& name) const
    {
        for (const task_snapshot& one : tasks.snapshot())
            if (one.name == name)
                return one.state;
        return task_state::ended;
    }
};

asio::awaitable<void> sleep_for_ever()
{
    asio::steady_timer timer(
        co_await asio::this_coro::executor, asio::steady_timer::time_point::max()
    );
    co_await timer.async_wait(asio::use_awaitable);
}

asio::awaitable<void> fail_with(std::string text)
{
    throw std::runtime_error(text);
    co_return;
}

asio::awaitable<void> be_aborted()
{
    throw std::system_error(asio::error::operation_aborted);
    co_return;
}

asio::awaitable<void> fail_when_cancelled(std::string text)
{
    try {
        co_await sleep_for_ever();
    } catch (const std::system_error&) {
        throw std::runtime_error(text);
    }
}

asio::awaitable<void> return_at_once()
{
    co_return;
}

asio::awaitable<void> fail_times(int& failures_left, int& starts)
{
    ++starts;
    if (failures_left-- > 0)
        throw std::runtime_error("no luck");
    co_await sleep_for_ever();
}

asio::awaitable<void> cancel_all(task_group& tasks)
{
    tasks.cancel();
    co_return;
}

TEST_F(TaskGroup, AFailedTaskEndsTheProgramAndSaysWhy)
{
    tasks.start("other", sleep_for_ever, on_failure::end());
    tasks.start("source", [] { return fail_with("the source is gone"); }, on_failure::end());
    loop.run();
    ASSERT_TRUE(tasks.failure());
    EXPECT_EQ(text_of(tasks.failure()), "the source is gone");
    EXPECT_TRUE(log.has("error ending: the source is gone\n"));
    EXPECT_EQ(state_of("source"), task_state::failed);
}

TEST_F(TaskGroup, ATaskThatReturnsUnaskedHasFailed)
{
    tasks.start("watch", return_at_once, on_failure::end());
    loop.run();
    ASSERT_TRUE(tasks.failure());
    EXPECT_EQ(text_of(tasks.failure()), "watch has ended though nobody told it to");
}

TEST_F(TaskGroup, ATaskWhoseWaitWasAbortedUnaskedHasFailed)
{
    tasks.start("watch", be_aborted, on_failure::end());
    loop.run();
    EXPECT_TRUE(tasks.failure());
}

TEST_F(TaskGroup, AFailedTaskStartsAgainAfterItsPauseAndTheLogSaysSo)
{
    int failures_left = 2;
    int starts = 0;
    tasks.start(
        "housekeeping",
        [&] { return fail_times(failures_left, starts); },
        on_failure::restart_after(1ms)
    );
    while (starts < 3)
        loop.run_one();
    EXPECT_FALSE(tasks.failure());
    EXPECT_EQ(log.text(), "error housekeeping: no luck; it starts again in 0.001 s\n")
        << "the same again is not said at once";
    ASSERT_EQ(tasks.snapshot().size(), 1U);
    EXPECT_EQ(tasks.snapshot()[0].state, task_state::running);
    EXPECT_EQ(tasks.snapshot()[0].last_problem, "no luck");
    EXPECT_EQ(tasks.snapshot()[0].failures, 2U);
    EXPECT_EQ(tasks.snapshot()[0].restarts, 2U);
    tasks.cancel();
    loop.run();
}

TEST_F(TaskGroup, StatusShowsATaskThatWaitsForItsNextStart)
{
    tasks.start("housekeeping", [] { return fail_with("no room"); }, on_failure::restart_after(1h));
    loop.poll();
    ASSERT_EQ(tasks.snapshot().size(), 1U);
    EXPECT_EQ(tasks.snapshot()[0].name, "housekeeping");
    EXPECT_EQ(tasks.snapshot()[0].state, task_state::waiting);
    EXPECT_EQ(tasks.snapshot()[0].last_problem, "no room");
    EXPECT_NE(tasks.snapshot()[0].problem_at, std::chrono::system_clock::time_point());
    tasks.cancel();  // its pause ends, too
    loop.run();
    EXPECT_FALSE(tasks.failure());
}

TEST_F(TaskGroup, CancelEndsAllWithoutAFailure)
{
    tasks.start("one", sleep_for_ever, on_failure::end());
    tasks.start("two", sleep_for_ever, on_failure::restart_after(1h));
    tasks.run_once("job", sleep_for_ever(), [](const std::exception_ptr&) { FAIL(); });
    loop.poll();
    EXPECT_EQ(tasks.snapshot().size(), 3U);
    tasks.cancel();
    loop.run();
    EXPECT_FALSE(tasks.failure());
    EXPECT_EQ(log.text(), "");
    EXPECT_TRUE(tasks.snapshot().empty());
}

TEST_F(TaskGroup, ATaskMayCancelTheGroupThatItIsIn)
{
    tasks.start("one", sleep_for_ever, on_failure::end());
    tasks.run_once("signals", cancel_all(tasks));
    loop.run();
    EXPECT_FALSE(tasks.failure());
}

TEST(TaskGroupEnd, IsToldOnceWhenATaskFailsOrAllAreCancelled)
{
    asio::io_context loop{1};
    tests::collected_log log;
    int times = 0;
    task_group tasks(loop, log.lines, [&] { ++times; });
    tasks.start("one", [] { return fail_with("first"); }, on_failure::end());
    loop.run();
    EXPECT_EQ(times, 1);
    tasks.cancel();
    EXPECT_EQ(times, 1);
}

TEST_F(TaskGroup, NothingStartsInACancelledGroup)
{
    tasks.cancel();
    int starts = 0;
    int failures_left = 0;
    tasks.start("late", [&] { return fail_times(failures_left, starts); }, on_failure::end());
    tasks.run_once("job", fail_with("late"));
    loop.run();
    EXPECT_EQ(starts, 0);
    EXPECT_EQ(log.text(), "");
}

TEST_F(TaskGroup, AJobsFailureGoesToWhoStartedIt)
{
    std::string told;
    tasks.run_once("facts", fail_with("no answer"), [&](const std::exception_ptr& failure) {
        told = text_of(failure);
    });
    loop.run();
    EXPECT_EQ(told, "no answer");
    EXPECT_EQ(log.text(), "");
    EXPECT_FALSE(tasks.failure());
    EXPECT_EQ(state_of("facts"), task_state::failed);
}

TEST_F(TaskGroup, AJobsFailureIsLoggedIfNobodyTakesIt)
{
    tasks.run_once("facts", fail_with("no answer"));
    loop.run();
    EXPECT_EQ(log.text(), "error facts: no answer\n");
}

TEST_F(TaskGroup, WhoStartedAJobMayEndTheProgramWithItsFailure)
{
    tasks.start("source", sleep_for_ever, on_failure::end());
    tasks.run_once("facts", fail_with("disk gone"), [&](const std::exception_ptr& failure) {
        tasks.end_program(failure);
    });
    loop.run();
    ASSERT_TRUE(tasks.failure());
    EXPECT_EQ(text_of(tasks.failure()), "disk gone");
}

TEST_F(TaskGroup, TheFirstFailureIsKept)
{
    tasks.start("one", [] { return fail_with("first"); }, on_failure::end());
    tasks.start("two", [] { return fail_with("second"); }, on_failure::end());
    loop.run();
    EXPECT_EQ(text_of(tasks.failure()), "first");
}

TEST_F(TaskGroup, AFailureWhileEndingIsStillSaid)
{
    tasks.start("one", [] { return fail_when_cancelled("late"); }, on_failure::restart_after(1h));
    loop.poll();
    tasks.cancel();
    loop.run();
    EXPECT_TRUE(tasks.failure());
    EXPECT_TRUE(log.has("ending: late"));
}

TEST_F(TaskGroup, AJobWithItsOwnSlotIsLeftAloneByCancel)
{
    asio::cancellation_signal stop;
    tasks.run_once("session", sleep_for_ever(), stop.slot());
    loop.poll();
    tasks.cancel();
    loop.poll();
    EXPECT_EQ(state_of("session"), task_state::running);
    stop.emit(asio::cancellation_type::terminal);
    loop.run();
    EXPECT_EQ(state_of("session"), task_state::ended);
}

TEST_F(TaskGroup, JobsOfOneKindAreOneLineOfStatus)
{
    asio::cancellation_signal stop;
    tasks.run_once("session", sleep_for_ever(), stop.slot());
    tasks.run_once("session", return_at_once());
    loop.poll();
    ASSERT_EQ(tasks.snapshot().size(), 1U);
    EXPECT_EQ(tasks.snapshot()[0].state, task_state::running);
    stop.emit(asio::cancellation_type::terminal);
    loop.run();
    EXPECT_TRUE(tasks.snapshot().empty());
}

asio::awaitable<void> count_down(int& left, task_group& tasks)
{
    co_await every(0ms, [&] {
        if (--left == 0)
            tasks.cancel();
    });
}

TEST_F(TaskGroup, EveryRepeatsUntilCancelled)
{
    int left = 3;
    tasks.run_once("count", count_down(left, tasks));
    loop.run();
    EXPECT_EQ(left, 0);
}

}  // namespace
}  // namespace proxy
