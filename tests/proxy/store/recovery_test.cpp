#include "proxy/store/recovery.hpp"
#include "tests/proxy/store/store_feed.hpp"
#include "tests/support/files.hpp"
#include "tests/support/temp_folder.hpp"

#include <gtest/gtest.h>

namespace proxy {
namespace {

using protocol::byte_buffer;
using protocol::byte_view;
using tests::done;
using tests::event_builder;
using tests::in_folder;
using tests::silent_log;
using tests::store_feed;

constexpr std::uint64_t small_tail = 300;  // so that transactions spill

// The source: two files. Every third transaction also writes a hidden table.
std::vector<std::vector<byte_buffer>> source_log()
{
    std::vector<std::vector<byte_buffer>> files;
    std::uint64_t number = 1;
    for (const std::string next : {"b.000002", "b.000003"}) {
        event_builder log;
        protocol::gtid_set before;
        for (std::uint64_t i = 1; i < number; ++i)
            before.add({.source = log.source, .tag = {}, .number = i});
        log.format().previous_gtids(before);
        for (const std::uint64_t last = number + 7; number < last; ++number) {
            log.gtid(number).begin().table_map(7, "d", "t").write_rows(7, 1);
            if (number % 3 == 0)
                log.table_map(8, "d", "hidden").write_rows(8, 1, byte_buffer(200, 1));
            log.write_rows(7, 1, byte_buffer(100 * number, 7)).xid(number);
        }
        log.rotate(next);
        files.push_back(log.events());
    }
    return files;
}

bool is_hidden(const byte_buffer& event)
{
    const auto type = protocol::load_event_header(event).type;
    return (type == protocol::event_type::table_map || type == protocol::event_type::write_rows) &&
           event[protocol::event_header_size] == 8;
}

// Pulls the source's log into a store from where the store says. The state of its "rewriter" is the
// number of the next event.
class pull
{
public:
    explicit pull(const std::filesystem::path& folder, std::uint64_t tail = small_tail)
        : log(in_folder(folder, tail), silent_log())
        , feed_(log)
    {
        from = done(log.open());
        if (from.fresh)
            return;
        feed_.resume(from);
        file_ = rewrite::file_number(from.pull_from.file) - 1;
        if (!from.rewriter_state.empty())
            event_ = protocol::load_le(from.rewriter_state);
    }

    // One event and a flush, and a checkpoint as soon as there may be one. False at the end.
    bool step(bool checkpoint = false)
    {
        if (file_ == source_.size())
            return false;
        const auto& events = source_[file_];
        if (event_ == 0)
            feed_.begin(fmt::format("b.{:06}", file_ + 1));
        const byte_buffer& event = events[event_];
        const auto type = protocol::load_event_header(event).type;
        inside_ |= type == protocol::event_type::gtid;
        const bool ends = !inside_ || type == protocol::event_type::xid;
        if (is_hidden(event))
            feed_.event(event, std::nullopt, false);
        else
            feed_.event(event, byte_view(event), ends);
        if (ends)
            inside_ = false;
        done(log.flush());
        if (++event_ == events.size()) {
            ++file_;
            event_ = 0;
        }
        save_due_ |= checkpoint;
        if (save_due_ && !inside_) {
            save();
            save_due_ = false;
        }
        return true;
    }
    void finish()
    {
        while (step()) {
        }
    }
    void save()
    {
        byte_buffer state;
        protocol::writer(state).u64(event_);
        rewrite::coordinate at = feed_.at();
        if (event_ == 0)
            at = {1, fmt::format("b.{:06}", file_ + 1), 4};
        done(log.save_checkpoint(at, state));
    }

