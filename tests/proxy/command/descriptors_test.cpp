#include "proxy/command/descriptors.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <sys/resource.h>

namespace proxy {
namespace {

TEST(Descriptors, TheSoftLimitIsRaisedToTheHardOne)
{
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    rlimit lower = before;
    lower.rlim_cur = std::min<rlim_t>(before.rlim_cur, 200);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &lower), 0);
    EXPECT_EQ(raise_descriptor_limit(), before.rlim_max);
    rlimit after{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &after), 0);
    EXPECT_EQ(after.rlim_cur, before.rlim_max);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
}

TEST(Descriptors, SomeAreKeptFromTheClients)
{
    for (const std::size_t clients : {1U, 10U, 4096U})
        EXPECT_EQ(clients_for(descriptors_for(clients)), clients);
    EXPECT_EQ(clients_for(0), 1U) << "somebody must be able to ask what is wrong";
    EXPECT_LT(clients_for(1024), 512U);
}

}  // namespace
}  // namespace proxy
