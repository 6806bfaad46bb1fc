#include "proxy/source_clock.hpp"

#include <gtest/gtest.h>

namespace proxy {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock::time_point;
using wall = std::chrono::system_clock::time_point;

TEST(SourceClock, IsOursBeforeItWasRead)
{
    EXPECT_EQ(source_clock().seconds({.wall = wall(900s), .steady = steady(5s)}), 900);
}

TEST(SourceClock, GoesOnFromWhatWasReadWhateverOursIsSetTo)
{
    const source_clock clock(900, steady(5s));
    EXPECT_EQ(clock.seconds({.wall = wall(902s), .steady = steady(7s)}), 902);
    EXPECT_EQ(clock.seconds({.wall = wall(864'902s), .steady = steady(7s)}), 902);
    EXPECT_EQ(clock.seconds({.wall = wall(1s), .steady = steady(7s)}), 902);
}

}  // namespace
}  // namespace proxy
