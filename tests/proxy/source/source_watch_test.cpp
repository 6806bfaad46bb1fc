#include "proxy/source/source_watch.hpp"
#include "tests/support/fake_source.hpp"
#include "tests/support/run_awaitable.hpp"

#include <gtest/gtest.h>

namespace {

using namespace proxy;
using tests::enough;
using tests::run;
using tests::server_uuid;
using tests::source_script;

// What one connection to the source tells.
source_script
telling(const std::string& purged, const std::string& file, const std::string& position)
{
    source_script script;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto ahead = std::chrono::duration_cast<std::chrono::seconds>(now).count() + 3600;
    script.answers["SELECT @@lower_case_table_names"] = {.columns = {"x"}, .rows = {{"0"}}};
    script.answers["SELECT @@server_uuid, @@GLOBAL.gtid_purged, UNIX_TIMESTAMP()"] = {
        .columns = {"a", "b", "c", "d", "e"},
        .rows = {{server_uuid, purged, std::to_string(ahead), "500000", "ON"}}
    };
    script.answers["SHOW MASTER STATUS"] = {
        .columns = {"File", "Position"}, .rows = {{file, position}}
    };
    script.answers["SHOW BINARY LOGS"] = {
        .columns = {"Log_name", "File_size"}, .rows = {{"b.000007", "900"}, {"b.000008", "300"}}
    };
    return script;
}

class SourceWatch : public testing::Test
{
protected:
    SourceWatch()
    {
        source_facts facts;
        facts.server_uuid = server_uuid;
        board.set(std::make_shared<source_facts>(facts));
    }

    // A watch that ends when it has told where the source's log ends so many times.
    void make_watch(std::size_t times)
    {
        watch.emplace(source_watch::parts{
            .name = "db1:3306",
            .facts = query,
            .board = board,
            .published = [this] { return end_here; },
            .is_published =
                [this](const binary_log& end) {
                    ++questions;
                    return end.size <= published;
                },
            .on_log_end =
                [this, times](const binary_log& end, std::chrono::steady_clock::time_point) {
                    if (ends.size() == times)
                        throw enough{};
                    ends.push_back(end.file + ":" + std::to_string(end.size));
                },
            .interval = std::chrono::milliseconds(0),
            .publish_pause = std::chrono::milliseconds(0),
        });
    }
    void watch_for(std::size_t times)
    {
        make_watch(times);
        EXPECT_THROW(run(watch->run()), enough);
    }
    std::string purged_here() const { return to_text(board.current()->gtid_purged); }

    tests::fake_source source;
    dial_source dial = source.dial();
    facts_query query{
        "db1:3306", {.user = "repl", .password = "secret", .tls = tls_mode::disabled}, dial
    };
    facts_board board;
    binary_log end_here{.file = "b.000007", .size = 900};
    std::uint64_t published = 1000;
    std::size_t questions = 0;
    std::vector<std::string> ends;
    std::optional<source_watch> watch;
};

TEST_F(SourceWatch, TellsWhereTheSourcesLogEnds)
{
    source.scripts = {telling("", "b.000007", "900")};
    watch_for(2);
    EXPECT_EQ(ends, (std::vector<std::string>{"b.000007:900", "b.000007:900"}));
    EXPECT_TRUE(watch->state().heard);
    EXPECT_TRUE(watch->state().files.empty()) << "not needed within one file";
}

TEST_F(SourceWatch, ListsTheFilesWhereTheEndIsInAnother)
{
    source.scripts = {telling("", "b.000008", "300")};
    watch_for(1);
    ASSERT_EQ(watch->state().files.size(), 2u);
    EXPECT_EQ(watch->state().files[0].file, "b.000007");
    EXPECT_EQ(watch->state().files[0].size, 900u);
}

TEST_F(SourceWatch, KnowsTheSourcesClock)
{
    source.scripts = {telling("", "b.000007", "900")};
    watch_for(1);
    const clock_reading now;
    const std::chrono::duration<double> ours = now.wall.time_since_epoch();
    EXPECT_NEAR(watch->state().clock.seconds(now) - ours.count(), 3600, 30);
}

TEST_F(SourceWatch, WhatTheSourceHasPurgedCountsOnceAllBeforeItIsPublished)
{
    source.scripts = {telling(server_uuid + ":1-5", "b.000007", "900")};
    watch_for(1);
    EXPECT_EQ(purged_here(), server_uuid + ":1-5");
}

TEST_F(SourceWatch, WhatTheSourceHasPurgedDoesNotCountBefore)
{
    source.scripts = {telling(server_uuid + ":1-5", "b.000007", "900")};
    published = 899;
    watch_for(1);
    EXPECT_EQ(questions, 40u);
    EXPECT_EQ(purged_here(), "");
}

TEST_F(SourceWatch, AnotherServerTellsNothing)
{
    source_facts facts;
    facts.server_uuid = "another";
    board.set(std::make_shared<source_facts>(facts));
    source.scripts = {telling(server_uuid + ":1-5", "b.000007", "900")};
    // The second connection is refused for ever, so the watch is ended from its clock.
    watch.emplace(source_watch::parts{
        .name = "db1:3306",
        .facts = query,
        .board = board,
        .published =
            [this] {
                if (++questions > 2)
                    throw enough{};
                return end_here;
            },
        .is_published = [](const binary_log&) { return true; },
        .on_log_end = [this](
                          const binary_log& end, std::chrono::steady_clock::time_point
                      ) { ends.push_back(end.file); },
        .interval = std::chrono::milliseconds(0),
    });
    EXPECT_THROW(run(watch->run()), enough);
    EXPECT_TRUE(ends.empty());
    EXPECT_EQ(purged_here(), "");
    EXPECT_FALSE(watch->state().heard);
}

TEST_F(SourceWatch, EndsWhereTheSourcesLogIsShorterThanOurs)
{
    for (const auto& [file, position] :
         {std::pair{"b.000007", "899"}, std::pair{"b.000001", "5000"}}) {
        source.scripts = {telling("", file, position)};
        make_watch(1);
        try {
            run(watch->run());
            FAIL() << file;
        } catch (const source_error& error) {
            EXPECT_EQ(error.kind, trouble::changed);
            EXPECT_NE(std::string(error.what()).find("was reset"), std::string::npos);
        }
    }
    EXPECT_TRUE(ends.empty());
}

TEST_F(SourceWatch, SeesGtidModeSwitched)
{
    source.scripts = {telling("", "b.000007", "900")};
    watch_for(1);
    EXPECT_EQ(board.current()->gtid_mode, "ON");
}

TEST_F(SourceWatch, GoesOnAfterTheConnectionWasLost)
{
    source.scripts = {telling("", "b.000007", "900"), telling("", "b.000007", "950")};
    source.scripts[0].refusals["SHOW MASTER STATUS"] = {.code = 1227, .message = "Access denied"};
    watch_for(1);
    EXPECT_EQ(ends, std::vector<std::string>{"b.000007:950"});
}

}  // namespace