    store log;
    resume_point from;

private:
    store_feed feed_;
    std::vector<std::vector<byte_buffer>> source_ = source_log();
    std::size_t file_ = 0;
    std::size_t event_ = 0;
    bool inside_ = false;
    bool save_due_ = false;
};

struct outcome
{
    byte_buffer first;
    byte_buffer second;
    byte_buffer first_map;
    protocol::gtid_set executed;
    std::uint64_t end = 0;
    bool operator==(const outcome&) const = default;
};
outcome outcome_of(pull& done, const std::filesystem::path& folder)
{
    return {
        .first = tests::read_file(folder / "b.1000000001"),
        .second = tests::read_file(folder / "b.1000000002"),
        .first_map = tests::read_file(folder / "b.1000000001.map"),
        .executed = done.log.published().executed(),
        .end = done.log.published().end(),
    };
}
outcome undisturbed()
{
    const tests::temp_folder folder;
    pull all(folder.path());
    all.finish();
    return outcome_of(all, folder.path());
}

// The folder as kill -9 leaves it at this moment.
void copy_folder(const std::filesystem::path& from, const std::filesystem::path& to)
{
    std::filesystem::remove_all(to);
    std::filesystem::create_directories(to);
    for (const auto& file : std::filesystem::directory_iterator(from))
        std::filesystem::copy(file.path(), to / file.path().filename());
}

class KilledAfterEveryEvent : public testing::TestWithParam<int>
{};
// Checkpoint after every n-th event that may have one.
INSTANTIATE_TEST_SUITE_P(Checkpoints, KilledAfterEveryEvent, testing::Values(1, 4, 1000));

TEST_P(KilledAfterEveryEvent, EndsWithTheSameLogAndTakesNothingBack)
{
    const outcome expected = undisturbed();
    const tests::temp_folder folder;
    pull running(folder / "running");
    for (int step = 0; running.step(step % GetParam() == GetParam() - 1); ++step) {
        SCOPED_TRACE(step);
        copy_folder(folder / "running", folder / "copy");
        const std::uint64_t end = running.log.published().end();
        const auto executed = running.log.published().executed();

        pull again(folder / "copy");
        ASSERT_EQ(again.log.published().end(), end);
        ASSERT_EQ(again.log.published().executed(), executed);
        ASSERT_EQ(
            again.log.published().files()->files.size(),
            running.log.published().files()->files.size()
        );
        ASSERT_EQ(again.from.fresh, end == 0);
        ASSERT_EQ(again.log.replaying(), again.from.replaying);
        again.finish();
        ASSERT_FALSE(again.log.replaying());
        ASSERT_TRUE(outcome_of(again, folder / "copy") == expected);
    }
}

TEST(Recovery, SurvivesASecondKillDuringTheReplay)
{
    const outcome expected = undisturbed();
    const tests::temp_folder folder;
    pull running(folder / "running");
    for (int i = 0; i < 60; ++i)
        running.step(i < 10);
    for (int steps = 1; steps < 60; steps += 5) {
        SCOPED_TRACE(steps);
        copy_folder(folder / "running", folder / "copy");
        {
            pull first(folder / "copy");
            ASSERT_TRUE(first.from.replaying);
            for (int i = 0; i < steps; ++i)
                first.step(i % 7 == 0);
            ASSERT_GE(first.log.published().end(), running.log.published().end());
            copy_folder(folder / "copy", folder / "copy2");
        }
        pull second(folder / "copy2");
        ASSERT_GE(second.log.published().end(), running.log.published().end());
        second.finish();
        ASSERT_TRUE(outcome_of(second, folder / "copy2") == expected);
    }
}

TEST(Recovery, SavesWhatWasAskedToBeSavedAtItsEnd)
{
    const tests::temp_folder folder;
    std::uint64_t end = 0;
    {
        store_options options = in_folder(folder.path());
        options.sync_interval = std::chrono::hours(1);
        store log(options, silent_log());
        done(log.open());
        store_feed feed(log);
        feed.begin("b.000001");
        feed.pass(source_log()[0], 0, 8);
        done(log.save_checkpoint(feed.at(), byte_buffer{1, 2, 3}));
        end = log.published().end();
    }
    store log(in_folder(folder.path()), silent_log());
    const resume_point from = done(log.open());
    EXPECT_EQ(from.rewriter_state, (byte_buffer{1, 2, 3}));
    EXPECT_EQ(from.clean_end, end);
    EXPECT_FALSE(from.replaying);
    EXPECT_EQ(from.identity.log.file, "b.000001");
    EXPECT_EQ(from.identity.format_timestamp, 77U);
}

// The end of a machine: what was not synced may be missing, torn or zero.
class AfterPowerLoss : public testing::Test
{
protected:
    AfterPowerLoss()
    {
        pull running(folder / "running");
        for (int i = 0; i < 58; ++i)
            running.step(i == 20);
        copy_folder(folder / "running", folder / "copy");
        end_ = running.log.published().end();
    }
    void expect_recovery()
    {
        pull again(folder / "copy");
        EXPECT_LT(again.log.published().end(), end_);
        again.finish();
        EXPECT_TRUE(outcome_of(again, folder / "copy") == undisturbed());
    }

