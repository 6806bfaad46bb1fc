#include "proxy/session/dump_parameters.hpp"

#include <gtest/gtest.h>

namespace proxy {
namespace {

using namespace std::chrono_literals;

std::chrono::nanoseconds period_asked(const std::string& value)
{
    dump_parameters request;
    set_variables(request, {{"source_heartbeat_period", value}});
    return request.heartbeat_period;
}

TEST(DumpParameters, HeartbeatsComeNoOftenerThanTenTimesASecond)
{
    EXPECT_EQ(period_asked("1"), 100ms);
    EXPECT_EQ(period_asked("1000000"), 100ms) << "the least that CHANGE REPLICATION SOURCE takes";
    EXPECT_EQ(period_asked("100000001"), 100'000'001ns);
    EXPECT_EQ(period_asked("30000001024"), 30'000'001'024ns);
}

TEST(DumpParameters, APeriodThatIsNoneMeansNoHeartbeats)
{
    for (const char* value : {"0", "-1", "", "x"})
        EXPECT_EQ(period_asked(value), 0ns) << value;
}

// The end of time and a period more is a time long ago.
TEST(DumpParameters, HeartbeatsCanBeWaitedFor)
{
    EXPECT_EQ(period_asked("9999999999999999999"), 4'294'967s);
}

}  // namespace
}  // namespace proxy
