#include "rewrite/verdict_wait.hpp"
#include "tests/support/folded_log.hpp"

namespace {

using namespace tests;
using namespace rewrite;

const std::string definition = "CREATE TABLE `t` (\n  `id` int NOT NULL,\n  PRIMARY KEY (`id`)\n) "
                               "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4";

// The wait of a log's first question: its first event asked.
struct waiting
{
    explicit waiting(const tool_log& log, tool which = tool::gh_ost, bool late = false)
        : events(upstream(log.events()))
        , sum(log.sum())
        , wait(
              {.asked = {.at = events.at(1).at, .ghost = {"d1", "_t_gho"}, .which = which},
               .plan = {.which = which, .ghost = {"d1", "_t_gho"}},
               .late = late}
          )
    {}
    void read(std::size_t up_to = SIZE_MAX)
    {
        for (; next < events.size() && next < up_to; ++next) {
            wait.on_event(events[next].at, *protocol::parse_event(events[next].bytes, sum));
            wait.on_read_up_to(events[next].at);
        }
    }
    void tell(std::uint64_t fence, std::string missing = {})
    {
        facts known{.table = {"d1", "t"}, .create_table = definition};
        known.fence = {1, "mysql-bin.000001", fence};
        known.missing = std::move(missing);
        wait.on_facts(std::move(known));
    }

