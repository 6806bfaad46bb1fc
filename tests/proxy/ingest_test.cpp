#include "proxy/ingest.hpp"
#include "proxy/net/no_throw.hpp"
#include "proxy/source/source_error.hpp"
#include "tests/support/failing_disk.hpp"
#include "tests/support/files.hpp"
#include "tests/support/folded_log.hpp"
#include "tests/support/no_descriptors.hpp"
#include "tests/support/temp_folder.hpp"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/use_awaitable.hpp>
#include <future>
#include <gtest/gtest.h>
#include <map>
#include <spdlog/sinks/ostream_sink.h>
#include <sstream>
#include <thread>

namespace proxy {
namespace {

using protocol::byte_buffer;
using std::chrono::milliseconds;
using tests::tool_log;

constexpr const char* source_uuid = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
constexpr milliseconds never = std::chrono::hours(24);

struct source_event
{
    std::string file;
    std::uint64_t position = 0;
    byte_buffer bytes;
};

// The source's files, one event after the other. Each was begun at another time.
std::vector<source_event> events_of(const std::vector<tool_log>& files)
{
    std::vector<source_event> all;
    std::uint32_t number = 0;
    for (const tool_log& file : files) {
        const std::string name = "b.00000" + std::to_string(++number);
        std::uint64_t position = 4;
        for (byte_buffer event : file.events()) {
            if (position == 4) {
                const std::uint32_t begun = protocol::load_event_header(event).timestamp + number;
                protocol::store(event.data(), begun);
                protocol::seal(event, protocol::checksum::crc32);
            }
            const std::size_t size = event.size();
            all.push_back({name, position, std::move(event)});
            position += size;
        }
    }
    return all;
}

tool_log begin_of_file()
{
    tool_log log;
    log.format().previous_gtids({});
    return log;
}

// A fold whose verdict is still open when the file ends.
std::vector<source_event> fold_over_a_rotation()
{
    tool_log first = begin_of_file();
    first.change("t").gh_ost_begins().change("t").rotate("b.000002");
    tool_log second = begin_of_file();
    second.last = first.last;
    second.change("_t_gho").change("t").gh_ost_sentry().gh_ost_rename().change("t");
    return events_of({first, second});
}

// Up to here a verdict can stay open: what follows names the original, which decides it.
std::size_t begin_of_cut_over(const std::vector<source_event>& log)
{
    for (std::size_t i = 0; i < log.size(); ++i)
        if (protocol::as_text(log[i].bytes).find("cut-over-sentry") != std::string_view::npos)
            return i - 1;  // its GTID
    return log.size();
}

// How the source answers a question for facts.
enum class telling : std::uint8_t { at_once, later, fails };

// One process: the ingest over a data folder, a source that tells facts as the test says, and a
// loop that has no network.
class process
{
public:
    explicit process(
        const std::filesystem::path& folder,
        milliseconds wait = never,
        disk& on = real_disk(),
        spool::limits spooled = {}
    )
        : lines_("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(said_))
        , log_({.folder = folder, .sync_interval = milliseconds(0), .spool = spooled}, lines_, on)
        , tasks(loop, lines_)
        , told_(loop, std::chrono::steady_clock::time_point::max())
    {
        fold_.verdict_wait = wait;
        tested = std::make_unique<ingest>(ingest::parts{
            .loop = loop,
            .fold = fold_,
            .log = log_,
            .facts = [this](
                         const rewrite::table_name& table, source_log followed
                     ) { return tell(this, table, std::move(followed)); },
            .board = board_,
            .lines = lines_,
            .tasks = tasks,
            .full_disk_pause = milliseconds(1),
        });
        while (!tested->open()) {
        }
    }
    ~process() { close(); }
    process(const process&) = delete;
    process& operator=(const process&) = delete;

    telling tells = telling::at_once;

    void connect()
    {
        source_facts facts;
        facts.server_uuid = source_uuid;
        tested->on_connected(facts);
    }
    // One batch of one event.
    void give(const source_event& event)
    {
        give_without_end(event);
        end_batch();
    }
    void give_without_end(const source_event& event)
    {
        const auto parsed = protocol::parse_event(event.bytes, protocol::checksum::crc32);
        ASSERT_TRUE(parsed);
        const source_log from{.file = event.file};
        tested->on_event(
            {upstream_event_kind::ordinary, from, event.position, protocol::checksum::crc32, *parsed
            }
        );
    }
    // Waits for nothing: what cannot be done now is left for turn().
    void end_batch()
    {
        batch_ended_ = false;
        asio::co_spawn(
            loop,
            tested->end_of_batch(),
            asio::bind_cancellation_slot(
                stop_.slot(),
                [this](const std::exception_ptr& failure, after_batch next) {
                    batch_ended_ = true;
                    batch_failure_ = failure;
                    asked_again_ = asked_again_ || next == after_batch::ask_again;
                }
            )
        );
        turn();
        if (batch_failure_)
            std::rethrow_exception(std::exchange(batch_failure_, nullptr));
    }
    // All that can be done now.
    void turn()
    {
        loop.restart();
        loop.poll();
    }
    // The source answers what it was asked.
    void tell_now()
    {
        tells = telling::at_once;
        told_.cancel();
        turn();
    }
    bool pulling_waits() const { return !batch_ended_; }
    // From where it asks for, as after a connect; again if it asks again. No more if it waits.
    void give_rest(const std::vector<source_event>& log, std::size_t up_to = SIZE_MAX)
    {
        for (std::size_t i = place_in(log); i < std::min(log.size(), up_to) && batch_ended_; ++i) {
            give(log[i]);
            if (!std::exchange(asked_again_, false))
                continue;
            connect();
            give_format(log);
            i = place_in(log) - 1;
        }
    }
    resume_place where(const std::vector<source_event>& log) const
    {
        const resume_place place = tested->where();
        const auto file = std::ranges::find(log, place.log.file, &source_event::file);
        if (place.format_timestamp != 0 && file != log.end())
            EXPECT_EQ(place.format_timestamp, protocol::load_event_header(file->bytes).timestamp)
                << "another file: " << place.log.file;
        return place;
    }
    // A dump that begins in mid-file.
    void give_format(const std::vector<source_event>& log)
    {
        const resume_place place = where(log);
        const auto file = std::ranges::find(log, place.log.file, &source_event::file);
        if (place.position == protocol::first_position || file == log.end())
            return;
        byte_buffer copy = file->bytes;
        protocol::store(copy.data() + protocol::event_end_log_pos_offset, std::uint32_t{0});
        protocol::seal(copy, protocol::checksum::crc32);
        const auto parsed = protocol::parse_event(copy, protocol::checksum::crc32);
        ASSERT_TRUE(parsed);
        tested->on_event(
            {upstream_event_kind::format_copy,
             place.log,
             place.position,
             protocol::checksum::crc32,
             *parsed}
        );
    }
    std::size_t place_in(const std::vector<source_event>& log) const
    {
        const resume_place place = where(log);
        if (place.fresh)
            return 0;
        for (std::size_t i = 0; i < log.size(); ++i)
            if (log[i].file == place.log.file && log[i].position == place.position)
                return i;
        // A place behind a file's last event is in front of the next file.
        for (std::size_t i = log.size(); i-- > 0;)
            if (log[i].file == place.log.file) {
                EXPECT_EQ(log[i].position + log[i].bytes.size(), place.position);
                return i + 1;
            }
        ADD_FAILURE() << "no such place: " << place.log.file << ":" << place.position;
        return log.size();
    }
    program_status status() const
    {
        program_status all;
        tested->describe(all);
        return all;
    }
    std::optional<std::string> say(const resume_request& word)
    {
        auto answer = std::async(std::launch::async, [&] { return tested->resume(word); });
        while (answer.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
            turn();
        return answer.get();
    }
    // As at the end of the program.
    void close()
    {
        if (!tested)
            return;
        stop_.emit(asio::cancellation_type::all);
        tasks.cancel();
        turn();
        tested->close();
        tested.reset();
        turn();
    }
    std::string lines() const { return said_.str(); }
    std::vector<rewrite::decision> decisions() { return log_.decisions().decisions(); }

private:
    static asio::awaitable<rewrite::facts>
    tell(process* of, rewrite::table_name table, source_log followed)
    {
        if (of->tells == telling::later)
            co_await of->told_.async_wait(no_throw);
        if (of->tells == telling::fails)
            throw std::runtime_error("connection refused");
        rewrite::facts answer{.table = table};
        answer.create_table = "CREATE TABLE `t` (\n  `id` int NOT NULL,\n  PRIMARY KEY (`id`)\n) "
                              "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci";
        EXPECT_EQ(protocol::to_text(followed.uuid), source_uuid);
        followed.file = "b.000001";
        answer.fence = followed.at(4);
        co_return answer;
    }

    std::ostringstream said_;
    spdlog::logger lines_;
    fold_config fold_;
    store log_;
    facts_board board_;

public:
    asio::io_context loop{1};
    task_group tasks;
    std::unique_ptr<ingest> tested;

private:
    asio::steady_timer told_;
    asio::cancellation_signal stop_;
    bool batch_ended_ = true;
    bool asked_again_ = false;  // since give_rest() looked
    std::exception_ptr batch_failure_;
};

// What consumers can have been given: size and checksum of each clean file.
std::map<std::string, std::pair<std::size_t, std::uint32_t>>
clean_files(const std::filesystem::path& folder)
{
    std::map<std::string, std::pair<std::size_t, std::uint32_t>> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with("b.") || name.ends_with(".map"))
            continue;
        const byte_buffer bytes = tests::read_file(entry.path());
        files[name] = {bytes.size(), protocol::crc32(bytes)};
    }
    return files;
}

std::map<std::string, std::pair<std::size_t, std::uint32_t>>
undisturbed(const std::vector<source_event>& log)
{
    const tests::temp_folder folder;
    {
        process one(folder.path());
        one.connect();
        one.give_rest(log);
    }
    return clean_files(folder.path());
}

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
    ASSERT_EQ(one.decisions().size(), 1U);
    EXPECT_EQ(one.decisions()[0].ruling.what, rewrite::outcome::fold);
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
                EXPECT_EQ(one.status().phase, program_phase::disk_full);
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
            EXPECT_NE(one.lines().find("store: the disk is full"), std::string::npos);
            EXPECT_FALSE(std::filesystem::exists(folder / "b.1000000002"));
        }
        while (one.pulling_waits())
            one.turn();
        EXPECT_NE(one.lines().find("there is room again"), std::string::npos);
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

std::vector<source_event> log_that_stops()
{
    tool_log first = begin_of_file();
    first.gh_ost_begins().change("t").ddl("GRANT SELECT ON d1._t_gho TO x").change("t");
    return events_of({first});
}

TEST(Ingest, StopsUntilAnOperatorSaysHow)
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
std::map<std::string, std::pair<std::size_t, std::uint32_t>>
with_the_stop_ended(const std::vector<source_event>& log)
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

TEST(Ingest, PullsOnIntoTheSpoolWhilePublishingIsStopped)
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
TEST(Ingest, AsksForTheRightFileInEachStop)
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
TEST(Ingest, GoesOnFromTheSpoolAfterARestartInAStop)
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

TEST(Ingest, PullingWaitsWhereTheSpoolIsFull)
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

TEST(Ingest, MakesTheSameLogWhicheverCallOfTheDiskIsRefusedInAStop)
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

TEST(Ingest, StopsAgainAtTheSamePlaceAfterARestart)
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
