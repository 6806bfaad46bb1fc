#include "tests/support/failing_disk.hpp"
#include "tests/support/ingest_process.hpp"

#include <thread>

namespace proxy {
namespace {

using tests::begin_of_file;
using tests::clean_files;
using tests::events_of;
using tests::never;
using tests::process;
using tests::source_event;
using tests::tool_log;

std::vector<source_event> log_that_stops()
{
    tool_log first = begin_of_file();
    first.gh_ost_begins().change("t").ddl("GRANT SELECT ON d1._t_gho TO x").change("t");
    return events_of({first});
}

TEST(IngestInAStop, StopsUntilAnOperatorSaysHow)
{
    const auto log = log_that_stops();
    const tests::temp_folder folder;
    process one(folder.path());
    one.connect();
    EXPECT_EQ(one.say({.id = "b.000001:4"}), "publishing is not stopped");
    for (const source_event& event : log) {
        one.give_without_end(event);
    }
    one.end_batch();
    EXPECT_TRUE(one.pulling_waits());
    const program_status stopped = one.status();
    EXPECT_EQ(stopped.phase, program_phase::stopped);
    ASSERT_TRUE(stopped.stop);
    EXPECT_EQ(one.tested->numbers().stopped(), 1U);
    EXPECT_NE(
        one.lines().find("unghost resume " + stopped.stop->id + " --pass"), std::string::npos
    );
    EXPECT_NE(one.say({.id = "b.000001:4"}), std::nullopt);
    EXPECT_TRUE(one.pulling_waits());

    EXPECT_EQ(
        one.say({.id = stopped.stop->id, .word = rewrite::operator_word::empty}), std::nullopt
    );
    one.turn();
    EXPECT_FALSE(one.pulling_waits());
    EXPECT_EQ(one.status().phase, program_phase::serving);
    EXPECT_EQ(one.place_in(log), log.size());
}

constexpr spool::limits room{.bytes = 1U << 20, .file = 300, .free = 0};

// A stop, and the source's next two files.
std::vector<source_event> log_with_more_behind_a_stop()
{
    tool_log first = begin_of_file();
    first.gh_ost_begins().change("t").ddl("GRANT SELECT ON d1._t_gho TO x").change("t");
    first.change("_t_gho").rotate("b.000002");
    tool_log second = begin_of_file();
    second.last = first.last;
    second.change("t").change("_t_gho").rotate("b.000003");
    tool_log third = begin_of_file();
    third.last = second.last;
    third.change("t").change("_t_gho").change("t");
    return events_of({first, second, third});
}

void go_on_by_a_word(process& stopped)
{
    ASSERT_TRUE(stopped.status().stop);
    ASSERT_EQ(
        stopped.say({.id = stopped.status().stop->id, .word = rewrite::operator_word::empty}),
        std::nullopt
    );
    stopped.turn();
}

// With the stop ended where it is met.
tests::clean_sums with_the_stop_ended(const std::vector<source_event>& log)
{
    const tests::temp_folder folder;
    process one(folder.path());
    one.connect();
    for (const source_event& event : log) {
        one.give(event);
        if (one.pulling_waits())
            go_on_by_a_word(one);
    }
    one.close();
    return clean_files(folder.path());
}

TEST(IngestInAStop, PullsOnIntoTheSpoolWhilePublishingIsStopped)
{
    const auto log = log_with_more_behind_a_stop();
    const tests::temp_folder folder;
    process one(folder.path(), never, real_disk(), room);
    one.connect();
    one.give_rest(log);
    EXPECT_FALSE(one.pulling_waits());
    EXPECT_EQ(one.status().phase, program_phase::stopped);
    EXPECT_EQ(one.place_in(log), log.size());
    EXPECT_GT(one.status().spooled_bytes, 0U);
    EXPECT_EQ(one.status().pulled.file, "b.000003");
    EXPECT_GE(one.tested->progress().unpublished_bytes, one.status().spooled_bytes - 2000);
    EXPECT_TRUE(std::filesystem::exists(folder / "spool/1-4-b.000003"));
    go_on_by_a_word(one);
    EXPECT_EQ(one.status().phase, program_phase::serving);
    EXPECT_EQ(one.status().spooled_bytes, 0U);
    EXPECT_EQ(one.tested->progress().unpublished_bytes, 0U);
    one.close();
    EXPECT_EQ(clean_files(folder.path()), with_the_stop_ended(log));
}

// What was spooled in the first stop says nothing about the file of the second.
TEST(IngestInAStop, AsksForTheRightFileInEachStop)
{
    tool_log first = begin_of_file();
    first.gh_ost_begins().change("t").ddl("GRANT SELECT ON d1._t_gho TO x").change("t");
    first.rotate("b.000002");
    tool_log second = begin_of_file();
    second.last = first.last;
    second.change("t").rotate("b.000003");
    tool_log third = begin_of_file();
    third.last = second.last;
    third.change("t").ddl("GRANT SELECT ON d1._t_gho TO x").change("t");
    const auto log = events_of({first, second, third});
    const auto second_file = std::ranges::find(log, "b.000002", &source_event::file);
    const auto third_file = std::ranges::find(log, "b.000003", &source_event::file);
    const tests::temp_folder folder;
    process one(folder.path(), never, real_disk(), room);
    one.connect();
    one.give_rest(log, static_cast<std::size_t>(second_file - log.begin()));
    go_on_by_a_word(one);
    EXPECT_EQ(one.status().phase, program_phase::serving);
    one.give_rest(log, static_cast<std::size_t>(third_file - log.begin()) - 1);
    std::this_thread::sleep_for(std::chrono::seconds(1));  // then a checkpoint is due
    one.give_rest(log);
    EXPECT_NE(one.lines().find("spool, from b.000002:"), std::string::npos) << "the second stop";
    go_on_by_a_word(one);
    EXPECT_EQ(one.place_in(log), log.size());
    one.close();
    EXPECT_EQ(clean_files(folder.path()), with_the_stop_ended(log));
}

// Whenever it ends, the source is asked for nothing that was pulled before.
TEST(IngestInAStop, GoesOnFromTheSpoolAfterARestartInAStop)
{
    const auto log = log_with_more_behind_a_stop();
    const auto expected = with_the_stop_ended(log);
    std::size_t from_spool = 0;
    for (std::size_t events = 2; events <= log.size(); ++events) {
        SCOPED_TRACE(testing::Message() << events << " events");
        const tests::temp_folder folder;
        std::size_t pulled = 0;
        bool was_stopped = false;
        {
            process one(folder.path(), never, real_disk(), room);
            one.connect();
            one.give_rest(log, events);
            pulled = one.place_in(log);
            was_stopped = one.status().stop.has_value();
        }
        process again(folder.path(), never, real_disk(), room);
        if (was_stopped)
            EXPECT_EQ(again.place_in(log), pulled);
        again.connect();
        again.give_format(log);
        again.turn();
        EXPECT_EQ(again.status().stop.has_value(), was_stopped);
        from_spool += was_stopped ? 1 : 0;
        again.give_rest(log);
        go_on_by_a_word(again);
        EXPECT_EQ(again.tested->progress().unpublished_bytes, 0U);
        again.close();
        EXPECT_TRUE(std::filesystem::is_empty(folder / "spool")) << "no restart needs it any more";
        EXPECT_EQ(clean_files(folder.path()), expected);
    }
    EXPECT_GT(from_spool, 10U);
}

TEST(IngestInAStop, PullingWaitsWhereTheSpoolIsFull)
{
    const auto log = log_with_more_behind_a_stop();
    const tests::temp_folder folder;
    process one(folder.path(), never, real_disk(), {.bytes = 700, .file = 300, .free = 0});
    one.connect();
    std::size_t given = 0;
    while (given < log.size() && !one.pulling_waits())
        one.give_rest(log, ++given);
    EXPECT_TRUE(one.pulling_waits());
    EXPECT_LT(given, log.size());
    EXPECT_NE(one.lines().find("spool: full with"), std::string::npos);
    EXPECT_FALSE(one.tasks.failure());
    go_on_by_a_word(one);
    while (one.pulling_waits())
        one.turn();
    one.give_rest(log);
    one.close();
    EXPECT_EQ(clean_files(folder.path()), with_the_stop_ended(log));
}

TEST(IngestInAStop, MakesTheSameLogWhicheverCallOfTheDiskIsRefusedInAStop)
{
    const auto log = log_with_more_behind_a_stop();
    const auto expected = with_the_stop_ended(log);
    const auto run = [&](tests::failure_plan& plan) {
        const tests::temp_folder folder;
        {
            const tests::failing_sqlite ledger(plan);
            tests::failing_disk disk(plan);
            process one(folder.path(), never, disk, room);
            one.connect();
            for (std::size_t i = 0; i < log.size(); ++i) {
                one.give_rest(log, i + 1);
                while (one.pulling_waits())
                    one.turn();
            }
            if (one.status().stop)
                while (one.say({.id = one.status().stop->id, .word = rewrite::operator_word::empty})
                ) {
                }
            for (int turns = 0; turns < 100 && one.place_in(log) < log.size(); ++turns) {
                one.turn();
                one.end_batch();
                one.give_rest(log);
            }
            for (int turns = 0; turns < 1000 && one.tested->progress().unpublished_bytes != 0;
                 ++turns) {
                one.end_batch();
                one.turn();
            }
            EXPECT_FALSE(one.tasks.failure());
        }
        EXPECT_EQ(clean_files(folder.path()), expected);
    };
    tests::failure_plan counted;
    run(counted);
    std::size_t refused = 0;
    for (std::size_t call = 1; call <= counted.calls(); ++call) {
        const auto how = static_cast<tests::failure>(call % 3);
        SCOPED_TRACE(testing::Message() << "call " << call << ": " << to_text(how));
        tests::failure_plan plan;
        plan.fail_at(call, how);
        run(plan);
        refused += plan.failed();
    }
    EXPECT_GT(refused, 100U);
}

TEST(IngestInAStop, StopsAgainAtTheSamePlaceAfterARestart)
{
    const auto log = log_that_stops();
    const tests::temp_folder folder;
    std::string id;
    for (int starts = 0; starts < 2; ++starts) {
        process one(folder.path());
        one.connect();
        for (std::size_t i = one.place_in(log); i < log.size(); ++i)
            one.give_without_end(log[i]);
        one.end_batch();
        ASSERT_TRUE(one.status().stop);
        if (starts == 0)
            id = one.status().stop->id;
        EXPECT_EQ(one.status().stop->id, id);
    }
}

}  // namespace
}  // namespace proxy
