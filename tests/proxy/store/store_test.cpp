#include "proxy/store/store.hpp"
#include "tests/proxy/store/store_feed.hpp"
#include "tests/support/files.hpp"
#include "tests/support/temp_folder.hpp"

#include <gtest/gtest.h>

namespace proxy {
namespace {

using protocol::byte_buffer;
using protocol::byte_view;
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
    EXPECT_TRUE(log.open().fresh);
    store_feed feed(log);
    feed.begin("mysql-bin.000123");
    const event_builder events = transactions(1, 9);
    feed.pass(events);
    EXPECT_EQ(log.published().end(), 0U);
    log.flush();
    EXPECT_EQ(tests::read_file(folder / "mysql-bin.1000000123"), events.file());
    EXPECT_EQ(log.published().end(), events.file().size());
    EXPECT_EQ(log.published().committed_end(), events.file().size());
    EXPECT_EQ(log.published().executed(), gtids(events, 1, 9));
    EXPECT_EQ(log.stored_bytes(), events.file().size());
}

TEST(Store, ShowsAFileOnlyWithItsHead)
{
    const tests::temp_folder folder;
    store log(in_folder(folder.path()), silent_log());
    log.open();
    store_feed feed(log);
    feed.begin("b.000001");
    const event_builder events = transactions(6, 9);
    feed.pass(events.events(), 0, 1);
    log.flush();
    EXPECT_TRUE(log.published().files()->files.empty());
    feed.pass(events.events(), 1, 2);
    log.flush();
    ASSERT_EQ(log.published().files()->files.size(), 1U);
    EXPECT_EQ(log.published().files()->files[0].previous_gtids, gtids(events, 1, 5));
    EXPECT_EQ(log.published().executed(), gtids(events, 1, 5));
}

TEST(Store, PublishesPartsOfATransactionButCommitsItAtItsEnd)
{
    const tests::temp_folder folder;
    store log(in_folder(folder.path()), silent_log());
    log.open();
    store_feed feed(log);
    feed.begin("b.000001");
    const std::vector<byte_buffer> events = transactions(1, 1).events();
    feed.pass(events, 0, 5);
    rewrite::outputs out;
    out.list.emplace_back(rewrite::may_publish{});
    log.apply(out);
    log.flush();
    EXPECT_EQ(log.published().end(), log.clean_end());
    EXPECT_EQ(log.published().committed_end(), 4 + events[0].size() + events[1].size());
    EXPECT_TRUE(log.published().executed().empty());
}

TEST(Store, CountsFilesUpwardsAboveTheSourcesNumbers)
{
    const tests::temp_folder folder;
    store log(in_folder(folder.path()), silent_log());
    log.open();
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
    log.flush();
    const auto list = log.published().files();
    ASSERT_EQ(list->files.size(), 2U);
    EXPECT_EQ(list->files[1].name, "b.1000000006");
    EXPECT_EQ(list->files[1].base, transactions(1, 2).file().size());
}

TEST(Store, RefusesASecondProgramInItsFolder)
{
    const tests::temp_folder folder;
    store first(in_folder(folder.path()), silent_log());
    first.open();
    store second(in_folder(folder.path()), silent_log());
    EXPECT_THROW(second.open(), store_error);
}

TEST(Store, RefusesANewFileInsideATransaction)
{
    const tests::temp_folder folder;
    store log(in_folder(folder.path()), silent_log());
    log.open();
    store_feed feed(log);
    feed.begin("b.000001");
    feed.pass(transactions(1, 1).events(), 0, 4);
    EXPECT_THROW(feed.begin("b.000002"), store_error);
}

}  // namespace
}  // namespace proxy