    std::vector<logged> events;
    protocol::checksum sum;
    verdict_wait wait;
    std::size_t next = 1;
};

tool_log run()
{
    tool_log log;
    log.ddl("create /* gh-ost */ table `d1`.`_t_ghc` (id int)");
    log.ddl("create /* gh-ost */ table `d1`.`_t_gho` like `d1`.`t`");
    log.ddl("alter /* gh-ost */ table `d1`.`_t_gho` ADD COLUMN c int");
    return log;
}

TEST(VerdictWait, WantsFactsWhenTheLikeBindsAndDecidesBehindTheFence)
{
    waiting w(run().change("t"));
    w.read(2);
    EXPECT_FALSE(w.wait.needs());
    w.read(4);
    ASSERT_TRUE(w.wait.needs());
    EXPECT_EQ(w.wait.needs()->table, "t");
    w.tell(w.events[6].at.position);
    EXPECT_FALSE(w.wait.needs());
    w.read(6);
    EXPECT_FALSE(w.wait.decided()) << "the log up to the fence was not read";
    w.read();
    ASSERT_TRUE(w.wait.decided());
    EXPECT_EQ(w.wait.decided()->ruling.what, outcome::fold);
    EXPECT_EQ(w.wait.decided()->original.table, "t");
    EXPECT_TRUE(w.wait.decided()->known);
}

TEST(VerdictWait, PassesWhereTheOriginalChangedWhileItWasAskedFor)
{
    for (const char* text :
         {"ALTER TABLE t ADD z int",
          "CREATE INDEX i ON t (id)",
          "CREATE TABLE k (i int, FOREIGN KEY (i) REFERENCES t (id))",
          "CREATE TRIGGER p BEFORE INSERT ON t FOR EACH ROW SET @a = 1",
          "ALTER TABLE x ADD y int DEFAULT 'unfinished"}) {
        waiting w(run().ddl(text));
        w.read();
        EXPECT_FALSE(w.wait.decided()) << "was it before the answer?";
        w.tell(1'000'000);
        ASSERT_TRUE(w.wait.decided()) << text;
        EXPECT_EQ(w.wait.decided()->ruling.what, outcome::pass) << text;
        waiting after(run().ddl(text));
        after.read();
        after.tell(after.events[7].at.position);
        ASSERT_TRUE(after.wait.decided()) << text;
        EXPECT_EQ(after.wait.decided()->ruling.what, outcome::fold) << text;
    }
}

TEST(VerdictWait, SaysThatTheRunWasOverWhereTheToolsSwapCameFirst)
{
    waiting w(run().gh_ost_sentry().gh_ost_rename());
    w.read();
    w.tell(1'000'000);
    ASSERT_TRUE(w.wait.decided());
    EXPECT_EQ(w.wait.decided()->ruling.what, outcome::pass);
    EXPECT_NE(w.wait.decided()->ruling.reason.find("swapped"), std::string::npos)
        << w.wait.decided()->ruling.reason;
}

TEST(VerdictWait, DoesNotMindWhatLeavesTheOriginalAsItIs)
{
    waiting w(run().ddl("ANALYZE TABLE t").ddl("CREATE TABLE z LIKE t").change("t"));
    w.read();
    w.tell(4);
    ASSERT_TRUE(w.wait.decided());
    EXPECT_EQ(w.wait.decided()->ruling.what, outcome::fold);
}

// gh-ost --revert: what it swaps in is an earlier run's table.
TEST(VerdictWait, EndsWhereTheToolWritesItsNotesWithoutATableOfItsOwn)
{
    tool_log log;
    log.ddl("create /* gh-ost */ table `d1`.`_t_ghc` (id int)");
    log.change("t").change("_u_ghc").change("_t_ghc");
    waiting w(log);
    w.read(log.events().size() - 3);
    EXPECT_FALSE(w.wait.decided());
    w.read();
    ASSERT_TRUE(w.wait.decided());
    EXPECT_EQ(w.wait.decided()->ruling.what, outcome::pass);
    EXPECT_FALSE(w.wait.decided()->expired);
    waiting bound(run().change("_t_ghc"));
    bound.read();
    EXPECT_FALSE(bound.wait.decided());
}

TEST(VerdictWait, JudgesByTheTimeZoneOfTheAlter)
{
    for (const auto& [zone, what] :
         {std::pair{"+02:00", outcome::fold}, std::pair{"SYSTEM", outcome::pass}}) {
        byte_buffer status = status_block();
        const std::string_view name = zone;
        protocol::writer(status).u8(5).u8(static_cast<std::uint8_t>(name.size())).text(name);
        tool_log log;
        log.ddl("create /* gh-ost */ table `d1`.`_t_ghc` (id int)");
        log.ddl("create /* gh-ost */ table `d1`.`_t_gho` like `d1`.`t`");
        log.next().query(
            "alter /* gh-ost */ table `d1`.`_t_gho` ADD c timestamp DEFAULT '2020-06-01'",
            "d1",
            status
        );
        waiting w(log);
        w.read();
        w.tell(4);
        ASSERT_TRUE(w.wait.decided());
        EXPECT_EQ(w.wait.decided()->ruling.what, what) << w.wait.decided()->ruling.reason;
    }
}

TEST(VerdictWait, PassesWithFactsThatDoNotCount)
{
    waiting w(run());
    w.read();
    w.tell(1'000'000, "GRANT PROCESS is missing");
    ASSERT_TRUE(w.wait.decided());
    EXPECT_EQ(w.wait.decided()->ruling.what, outcome::pass);
}

TEST(VerdictWait, SaysWhatWasMissingWhenItRunsOut)
{
    waiting w(run(), tool::gh_ost, true);
    EXPECT_TRUE(w.wait.expire().expired);
    const std::string unbound = w.wait.expire().ruling.reason;
    w.read();
    const std::string unanswered = w.wait.expire().ruling.reason;
    w.tell(1'000'000);
    const std::string behind = w.wait.expire().ruling.reason;
    EXPECT_NE(unbound, unanswered);
    EXPECT_NE(unanswered, behind);
    EXPECT_EQ(w.wait.expire().ruling.what, outcome::pass);
    EXPECT_FALSE(w.wait.expire().later);
}

// What is remembered holds at the question and says nothing of what is behind it.
TEST(VerdictWait, PassesWhereARememberedOriginalChangesBeforeTheAlter)
{
    for (const bool changes : {false, true}) {
        tool_log log;
        log.ddl("create /* gh-ost */ table `d1`.`_t_ghc` (id int)");
        log.ddl("create /* gh-ost */ table `d1`.`_t_gho` like `d1`.`t`");
        if (changes)
            log.ddl("ALTER TABLE t ADD z int");
        log.ddl("alter /* gh-ost */ table `d1`.`_t_gho` ADD COLUMN c int");
        log.ddl("ALTER TABLE t ADD later int");
        waiting w(log);
        w.read();
        w.tell(w.events.at(1).at.position);
        ASSERT_TRUE(w.wait.decided());
        EXPECT_EQ(w.wait.decided()->ruling.what, changes ? outcome::pass : outcome::fold);
    }
}

TEST(VerdictWait, LeavesTheVerdictToTheAlterWhenItRunsOut)
{
    waiting w(run());
    EXPECT_TRUE(w.wait.expire().later);
    EXPECT_EQ(w.wait.expire().ruling.what, outcome::pass);
    w.read();
    EXPECT_TRUE(w.wait.expire().later);
}

TEST(VerdictWait, SeesTheSecondHalfOrThatItDoesNotCome)
{
    const auto found = [](const std::string& next) -> std::optional<bool> {
        tool_log log;
        log.ddl("alter /* gh-ost */ table `d1`.`t` rename `_t_del`").change("other").ddl(next);
        const auto events = upstream(log.events());
        verdict_wait wait(
            {.asked = {.kind = question_kind::second_half, .at = events[1].at},
             .plan = {.original = {"d1", "t"}, .ghost = {"d1", "_t_gho"}},
             .away = {"d1", "_t_del"}}
        );
        for (std::size_t i = 1; i < events.size(); ++i)
            wait.on_event(events[i].at, *protocol::parse_event(events[i].bytes, log.sum()));
        const auto made = wait.decided();
        return made ? std::optional(made->found) : std::nullopt;
    };
    EXPECT_EQ(found("alter /* gh-ost */ table `d1`.`_t_gho` rename `t`"), true);
    EXPECT_EQ(found("alter table `d1`.`_t_del` rename `t`"), false);
    EXPECT_EQ(found("DROP TABLE _t_gho"), false);
    EXPECT_EQ(found("DROP TABLE unrelated"), std::nullopt);
}

}  // namespace
