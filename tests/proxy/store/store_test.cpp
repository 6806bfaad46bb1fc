#include "proxy/store/store.hpp"
#include "tests/proxy/store/store_feed.hpp"
#include "tests/support/files.hpp"
#include "tests/support/temp_folder.hpp"

#include <csignal>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/resource.h>

namespace proxy {
namespace {

using protocol::byte_buffer;
using protocol::byte_view;
using tests::done;
using tests::event_builder;
using tests::in_folder;
using tests::silent_log;
using tests::store_feed;

protocol::gtid_set gtids(const event_builder& log, std::uint64_t first, std::uint64_t last)
{
    protocol::gtid_set set;
    for (std::uint64_t i = first; i <= last; ++i)
        set.add({.source = log.source, .tag = {}, .number = i});
    return set;
}

// A log of one file with these transactions.
event_builder transactions(std::uint64_t first, std::uint64_t last)
{
    event_builder log;
    log.format().previous_gtids(gtids(log, 1, first - 1));
    for (std::uint64_t i = first; i <= last; ++i)
        log.gtid(i).begin().table_map(7, "d", "t").write_rows(7, 1, byte_buffer(i, 7)).xid(i);
    return log;
}

TEST(Store, StoresAnUntouchedLogByteForByte)
{
    const tests::temp_folder folder;
    store log(in_folder(folder.path()), silent_log());
    EXPECT_TRUE(done(log.open()).fresh);
    store_feed feed(log);
    feed.begin("mysql-bin.000123");
    const event_builder events = transactions(1, 9);
    feed.pass(events);
    EXPECT_EQ(log.published().end(), 0U);
    done(log.flush());
    EXPECT_EQ(tests::read_file(folder / "mysql-bin.1000000123"), events.file());
    EXPECT_EQ(log.published().end(), events.file().size());
    EXPECT_EQ(log.published().executed(), gtids(events, 1, 9));
}

TEST(Store, DoesNotGoOnWithoutTheDecisionsThatMadeItsLog)
{
    const tests::temp_folder folder;
    {
        store log(in_folder(folder.path()), silent_log());
        done(log.open());
        store_feed feed(log);
        feed.begin("mysql-bin.000123");
        feed.pass(transactions(1, 2));
        done(log.flush());
    }
    for (const bool is_empty : {false, true}) {
        for (const char* name : {"ledger", "ledger-wal", "ledger-shm"})
            std::filesystem::remove(folder / name);
        if (is_empty)
            std::ofstream(folder / "ledger").flush();
        store log(in_folder(folder.path()), silent_log());
        try {
            static_cast<void>(log.open());
            FAIL() << "it goes on";
        } catch (const store_error& error) {
            EXPECT_NE(std::string(error.what()).find("ledger is gone or empty"), std::string::npos);
        }
        EXPECT_EQ(std::filesystem::exists(folder / "ledger"), is_empty) << "it makes none";
    }
}

TEST(Store, ShowsAFileOnlyWithItsHead)
{
    const tests::temp_folder folder;
    store log(in_folder(folder.path()), silent_log());
    done(log.open());
    store_feed feed(log);
    feed.begin("b.000001");
    const event_builder events = transactions(6, 9);
    feed.pass(events.events(), 0, 1);
    done(log.flush());
    EXPECT_TRUE(log.published().files()->files.empty());
    feed.pass(events.events(), 1, 2);
    done(log.flush());
    ASSERT_EQ(log.published().files()->files.size(), 1U);
    EXPECT_EQ(log.published().files()->before, gtids(events, 1, 5));
    EXPECT_EQ(log.published().executed(), gtids(events, 1, 5));
}

TEST(Store, PublishesATransactionAtItsEndOnly)
{
    const tests::temp_folder folder;
    store log(in_folder(folder.path()), silent_log());
    done(log.open());
    store_feed feed(log);
    feed.begin("b.000001");
    const std::vector<byte_buffer> events = transactions(1, 1).events();
    feed.pass(events, 0, 5);
    done(log.flush());
    const std::uint64_t border = 4 + events[0].size() + events[1].size();
    EXPECT_GT(log.clean_end(), border);
    EXPECT_EQ(log.published().end(), border);
    EXPECT_TRUE(log.published().executed().empty());
    feed.pass(events, 5);
    done(log.flush());
    EXPECT_EQ(log.published().end(), log.clean_end());
}

TEST(Store, CountsFilesUpwardsAboveTheSourcesNumbers)
{
    const tests::temp_folder folder;
    store log(in_folder(folder.path()), silent_log());
    done(log.open());
    EXPECT_EQ(log.next_file_name("mysql-bin.000123"), "mysql-bin.1000000123");
    EXPECT_EQ(log.next_file_name("a.b.999999"), "a.b.1000999999");
    // Behind another unghost.
    EXPECT_EQ(log.next_file_name("mysql-bin.1000000123"), "mysql-bin.2000000123");
    EXPECT_THROW(log.next_file_name("mysql-bin.2000000123"), store_error);
    EXPECT_THROW(log.next_file_name("mysql-bin"), store_error);
    EXPECT_THROW(log.next_file_name(".000001"), store_error);

    store_feed feed(log);
    feed.begin("b.000005");
    feed.pass(transactions(1, 2));
    EXPECT_EQ(log.next_file_name("b.000006"), "b.1000000006");
    EXPECT_EQ(log.next_file_name("b.000001"), "b.1000000006");  // the source began anew
    feed.begin("b.000005");                                     // the same file, split
    feed.pass(transactions(3, 4));
    done(log.flush());
    const auto list = log.published().files();
    ASSERT_EQ(list->files.size(), 2U);
    EXPECT_EQ(list->files[1].name, "b.1000000006");
    EXPECT_EQ(list->files[1].base, transactions(1, 2).file().size());
}

TEST(Store, RefusesASecondProgramInItsFolder)
{
    const tests::temp_folder folder;
    store first(in_folder(folder.path()), silent_log());
    done(first.open());
    store second(in_folder(folder.path()), silent_log());
    EXPECT_THROW(done(second.open()), store_error);
}

TEST(Store, RefusesANewFileInsideATransaction)
{
    const tests::temp_folder folder;
    store log(in_folder(folder.path()), silent_log());
    done(log.open());
    store_feed feed(log);
    feed.begin("b.000001");
    feed.pass(transactions(1, 1).events(), 0, 4);
    EXPECT_THROW(feed.begin("b.000002"), store_error);
}

TEST(Store, RefusesACheckpointInsideATransaction)
{
    const tests::temp_folder folder;
    store log(in_folder(folder.path()), silent_log());
    done(log.open());
    store_feed feed(log);
    feed.begin("b.000001");
    feed.pass(transactions(1, 1).events(), 0, 4);
    EXPECT_THROW(done(log.save_checkpoint(feed.at(), {})), store_error);
}

// Three files; a checkpoint in the last one.
class Retention : public testing::Test
{
protected:
    void fill(store& log)
    {
        done(log.open());
        store_feed feed(log);
        for (const std::string file : {"b.000001", "b.000002", "b.000003"}) {
            feed.begin(file);
            feed.pass(transactions(1, 9));
            done(log.flush());
        }
        done(log.save_checkpoint(feed.at(), {}));
    }
    static std::vector<std::string> names(store& log)
    {
        std::vector<std::string> all;
        for (const auto& file : log.published().files()->files)
            all.push_back(file.name);
        return all;
    }
    std::uint64_t one() const { return transactions(1, 9).file().size(); }

