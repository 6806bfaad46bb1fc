#include "proxy/loop_pulse.hpp"

#include <gtest/gtest.h>

namespace proxy {
namespace {

using namespace std::chrono_literals;

TEST(LoopPulse, CountsFromTheFirstQuestionWithoutAnAnswer)
{
    asio::io_context loop;
    const loop_pulse pulse(loop);
    const loop_pulse::clock::time_point start{1h};
    EXPECT_EQ(pulse.silent(start), 0s);
    EXPECT_EQ(pulse.silent(start + 5s), 5s);
    EXPECT_EQ(pulse.silent(start + 12s), 12s);
    EXPECT_EQ(loop.poll(), 1U) << "one question at a time";
    EXPECT_EQ(pulse.silent(start + 13s), 0s);
    EXPECT_EQ(pulse.silent(start + 14s), 1s) << "of the next question";
}

}  // namespace
}  // namespace proxy
