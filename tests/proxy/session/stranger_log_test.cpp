#include "proxy/session/stranger_log.hpp"
#include "tests/support/collected_log.hpp"

#include <gtest/gtest.h>

namespace proxy {
namespace {

using namespace std::chrono_literals;
using kind = stranger_log::kind;

class StrangerLog : public testing::Test
{
protected:
    void say(kind what, const std::string& text, std::chrono::seconds at)
    {
        strangers.say(what, spdlog::level::info, text, start + at);
    }

    const stranger_log::clock::time_point start = stranger_log::clock::now();
    tests::collected_log log;
    stranger_log strangers{log.lines, 2, 10s};
};

TEST_F(StrangerLog, WritesSoManyInAPeriodAndThenCounts)
{
    for (int i = 1; i <= 5; ++i)
        say(kind::login, "refused " + std::to_string(i), 0s);
    EXPECT_EQ(log.text(), "info refused 1\ninfo refused 2\n");
    say(kind::login, "refused 6", 10s);
    EXPECT_EQ(
        log.text(),
        "info refused 1\ninfo refused 2\n"
        "info 3 more like this, the last: refused 5\ninfo refused 6\n"
    );
}

TEST_F(StrangerLog, CountsEachKindByItself)
{
    for (int i = 1; i <= 3; ++i)
        say(kind::login, "refused", 0s);
    say(kind::tls, "no handshake", 0s);
    EXPECT_TRUE(log.has("info no handshake\n"));
}

TEST_F(StrangerLog, SaysWhatWasLeftOutWhenThePeriodIsOver)
{
    for (int i = 1; i <= 3; ++i)
        say(kind::login, "refused", 0s);
    strangers.say_left_out(start + 9s);
    EXPECT_FALSE(log.has("more like this"));
    strangers.say_left_out(start + 10s);
    EXPECT_TRUE(log.has("info 1 more like this, the last: refused\n"));
    strangers.say_left_out(start + 30s);
    EXPECT_EQ(log.text().find("more like this"), log.text().rfind("more like this"));
}

TEST_F(StrangerLog, DoesNotCountWhatTheLevelHides)
{
    for (int i = 1; i <= 5; ++i)
        strangers.say(kind::session, spdlog::level::debug, "ended", start);
    strangers.say_left_out(start + 10s);
    EXPECT_EQ(log.text(), "");
}

}  // namespace
}  // namespace proxy
