#include "proxy/transaction_tally.hpp"
#include "tests/support/event_builder.hpp"

#include <gtest/gtest.h>

namespace proxy {
namespace {

class TransactionTally : public testing::Test
{
protected:
    TransactionTally()
    {
        log.gtid(1).begin().table_map(7, "d1", "t").write_rows(7, 1).xid(1);
        events = log.events();
        tally.begin_at(4, protocol::checksum::crc32);
    }

    // The event with this number leaves as it is.
    void keep(std::size_t number)
    {
        rewrite::outputs made;
        made.list.emplace_back(rewrite::append{.event = events[number], .intact = true});
        take(made);
        end += events[number].size();
    }
    void cut_to(std::uint64_t offset)
    {
        rewrite::outputs made;
        made.list.emplace_back(rewrite::cut{offset});
        take(made);
        end = offset;
    }
    void commit(rewrite::commit done)
    {
        rewrite::outputs made;
        made.list.emplace_back(done);
        take(made);
    }
    void take(const rewrite::outputs& made) { tally.take(made); }

    enum event : std::uint8_t { gtid, begin, map, rows, xid };
    tests::event_builder log;
    std::vector<protocol::byte_buffer> events;
    std::uint64_t end = 4;
    transaction_tally tally;
};

TEST_F(TransactionTally, CountsWholeTransactions)
{
    for (const event one : {gtid, begin, map, rows})
        keep(one);
    EXPECT_EQ(tally.transactions(), 0u);
    keep(xid);
    commit({});
    EXPECT_EQ(tally.transactions(), 1u);
    EXPECT_EQ(tally.emptied(), 0u);
}

TEST_F(TransactionTally, OneOfWhichOnlyTheSkeletonIsLeftIsEmptied)
{
    for (const event one : {gtid, begin, xid})
        keep(one);
    commit({.touched = true});
    EXPECT_EQ(tally.transactions(), 1u);
    EXPECT_EQ(tally.emptied(), 1u);
}

TEST_F(TransactionTally, OneThatIsOnlyChangedIsNotEmptied)
{
    for (const event one : {gtid, begin, map, rows, xid})
        keep(one);
    commit({.touched = true});
    EXPECT_EQ(tally.emptied(), 0u);
}

TEST_F(TransactionTally, OneThatWasEmptyAtTheSourceWasNotEmptiedHere)
{
    for (const event one : {gtid, begin, xid})
        keep(one);
    commit({.touched = false});
    EXPECT_EQ(tally.emptied(), 0u);
}

TEST_F(TransactionTally, WhatIsTakenBackIsNotLeft)
{
    keep(gtid);
    keep(begin);
    const std::uint64_t skeleton = end;
    keep(map);
    keep(rows);
    cut_to(skeleton);
    keep(xid);
    commit({.touched = true});
    EXPECT_EQ(tally.emptied(), 1u);
}

TEST_F(TransactionTally, APartThatIsTakenBackLeavesTheRest)
{
    keep(gtid);
    keep(begin);
    keep(map);
    const std::uint64_t kept = end;
    keep(rows);
    cut_to(kept);
    keep(xid);
    commit({.touched = true});
    EXPECT_EQ(tally.emptied(), 0u);
}

TEST_F(TransactionTally, EventsOutsideOfTransactionsAreNone)
{
    tests::event_builder file;
    file.format().previous_gtids({});
    events = file.events();
    for (const std::size_t number : {0u, 1u}) {
        keep(number);
        commit({.touched = true});
    }
    EXPECT_EQ(tally.transactions(), 0u);
    EXPECT_EQ(tally.emptied(), 0u);
}

}  // namespace
}  // namespace proxy
