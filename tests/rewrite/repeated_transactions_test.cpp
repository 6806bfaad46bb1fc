#include "rewrite/repeated_transactions.hpp"
#include "tests/support/event_builder.hpp"

#include <gtest/gtest.h>

namespace rewrite {
namespace {

using protocol::byte_buffer;

// A log of these transactions of one server, and which of its events are skipped.
struct log_of
{
    tests::event_builder log;
    repeated_transactions tested;

    std::string skipped()
    {
        std::string seen;
        std::uint64_t position = 4;
        for (const byte_buffer& bytes : log.events()) {
            const auto event = protocol::parse_event(bytes, protocol::checksum::crc32);
            EXPECT_TRUE(event);
            seen += tested.skips({2, "b.000001", position}, *event) ? 's' : '.';
            position += bytes.size();
        }
        return seen;
    }
    std::uint64_t size() const
    {
        std::uint64_t all = 4;
        for (const byte_buffer& bytes : log.events())
            all += bytes.size();
        return all;
    }
};

protocol::gtid_set numbers(std::initializer_list<std::uint64_t> list)
{
    tests::event_builder log;
    protocol::gtid_set set;
    for (const std::uint64_t number : list)
        set.add({.source = log.source, .tag = {}, .number = number});
    return set;
}

TEST(RepeatedTransactions, AreToldApartOneByOneWhateverTheirOrder)
{
    log_of of;
    of.log.format().previous_gtids({});
    of.log.gtid(3).begin().table_map(7, "d", "t").write_rows(7, 1).xid(1);
    of.log.gtid(1).query("d", "CREATE TABLE a (i int)");
    of.log.gtid(2).begin().table_map(7, "d", "t").write_rows(7, 1).xid(2);
    of.tested.begin({.known = numbers({3, 2}), .stored = {}, .end = {2, "b.000002", 4}, .lost = {}}
    );
    EXPECT_EQ(of.skipped(), "..sssss..sssss");
    EXPECT_TRUE(of.tested.is_active());
}

TEST(RepeatedTransactions, AreNotSoughtBehindTheEnd)
{
    log_of of;
    of.log.format();
    of.log.gtid(1).begin().xid(1);
    const std::uint64_t end = of.size();
    of.log.gtid(1).begin().xid(1);
    of.tested.begin({.known = numbers({1}), .stored = {}, .end = {2, "b.000001", end}, .lost = {}});
    EXPECT_EQ(of.skipped(), ".sss...");
    EXPECT_FALSE(of.tested.is_active());
}

TEST(RepeatedTransactions, LostOnesAreSoughtForEver)
{
    log_of of;
    of.log.format();
    of.log.gtid(1).begin().xid(1);
    of.log.gtid(2).begin().xid(1);
    of.tested.begin(
        {.known = numbers({1, 2}), .stored = {}, .end = {2, "b.000001", 4}, .lost = numbers({2})}
    );
    EXPECT_EQ(of.skipped(), "....sss");
    EXPECT_TRUE(of.tested.is_active());
}

TEST(RepeatedTransactions, StoredOnesAreNotSkippedUntilTheyWereSeen)
{
    log_of of;
    of.log.gtid(1).begin().xid(1);
    of.log.gtid(1).begin().xid(1);
    of.tested.begin({.known = {}, .stored = numbers({1}), .end = {2, "b.000002", 4}, .lost = {}});
    EXPECT_TRUE(of.tested.is_stored({.source = of.log.source, .tag = {}, .number = 1}));
    EXPECT_EQ(of.skipped(), "......");
    of.tested.on_seen({.source = of.log.source, .tag = {}, .number = 1});
    EXPECT_FALSE(of.tested.has_stored());
    EXPECT_EQ(of.skipped(), "ssssss");
}

}  // namespace
}  // namespace rewrite
