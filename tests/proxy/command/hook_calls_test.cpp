#include "proxy/command/hook_calls.hpp"
#include "tests/support/collected_log.hpp"
#include "tests/support/temp_folder.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <thread>

namespace proxy {
namespace {

using namespace std::chrono_literals;

class Hook : public testing::Test
{
protected:
    hook_config shell(const std::string& script, std::chrono::milliseconds timeout = 10s) const
    {
        return {
            .on = {hook_event::stop, hook_event::folded},
            .command = {"/bin/sh", "-c", script, "hook", folder.path().string()},
            .timeout = timeout,
        };
    }
    // Until so many calls are over, or five seconds have passed.
    template <class Condition>
    static bool comes(const Condition& condition)
    {
        for (int i = 0; i < 500 && !condition(); ++i)
            std::this_thread::sleep_for(10ms);
        return condition();
    }
    std::string file(const std::string& name) const
    {
        std::ifstream in(folder / name);
        return {std::istreambuf_iterator<char>(in), {}};
    }

    tests::temp_folder folder;
    tests::collected_log log;
};

TEST_F(Hook, IsGivenOneLineOfJson)
{
    hook_calls calls(shell("cat > \"$1/got.new\" && mv \"$1/got.new\" \"$1/got\""), log.lines);
    calls.call({
        .event = hook_event::stop,
        .source = "db1:3306",
        .migration = 7,
        .table = {"shop", "orders"},
        .at = {.file = "b.000001", .position = 157},
        .text = "two \"ghosts\"\nin one RENAME",
        .stop = "b.000001:157",
    });
    ASSERT_TRUE(comes([&] { return !file("got").empty(); }));
    const std::string text = file("got");
    EXPECT_EQ(text.find('\n'), text.size() - 1);
    const auto got = nlohmann::json::parse(text);
    EXPECT_EQ(got.at("event"), "stop");
    EXPECT_EQ(got.at("source"), "db1:3306");
    EXPECT_EQ(got.at("migration"), 7);
    EXPECT_EQ(got.at("table").at("schema"), "shop");
    EXPECT_EQ(got.at("at").at("position"), 157);
    EXPECT_EQ(got.at("id"), "b.000001:157");
    EXPECT_EQ(got.at("text"), "two \"ghosts\"\nin one RENAME");
    EXPECT_FALSE(got.contains("state"));
}

TEST_F(Hook, IsCalledForWhatItAskedForAlone)
{
    hook_calls calls(shell("cat >> \"$1/got\""), log.lines);
    calls.call({.event = hook_event::passed});
    calls.call({.event = hook_event::folded});
    ASSERT_TRUE(comes([&] { return calls.calls() == 1 && !file("got").empty(); }));
    EXPECT_NE(file("got").find("folded"), std::string::npos);
    EXPECT_EQ(file("got").find("passed"), std::string::npos);
}

TEST_F(Hook, NobodyWaitsForOneThatIsSlowAndItIsKilledWithWhatItStarted)
{
    hook_calls calls(
        shell("echo $$ > \"$1/parent\"; sleep 60 & echo $! > \"$1/child\"; wait", 300ms), log.lines
    );
    const auto began = std::chrono::steady_clock::now();
    calls.call({.event = hook_event::stop});
    EXPECT_LT(std::chrono::steady_clock::now() - began, 100ms);
    ASSERT_TRUE(comes([&] { return calls.failures() == 1; }));
    EXPECT_TRUE(log.has("error hook /bin/sh for \"stop\": took longer than hook.timeout"));
    const int child = std::stoi(file("child"));
    EXPECT_TRUE(comes([&] {
        // A zombie that nobody has waited for yet is dead, too.
        std::ifstream is("/proc/" + std::to_string(child) + "/stat");
        std::string text((std::istreambuf_iterator<char>(is)), {});
        return text.empty() || text.find(") Z ") != text.npos;
    }));
}

TEST_F(Hook, WhatFailsIsSaid)
{
    {
        hook_calls calls(shell("exit 3"), log.lines);
        calls.call({.event = hook_event::stop});
        ASSERT_TRUE(comes([&] { return calls.failures() == 1; }));
        calls.configure({.on = {hook_event::stop}, .command = {"/does/not/exist"}});
        calls.call({.event = hook_event::stop});
        ASSERT_TRUE(comes([&] { return calls.failures() == 2; }));
        calls.configure(shell("kill -9 $$"));
        calls.call({.event = hook_event::stop});
        ASSERT_TRUE(comes([&] { return calls.failures() == 3; }));
    }
    EXPECT_TRUE(log.has("hook /bin/sh for \"stop\": exit code 3"));
    EXPECT_TRUE(log.has("/does/not/exist for \"stop\": cannot be started: No such file"));
    EXPECT_TRUE(log.has("ended by signal 9"));
}

TEST_F(Hook, OneThatReadsNothingIsNoFailure)
{
    hook_calls calls(shell("exit 0"), log.lines);
    calls.call({.event = hook_event::stop, .text = std::string(1 << 20, 'x')});
    ASSERT_TRUE(comes([&] { return calls.calls() == 1; }));
    calls.call({.event = hook_event::stop});
    ASSERT_TRUE(comes([&] { return calls.calls() == 2; }));
    EXPECT_EQ(calls.failures(), 0U);
}

TEST_F(Hook, TheEndOfTheProgramDoesNotWaitForIt)
{
    const auto began = std::chrono::steady_clock::now();
    {
        hook_calls calls(shell("sleep 60"), log.lines);
        for (int i = 0; i < 150; ++i)
            calls.call({.event = hook_event::stop});
        ASSERT_TRUE(comes([&] { return calls.calls() == 1; }));
    }
    EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
}

}  // namespace
}  // namespace proxy