    tests::temp_folder folder;
    std::filesystem::path first = folder / "copy" / "b.1000000001";
    std::filesystem::path second = folder / "copy" / "b.1000000002";
    std::uint64_t end_ = 0;
};

TEST_F(AfterPowerLoss, DerivesATornEventAnew)
{
    std::filesystem::resize_file(second, std::filesystem::file_size(second) - 3);
    expect_recovery();
}

TEST_F(AfterPowerLoss, DerivesAnewWhatAreZerosNow)
{
    const auto size = std::filesystem::file_size(second);
    std::filesystem::resize_file(second, size - 300);
    std::filesystem::resize_file(second, size);
    expect_recovery();
}

TEST_F(AfterPowerLoss, MakesAFileWithoutAHeadAnew)
{
    std::filesystem::resize_file(second, 0);
    expect_recovery();
}

TEST_F(AfterPowerLoss, DropsFilesBehindATornOne)
{
    std::filesystem::resize_file(first, std::filesystem::file_size(first) - 3);
    expect_recovery();
}

TEST_F(AfterPowerLoss, DropsAnEventWhoseChecksumIsWrong)
{
    const auto file = value_of(real_disk().open(second, open_as::writing));
    done(file->write(byte_buffer{0x55}, std::filesystem::file_size(second) - 20));
    expect_recovery();
}

TEST_F(AfterPowerLoss, GoesOnAtTheCheckpointIfThePublishedEndIsLost)
{
    std::filesystem::remove(folder / "copy" / "published");
    expect_recovery();
}

TEST_F(AfterPowerLoss, ComparesEvenAMapThatIsLost)
{
    std::filesystem::remove(folder / "copy" / "b.1000000001.map");
    pull again(folder / "copy");
    again.finish();
    EXPECT_EQ(again.log.published().end(), undisturbed().end);
    EXPECT_EQ(tests::read_file(first), undisturbed().first);
}

TEST_F(AfterPowerLoss, SaysWhatIsWrongWhereSyncedBytesAreGone)
{
    const auto expect_damage = [this](const std::string& part) {
        try {
            pull again(folder / "copy");
            ADD_FAILURE() << "opened";
        } catch (const store_error& error) {
            EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
            EXPECT_NE(std::string(error.what()).find("start again"), std::string::npos);
        }
    };
    const byte_buffer index = tests::read_file(folder / "copy" / "index");
    const byte_buffer saved = tests::read_file(folder / "copy" / "checkpoint");
    const auto put = [this](const std::string& name, byte_view bytes) {
        done(replace_file(real_disk(), folder / "copy" / name, bytes));
    };

    put("checkpoint", byte_view(saved).first(saved.size() - 1));
    expect_damage("checkpoint");
    put("checkpoint", saved);
    put("index", byte_view(index).first(10));
    expect_damage("index");
    std::filesystem::remove(folder / "copy" / "index");
    expect_damage("index");
    put("index", index);
    std::filesystem::resize_file(first, 200);
    expect_damage("b.1000000001");
    std::filesystem::remove(first);
    expect_damage("b.1000000001");
}

// Two files, the checkpoint at the end of the second.
class OldFiles : public testing::Test
{
protected:
    OldFiles()
    {
        pull all(folder.path());
        all.finish();
        all.save();
    }
    std::string problem_at_start()
    {
        try {
            pull again(folder.path());
            return "";
        } catch (const store_error& error) {
            return error.what();
        }
    }

    tests::temp_folder folder;
    std::filesystem::path first = folder / "b.1000000001";
};

TEST_F(OldFiles, AreComparedWithTheIndexBySize)
{
    const auto size = std::filesystem::file_size(first);
    std::filesystem::resize_file(first, size - 1);
    EXPECT_NE(problem_at_start().find("and must have"), std::string::npos);
    std::filesystem::resize_file(first, size);
    EXPECT_EQ(problem_at_start(), "");
    std::filesystem::resize_file(first, size + 10);
    EXPECT_EQ(problem_at_start(), "");
    EXPECT_EQ(std::filesystem::file_size(first), size);
}

TEST_F(OldFiles, ThatRetentionRemovedBeforeACrashAreForgotten)
{
    std::filesystem::remove(first);
    pull again(folder.path());
    ASSERT_EQ(again.log.published().files()->files.size(), 1U);
    EXPECT_EQ(again.log.published().files()->files[0].name, "b.1000000002");
    EXPECT_FALSE(std::filesystem::exists(folder / "b.1000000001.map"));
}

TEST(Recovery, StopsWhereTheSourceSendsSomethingElseNow)
{
    const tests::temp_folder folder;
    {
        store log(in_folder(folder.path()), silent_log());
        done(log.open());
        store_feed feed(log);
        feed.begin("b.000001");
        feed.pass(source_log()[0], 0, 12);
        done(log.flush());
    }
    store log(in_folder(folder.path()), silent_log());
    const resume_point from = done(log.open());
    EXPECT_TRUE(from.replaying);
    EXPECT_EQ(from.pull_from, (rewrite::coordinate{1, "b.000001", 4}));
    EXPECT_TRUE(from.rewriter_state.empty());
    store_feed feed(log);
    EXPECT_THROW(feed.begin("b.000002"), store_error);
    feed.begin("b.000001");
    auto events = source_log()[0];
    events[5][30] ^= 1;
    feed.pass(events, 0, 12);
    EXPECT_THROW(done(log.flush()), store_error);
}

}  // namespace
}  // namespace proxy
