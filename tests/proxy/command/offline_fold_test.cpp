#include "proxy/command/fold_output.hpp"
#include "proxy/command/offline_fold.hpp"
#include "tests/support/files.hpp"
#include "tests/support/folded_log.hpp"
#include "tests/support/temp_folder.hpp"

#include <fstream>
#include <gtest/gtest.h>

namespace proxy {
namespace {

using tests::tool_log;

class counting_sink final : public offline_sink
{
public:
    void begin_file(const rewrite::coordinate& at, protocol::checksum) override
    {
        calls.push_back("begin " + at.file);
    }
    void take(const rewrite::outputs&) override { ++taken; }
    void on_input(const protocol::event_view&) override { ++read; }
    void finish_file(const protocol::event_view* rotate, const std::string& next) override
    {
        calls.push_back((rotate ? "rotate to " : "end before ") + next);
    }
    void restart() override
    {
        calls.emplace_back("restart");
        taken = read = 0;
    }

    std::vector<std::string> calls;
    std::size_t taken = 0;
    std::size_t read = 0;
};

tool_log gh_ost_run()
{
    tool_log log;
    log.format();
    log.ddl("CREATE TABLE `d1`.`t` (\n  `id` int NOT NULL,\n  PRIMARY KEY (`id`)\n) ENGINE=InnoDB");
    log.gh_ost_begins().change("t").change("_t_gho");
    return log;
}

class OfflineFold : public testing::Test
{
protected:
    std::filesystem::path file(const std::string& name, const tool_log& log)
    {
        const auto bytes = log.file();
        std::ofstream(folder_ / name, std::ios::binary)
            .write(protocol::as_text(bytes).data(), static_cast<std::streamsize>(bytes.size()));
        options.files.push_back(folder_ / name);
        return options.files.back();
    }

    tests::temp_folder folder_;
    offline_options options;
    counting_sink sink;
};

TEST_F(OfflineFold, GivesFilesAndEventsToTheSinkInOrderThoughItReadsAhead)
{
    tool_log first = gh_ost_run();
    first.rotate("b.000002");
    file("b.000001", first);
    tool_log second;
    second.last = first.last;
    second.format();
    second.change("t");
    file("b.000002", second);
    tool_log third;
    third.last = second.last;
    third.format();
    third.change("t");
    file("b.000003", third);
    options.verdict_wait_bytes = 1U << 20;
    fold_offline(options, sink);
    EXPECT_EQ(
        sink.calls,
        (std::vector<std::string>{
            "begin b.000001",
            "rotate to b.000002",
            "begin b.000002",
            "end before b.000003",
            "begin b.000003",
            "end before ",
        })
    );
    EXPECT_EQ(sink.read, sink.taken + 1) << "ROTATE";
    EXPECT_EQ(sink.read, first.events().size() + second.events().size() + third.events().size());
}

TEST_F(OfflineFold, PassesWhatItCannotDecideWithinItsBound)
{
    tool_log log;
    log.format();
    log.ddl("create /* gh-ost */ table `d1`.`_t_ghc` (id int)");
    for (int i = 0; i < 50; ++i)
        log.change("other");
    file("b.000001", log);
    options.verdict_wait_bytes = 1000;
    const offline_result result = fold_offline(options, sink);
    ASSERT_EQ(result.decisions.size(), 1U);
    EXPECT_TRUE(result.decisions[0].expired);
    EXPECT_EQ(result.decisions[0].ruling.what, rewrite::outcome::pass);
}

TEST_F(OfflineFold, UsesTheDecisionsOfALedger)
{
    file("b.000001", gh_ost_run());
    const offline_result alone = fold_offline(options, sink);
    ASSERT_EQ(alone.decisions.size(), 1U);
    rewrite::decision other = alone.decisions[0];
    other.ruling = {.what = rewrite::outcome::pass, .reason = "the operator's ledger says so"};
    {
        ledger recorded(folder_ / "ledger");
        ASSERT_TRUE(recorded.record(other));
    }
    options.ledger = folder_ / "ledger";
    const offline_result result = fold_offline(options, sink);
    ASSERT_EQ(result.decisions.size(), 1U);
    EXPECT_EQ(result.decisions[0].ruling.reason, "the operator's ledger says so");
    ASSERT_EQ(result.migrations.size(), 1U);
    EXPECT_EQ(result.migrations[0].ruling.what, rewrite::outcome::pass);
}

TEST_F(OfflineFold, PassesAMigrationThatWouldStopAndSaysWhere)
{
    tool_log log = gh_ost_run();
    log.ddl("GRANT SELECT ON d1._t_gho TO x").change("t");
    file("b.000001", log);
    const offline_result result = fold_offline(options, sink);
    EXPECT_EQ(std::ranges::count(sink.calls, "restart"), 1);
    ASSERT_EQ(result.would_have_stopped.size(), 1U);
    ASSERT_EQ(result.migrations.size(), 1U);
    EXPECT_EQ(result.migrations[0].ruling.what, rewrite::outcome::pass);
    EXPECT_TRUE(result.migrations[0].ruling.reason.starts_with("it would stop later: "));
    EXPECT_EQ(result.migrations[0].original, (rewrite::table_name{"d1", "t"}));
}

TEST_F(OfflineFold, SaysWhereALedgerThatFoldsLacksTheWordForAStop)
{
    tool_log log = gh_ost_run();
    log.ddl("GRANT SELECT ON d1._t_gho TO x").change("t");
    file("b.000001", log);
    tool_log before = gh_ost_run();
    options.files.clear();
    file("b.000001", before);
    const offline_result alone = fold_offline(options, sink);
    ASSERT_EQ(alone.decisions.size(), 1U);
    ASSERT_EQ(alone.decisions[0].ruling.what, rewrite::outcome::fold);
    {
        ledger recorded(folder_ / "ledger");
        ASSERT_TRUE(recorded.record(alone.decisions[0]));
    }
    options.ledger = folder_ / "ledger";
    options.files.clear();
    file("b.000001", log);
    EXPECT_THROW(fold_offline(options, sink), std::runtime_error);
}

}  // namespace
}  // namespace proxy
