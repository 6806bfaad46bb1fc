#include "proxy/source/source_error.hpp"
#include "tests/support/failing_disk.hpp"
#include "tests/support/ingest_process.hpp"
#include "tests/support/no_descriptors.hpp"

namespace proxy {
namespace {

using protocol::byte_buffer;
using std::chrono::milliseconds;
using tests::begin_of_cut_over;
using tests::clean_files;
using tests::fold_over_a_rotation;
using tests::never;
using tests::process;
using tests::source_event;
using tests::telling;
using tests::undisturbed;

TEST(Ingest, FoldsWhatTheSourceSends)
{
    const tests::temp_folder folder;
    process one(folder.path());
    EXPECT_EQ(one.status().phase, program_phase::starting);
    one.connect();
    EXPECT_EQ(one.status().phase, program_phase::serving);
    one.give_rest(fold_over_a_rotation());
    EXPECT_NE(one.lines().find("folding: migration 1 of d1.t at b.000001:"), std::string::npos);
    EXPECT_NE(one.lines().find("cut over: migration 1 of d1.t at b.000002:"), std::string::npos);
    EXPECT_EQ(one.tested->numbers().folded(), 1U);
    EXPECT_FALSE(one.tasks.failure());
    const auto decisions = one.decisions();
    ASSERT_EQ(decisions.size(), 2U);
    for (const rewrite::decision& made : decisions) {
        if (made.counted)
            EXPECT_EQ(made.counted->uncounted, "nobody counts rows here");
        else
            EXPECT_EQ(made.ruling.what, rewrite::outcome::fold);
    }
}

TEST(Ingest, PullsOnWhileAVerdictIsOpen)
{
    const auto log = fold_over_a_rotation();
    const tests::temp_folder folder;
    process one(folder.path());
    one.connect();
    one.tells = telling::later;
    one.give_rest(log, begin_of_cut_over(log));
    EXPECT_FALSE(one.pulling_waits());
    EXPECT_TRUE(one.decisions().empty());
    EXPECT_EQ(one.place_in(log), begin_of_cut_over(log)) << "it is not to come again";
    EXPECT_GT(one.tested->progress().unpublished_bytes, 0U);
    one.tell_now();
    EXPECT_EQ(one.decisions().size(), 1U);
    EXPECT_EQ(one.tested->progress().unpublished_bytes, 0U);
    one.give_rest(log);
    one.close();
    EXPECT_EQ(clean_files(folder.path()), undisturbed(log));
}

TEST(Ingest, PassesWhenTimeRunsOut)
{
    const auto log = fold_over_a_rotation();
    const tests::temp_folder folder;
    process one(folder.path(), milliseconds(0));
    one.connect();
    one.tells = telling::later;
    one.give_rest(log);
    ASSERT_GE(one.decisions().size(), 1U);
    EXPECT_TRUE(one.decisions()[0].expired);
    EXPECT_NE(one.lines().find("no answer at b.000001:"), std::string::npos);
    EXPECT_EQ(one.place_in(log), log.size());
}

TEST(Ingest, PassesWhatTheSourceDoesNotTell)
{
    const auto log = fold_over_a_rotation();
    const tests::temp_folder folder;
    process one(folder.path());
    one.connect();
    one.tells = telling::fails;
    one.give_rest(log);
    ASSERT_EQ(one.decisions().size(), 1U);
    EXPECT_EQ(one.decisions()[0].ruling.what, rewrite::outcome::pass);
    EXPECT_NE(one.decisions()[0].known->missing.find("connection refused"), std::string::npos);
    EXPECT_FALSE(one.tasks.failure());
    EXPECT_EQ(one.place_in(log), log.size());
}

TEST(Ingest, TakesAnEndForNoAnswer)
{
    const auto log = fold_over_a_rotation();
    const tests::temp_folder folder;
    {
        process one(folder.path());
        one.connect();
        one.tells = telling::later;
        one.give_rest(log, begin_of_cut_over(log));
    }
    process again(folder.path());
    EXPECT_TRUE(again.decisions().empty()) << "the facts were not asked for to the end";
    again.connect();
    again.give_rest(log);
    again.close();
    EXPECT_EQ(clean_files(folder.path()), undisturbed(log));
}

// Whenever it ends, with whatever open, the next start finds a place and makes the same log.
TEST(Ingest, GoesOnFromAnEndAfterAnyEvent)
{
    const auto log = fold_over_a_rotation();
    const auto expected = undisturbed(log);
    for (const telling tells : {telling::at_once, telling::later}) {
        const std::size_t last = tells == telling::later ? begin_of_cut_over(log) : log.size();
        for (std::size_t events = 0; events <= last; ++events) {
            SCOPED_TRACE(testing::Message() << events << " events");
            const tests::temp_folder folder;
            {
                process one(folder.path());
                one.connect();
                one.tells = tells;
                for (std::size_t i = 0; i < events; ++i)
                    one.give(log[i]);
            }
            process again(folder.path());
            const resume_place place = again.tested->where();
            EXPECT_EQ(place.log.file.empty(), events < 2) << "no consumer was shown half a head";
            again.connect();
            again.give_rest(log);
            again.close();
            EXPECT_EQ(clean_files(folder.path()), expected);
        }
    }
}

TEST(Ingest, SavesNothingBeforeTheFirstConnect)
{
    const tests::temp_folder folder;
    {
        process one(folder.path());
    }
    {
        process one(folder.path());
        one.connect();
    }
    process again(folder.path());
    EXPECT_TRUE(again.tested->where().fresh);
    EXPECT_FALSE(std::filesystem::exists(folder / "checkpoint"));
}

// Retention and the spool keep what a restart needs: after a burst of the source too that is
// little.
TEST(Ingest, SavesACheckpointOnceMoreWhenTheSourceFallsSilent)
{
    const auto log = tests::events_of({tests::begin_of_file().change("t").change("t")});
    const tests::temp_folder folder;
    process one(folder.path());
    one.connect();
    one.give_rest(log);
    const auto file = folder / "checkpoint";
    std::filesystem::remove(file);
    std::this_thread::sleep_for(std::chrono::milliseconds(1100));
    one.end_batch();  // of a heartbeat
    ASSERT_TRUE(std::filesystem::exists(file));
    const auto saved = std::filesystem::last_write_time(file);
    std::this_thread::sleep_for(std::chrono::milliseconds(1100));
    one.end_batch();
    EXPECT_EQ(std::filesystem::last_write_time(file), saved) << "nothing new";
}

// A run with one refused call, which waits it out.
void run_with_one_refusal(
    const std::filesystem::path& folder,
    const std::vector<source_event>& log,
    tests::failure_plan& plan,
    telling tells
)
{
    const tests::failing_sqlite ledger(plan);
    tests::failing_disk disk(plan);
    process one(folder, never, disk);
    one.connect();
    one.tells = tells;
    const std::size_t told = begin_of_cut_over(log);
    for (std::size_t i = 0; i < log.size(); ++i) {
        if (i == told)
            one.tell_now();
        one.give(log[i]);
        while (one.pulling_waits())
            one.turn();
    }
    EXPECT_FALSE(one.tasks.failure());
    EXPECT_EQ(one.place_in(log), log.size());
}

TEST(Ingest, MakesTheSameLogWhicheverCallOfTheDiskIsRefused)
{
    const auto log = fold_over_a_rotation();
    const auto expected = undisturbed(log);
    std::size_t refused = 0;
    for (const telling tells : {telling::at_once, telling::later}) {
        tests::failure_plan counted;
        {
            const tests::temp_folder folder;
            run_with_one_refusal(folder.path(), log, counted, tells);
        }
        for (std::size_t call = 1; call <= counted.calls(); ++call) {
            const auto how = static_cast<tests::failure>(call % 3);
            SCOPED_TRACE(testing::Message() << "call " << call << ": " << to_text(how));
            const tests::temp_folder folder;
            tests::failure_plan plan;
            plan.fail_at(call, how);
            run_with_one_refusal(folder.path(), log, plan, tells);
            refused += plan.failed();
            EXPECT_EQ(clean_files(folder.path()), expected);
        }
    }
    EXPECT_GT(refused, 200U);
}

// A file that cannot be made, because a folder has its name.
class blocked_file
{
public:
    explicit blocked_file(std::filesystem::path path) : path_(std::move(path))
    {
        std::filesystem::create_directory(path_);
    }
    ~blocked_file() { std::filesystem::remove(path_); }
    blocked_file(const blocked_file&) = delete;
    blocked_file& operator=(const blocked_file&) = delete;

private:
    std::filesystem::path path_;
};

TEST(Ingest, LosesNothingWhereTheIndexCannotBeReplacedWhileAVerdictIsOpen)
{
    const auto log = fold_over_a_rotation();
    for (const bool ends : {false, true}) {
        const tests::temp_folder folder;
        {
            process one(folder.path());
            one.connect();
            one.tells = telling::later;
            one.give_rest(log, begin_of_cut_over(log));
            {
                const blocked_file index(folder / "index.next");
                one.tell_now();
                EXPECT_EQ(one.decisions().size(), 1U);
                EXPECT_EQ(one.status().phase, program_phase::disk_failing);
                EXPECT_FALSE(one.tasks.failure());
                if (ends)
                    one.close();
            }
            if (!ends) {
                one.end_batch();
                one.give_rest(log);
            }
        }
        process again(folder.path());
        EXPECT_FALSE(again.tested->where().log.file.empty());
        again.connect();
        again.give_rest(log);
        again.close();
        EXPECT_EQ(clean_files(folder.path()), undisturbed(log));
    }
}

TEST(Ingest, WaitsWhereAFileCannotBeMadeAndLosesNothing)
{
    const auto log = fold_over_a_rotation();
    const std::size_t given = begin_of_cut_over(log);
    for (const telling tells : {telling::at_once, telling::later}) {
        const tests::temp_folder folder;
        process one(folder.path());
        one.connect();
        one.tells = tells;
        std::size_t i = 0;
        for (; i < given && log[i].file == "b.000001"; ++i)
            one.give(log[i]);
        if (tells == telling::later)
            for (; i < given; ++i)
                one.give(log[i]);
        {
            const tests::no_descriptors left;
            if (tells == telling::later)
                one.tell_now();
            else
                one.give_without_end(log[i]);
            one.end_batch();
            EXPECT_TRUE(one.pulling_waits());
            EXPECT_EQ(one.status().phase, program_phase::disk_full);
            EXPECT_NE(one.lines().find("store: disk full: "), std::string::npos);
            EXPECT_FALSE(std::filesystem::exists(folder / "b.1000000002"));
        }
        while (one.pulling_waits())
            one.turn();
        EXPECT_NE(one.lines().find("the disk takes everything again"), std::string::npos);
        EXPECT_EQ(one.status().phase, program_phase::serving);
        EXPECT_FALSE(one.tasks.failure());
        one.give_rest(log);
        one.close();
        EXPECT_EQ(clean_files(folder.path()), undisturbed(log));
    }
}

TEST(Ingest, SavesNothingWrongIfItEndsWhileTheDiskTakesNothing)
{
    const auto log = fold_over_a_rotation();
    const tests::temp_folder folder;
    {
        process one(folder.path());
        one.connect();
        std::size_t i = 0;
        for (; log[i].file == "b.000001"; ++i)
            one.give(log[i]);
        const tests::no_descriptors left;
        one.give_without_end(log[i]);
        one.end_batch();
        EXPECT_TRUE(one.pulling_waits());
        one.close();
    }
    process again(folder.path());
    EXPECT_EQ(again.tested->where().log.file, "b.000001");
    again.connect();
    again.give_rest(log);
    again.close();
    EXPECT_EQ(clean_files(folder.path()), undisturbed(log));
}

TEST(Ingest, GivesADamagedEventBackToTheSourceClient)
{
    const auto right = fold_over_a_rotation();
    auto log = right;
    // A GTID event that ends in its middle, among those that wait.
    const auto damaged = std::ranges::find_if(log, [](const source_event& event) {
        return event.file == "b.000001" && event.position > 1000 &&
               protocol::load_event_header(event.bytes).type == protocol::event_type::gtid;
    });
    ASSERT_NE(damaged, log.end());
    byte_buffer& bytes = damaged->bytes;
    bytes.resize(protocol::event_header_size + 8);
    protocol::store(
        bytes.data() + protocol::event_size_offset, static_cast<std::uint32_t>(bytes.size())
    );
    protocol::seal(bytes, protocol::checksum::crc32);

    const tests::temp_folder folder;
    process one(folder.path());
    one.connect();
    one.tells = telling::later;
    one.give_rest(log, begin_of_cut_over(log));
    one.tell_now();
    EXPECT_FALSE(one.tasks.failure()) << "only the source client can ask for it again";
    EXPECT_THROW(one.give_without_end(log.back()), source_error);
    EXPECT_EQ(one.tested->where().log.file, damaged->file);
    EXPECT_EQ(one.tested->where().position, damaged->position);
    one.connect();
    one.give_rest(right);
    one.close();
    EXPECT_EQ(clean_files(folder.path()), undisturbed(right));
}

fold_config passing_all()
{
    fold_config fold;
    fold.rules.schemas = {"another"};
    fold.verdict_wait = never;
    return fold;
}

TEST(Ingest, TakesNewRulesAtABorderThatARestartBeginsAt)
{
    const auto log = fold_over_a_rotation();
    const tests::temp_folder folder;
    {
        process one(folder.path());
        one.connect();
        one.give_rest(log, 7);
        one.tested->set_fold(passing_all());
        EXPECT_NE(
            one.lines().find("[fold]: the new settings count from b.000001:"), std::string::npos
        ) << one.lines();
        one.give_rest(log);
        EXPECT_EQ(one.tested->numbers().passed(), 1U);
        EXPECT_EQ(one.tested->numbers().folded(), 0U);
    }
}

TEST(Ingest, AMigrationEndsByTheRulesItBeganWith)
{
    const auto log = fold_over_a_rotation();
    const tests::temp_folder folder;
    process one(folder.path());
    one.connect();
    one.give_rest(log, begin_of_cut_over(log));
    one.tested->set_fold(passing_all());
    one.give_rest(log);
    EXPECT_EQ(one.tested->numbers().folded(), 1U);
    EXPECT_NE(
        one.lines().find("[fold]: the new settings wait until nothing is hidden"), std::string::npos
    );
    EXPECT_EQ(one.lines().find("the new settings count from"), std::string::npos)
        << "the old table is hidden still";
    one.close();
    EXPECT_EQ(clean_files(folder.path()), undisturbed(log));
}

}  // namespace
}  // namespace proxy