    tests::temp_folder folder;
};

TEST_F(Retention, RemovesTheOldestFilesAboveTheSize)
{
    store_options options = in_folder(folder.path());
    options.retention_bytes = 2 * one();
    {
        store log(options, silent_log());
        fill(log);
        log.remove_old_files({});
        EXPECT_EQ(names(log), (std::vector<std::string>{"b.1000000002", "b.1000000003"}));
        EXPECT_EQ(log.published().end(), 3 * one());
        EXPECT_FALSE(std::filesystem::exists(folder / "b.1000000001"));
        EXPECT_FALSE(std::filesystem::exists(folder / "b.1000000001.map"));
    }
    store again(options, silent_log());
    EXPECT_FALSE(done(again.open()).fresh);
    EXPECT_EQ(names(again), (std::vector<std::string>{"b.1000000002", "b.1000000003"}));
    EXPECT_EQ(again.next_file_name("b.000004"), "b.1000000004");
}

TEST_F(Retention, RemovesOldFilesButNeverTheLast)
{
    store_options options = in_folder(folder.path());
    options.retention_age = std::chrono::hours(25);
    store log(options, silent_log());
    done(log.open());
    store_feed feed(log);
    const std::uint32_t day = 24 * 3600;
    for (std::uint32_t i = 1; i <= 3; ++i) {
        event_builder events;
        events.timestamp = 40 * 365 * day + i * day;
        events.format().previous_gtids({});
        feed.begin(fmt::format("b.00000{}", i), 1, true, events.timestamp);
        feed.pass(events);
        done(log.flush());
    }
    done(log.save_checkpoint(feed.at(), {}));
    log.remove_old_files({});
    EXPECT_EQ(names(log).size(), 3U);  // the first ended a day ago
    event_builder later;
    later.timestamp = 40 * 365 * day + 9 * day;
    later.gtid(1).begin().xid(1);
    feed.pass(later);
    log.remove_old_files({});
    EXPECT_EQ(names(log).size(), 3U);  // a jump of the source's clock: see retention_test
}

TEST_F(Retention, SaysWhichConsumersLostWhatTheyDidNotRead)
{
    store_options options = in_folder(folder.path());
    options.retention_bytes = 1;
    store log(options, silent_log());
    fill(log);
    const std::vector<log_place> readers = {
        {.session = 7, .name = "slow", .offset = 2 * one() - 1},
        {.session = 8, .name = "fast", .offset = 2 * one()},
    };
    const retention_report report = log.remove_old_files(readers);
    EXPECT_EQ(names(log), (std::vector<std::string>{"b.1000000003"}));
    EXPECT_EQ(report.removed, 2U);
    ASSERT_EQ(report.overtaken.size(), 1U);
    EXPECT_EQ(report.overtaken[0].session, 7U);
}

TEST_F(Retention, KeepsWhatARestartNeeds)
{
    store_options options = in_folder(folder.path());
    options.retention_bytes = 1;
    store log(options, silent_log());
    done(log.open());
    store_feed feed(log);
    feed.begin("b.000001");
    feed.pass(transactions(1, 9));
    feed.begin("b.000002");
    feed.pass(transactions(10, 12));
    done(log.flush());
    log.remove_old_files({});
    EXPECT_EQ(names(log).size(), 2U);
    done(log.save_checkpoint(feed.at(), {}));
    log.remove_old_files({});
    EXPECT_EQ(names(log).size(), 1U);
}

TEST_F(Retention, LeavesNoFileThatACrashKept)
{
    store_options options = in_folder(folder.path());
    options.retention_bytes = 1;
    {
        store log(options, silent_log());
        fill(log);
        std::filesystem::copy(folder / "b.1000000001", folder / "kept");
        log.remove_old_files({});
    }
    std::filesystem::rename(folder / "kept", folder / "b.1000000001");
    store again(options, silent_log());
    done(again.open());
    EXPECT_FALSE(std::filesystem::exists(folder / "b.1000000001"));
    EXPECT_TRUE(std::filesystem::exists(folder / "b.1000000003"));
}

// A file system that is full: files cannot grow beyond a limit. Ends with the object.
class full_disk
{
public:
    explicit full_disk(std::uint64_t limit)
    {
        std::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit small{.rlim_cur = limit, .rlim_max = before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &small);
    }
    ~full_disk() { ::setrlimit(RLIMIT_FSIZE, &before_); }
    full_disk(const full_disk&) = delete;
    full_disk& operator=(const full_disk&) = delete;

private:
    rlimit before_{};
};

class FullDisk : public testing::TestWithParam<std::uint64_t>
{};
// With the tail in memory, and with one that wants to go to the file.
INSTANTIATE_TEST_SUITE_P(Tail, FullDisk, testing::Values(1U << 20, 100));

TEST_P(FullDisk, LosesNothingAndGoesOnWhenThereIsRoom)
{
    const tests::temp_folder folder;
    store log(in_folder(folder.path(), GetParam()), silent_log());
    done(log.open());
    store_feed feed(log);
    feed.begin("b.000001");
    const std::vector<byte_buffer> events = transactions(1, 30).events();
    feed.pass(events, 0, 40);
    done(log.flush());
    const std::uint64_t end = log.published().end();
    {
        const full_disk full(end + 150);
        feed.pass(events, 40, 80);
        EXPECT_FALSE(log.flush());
        EXPECT_EQ(log.published().end(), end);
        EXPECT_FALSE(log.flush());
        feed.pass(events, 80, 100);
        EXPECT_FALSE(log.flush());
    }
    feed.pass(events, 100);
    done(log.flush());
    EXPECT_EQ(tests::read_file(folder / "b.1000000001"), transactions(1, 30).file());
    EXPECT_EQ(log.published().end(), transactions(1, 30).file().size());
    EXPECT_EQ(log.published().executed(), gtids(event_builder(), 1, 30));
}

TEST(FullDisk, MayBeginItsNextFileLater)
{
    const tests::temp_folder folder;
    store log(in_folder(folder.path()), silent_log());
    done(log.open());
    store_feed feed(log);
    feed.begin("b.000001");
    feed.pass(transactions(1, 2));
    done(log.flush());
    {
        const full_disk full(30);
        EXPECT_THROW(feed.begin("b.000002"), std::runtime_error);
        EXPECT_THROW(feed.begin("b.000002"), std::runtime_error);
    }
    feed.begin("b.000002");
    feed.pass(transactions(3, 4));
    done(log.flush());
    ASSERT_EQ(log.published().files()->files.size(), 2U);
    EXPECT_EQ(tests::read_file(folder / "b.1000000002"), transactions(3, 4).file());
}

}  // namespace
}  // namespace proxy
