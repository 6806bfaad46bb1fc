#include "proxy/store/event_walk.hpp"
#include "tests/support/event_builder.hpp"
#include "tests/support/temp_folder.hpp"

#include <gtest/gtest.h>

namespace proxy {
namespace {

using tests::event_builder;

struct border
{
    std::uint64_t at = 0;
    std::uint64_t gtid = 0;
    bool operator==(const border&) const = default;
};

// What a tracker says of a file with these events, with the number of the event before each border.
std::vector<border> borders(const event_builder& log)
{
    const tests::temp_folder folder;
    const auto bytes = log.file();
    const auto file = value_of(real_disk().open(folder / "b.1000000001", open_as::empty));
    EXPECT_TRUE(file->write(bytes, 0));
    event_walk events(
        *file,
        protocol::binlog_magic.size(),
        bytes.size(),
        protocol::checksum::crc32,
        walk_check::checksums
    );
    transaction_tracker tracker;
    std::vector<border> all;
    for (std::uint64_t number = 1;; ++number) {
        const auto event = events.next();
        if (!event)
            break;
        const auto step = tracker.on_event(*event, protocol::checksum::crc32);
        if (step.abandons)
            all.push_back({number - 1, tracker.ended().number});
        if (step.ends)
            all.push_back({number, step.abandons ? 0 : tracker.ended().number});
    }
    EXPECT_EQ(events.position(), bytes.size());
    return all;
}

TEST(TransactionTracker, FindsTheEndsOfTransactionsAndOfEventsOutsideThem)
{
    event_builder log;
    log.format().previous_gtids({});
    log.gtid(1).begin().table_map(7, "d", "t").write_rows(7, 1).xid(1);
    log.gtid(2).query("CREATE TABLE u (id int)").rotate("b.000002");
    EXPECT_EQ(borders(log), (std::vector<border>{{1, 0}, {2, 0}, {7, 1}, {9, 2}, {10, 0}}));
}

TEST(TransactionTracker, CountsATransactionThatTheSourceNeverFinished)
{
    event_builder log;
    log.format().gtid(1).begin().gtid(2).begin().xid(5).gtid(3).begin().rotate("b.000002");
    EXPECT_EQ(borders(log), (std::vector<border>{{1, 0}, {3, 1}, {6, 2}, {8, 3}, {9, 0}}));
}

TEST(TransactionTracker, TakesAQueryLargerThanABlockForAStatement)
{
    event_builder log;
    const std::string text = "INSERT INTO t VALUES ('" + std::string(300'000, 'x') + "')";
    log.gtid(1).begin().query(text).xid(5).gtid(2).query(text);
    EXPECT_EQ(borders(log), (std::vector<border>{{4, 1}, {6, 2}}));
}

}  // namespace
}  // namespace proxy
