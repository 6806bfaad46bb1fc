#include "proxy/command/end_watch.hpp"

#include <csignal>
#include <future>
#include <gtest/gtest.h>
#include <optional>
#include <unistd.h>

namespace proxy {
namespace {

using namespace std::chrono_literals;

class EndWatch : public testing::Test
{
protected:
    ~EndWatch() override { ::alarm(0); }

    end_watch::parts parts(std::chrono::milliseconds patience)
    {
        return {
            .patience = patience,
            .on_end = [this](const std::string& why) { told.set_value(why); },
            .out_of_time = [this] { said = true; },
            .leave = [this](int code) { left.set_value(code); },
        };
    }

    std::promise<std::string> told;
    std::promise<int> left;
    std::atomic<bool> said{false};
};

TEST_F(EndWatch, ASignalBeginsTheEnd)
{
    const end_watch watch(parts(1h));
    std::raise(SIGTERM);
    EXPECT_EQ(told.get_future().get(), "signal 15");
}

TEST_F(EndWatch, TheEndBeginsOnce)
{
    end_watch watch(parts(1h));
    watch.begin("a task has failed");
    watch.begin("again");  // would set the promise a second time, and throw
    EXPECT_EQ(told.get_future().get(), "a task has failed");
}

TEST_F(EndWatch, WhoIsOutOfTimeIsToldAndLeft)
{
    end_watch watch(parts(1ms));
    watch.begin("a task has failed");
    EXPECT_EQ(left.get_future().get(), 1);
    EXPECT_TRUE(said);
}

TEST_F(EndWatch, LeavesWithTheCodeThatWasSet)
{
    end_watch watch(parts(1ms));
    watch.set_exit_code(0);
    watch.begin("signal 15");
    EXPECT_EQ(left.get_future().get(), 0);
}

TEST_F(EndWatch, AnEndInTimeIsNoMatter)
{
    {
        end_watch watch(parts(1h));
        watch.begin("signal 15");
        EXPECT_EQ(told.get_future().get(), "signal 15");
    }
    EXPECT_FALSE(said);
}

}  // namespace
}  // namespace proxy
