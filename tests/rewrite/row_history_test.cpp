#include "rewrite/row_history.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rewrite;

constexpr std::uint64_t table = 7;

coordinate at(std::uint64_t position, const char* file = "b.000001")
{
    return {1, file, position};
}

protocol::gtid id(std::uint64_t number)
{
    return {.source = {1}, .tag = {}, .number = number};
}

snapshot_place place(std::uint64_t up_to, coordinate end)
{
    snapshot_place made{.executed = {}, .end = std::move(end)};
    for (std::uint64_t number = 1; number <= up_to; ++number)
        made.executed.add(id(number));
    return made;
}

TEST(RowHistory, KnowsWhatASnapshotShowsOfATableThatNobodyChanged)
{
    EXPECT_EQ(row_history().changed_at(table, place(0, at(900)), 3), 3);
}

TEST(RowHistory, TellsTheChangesUpToAPlace)
{
    row_history history;
    history.add(table, at(100), id(1), 5, 5);
    history.add(table, at(200), id(2), -1, 4);
    history.add(table, at(50, "b.000002"), id(3), 2, 6);
    EXPECT_EQ(history.changed_at(table, place(0, at(99)), 6), 0);
    EXPECT_EQ(history.changed_at(table, place(1, at(100)), 6), 5);
    EXPECT_EQ(history.changed_at(table, place(1, at(199)), 6), 5);
    EXPECT_EQ(history.changed_at(table, place(2, at(4, "b.000002")), 6), 4);
    EXPECT_EQ(history.changed_at(table, place(3, at(60, "b.000002")), 6), 6);
}

// Logged before the snapshot's end, and not told to be executed: seen, or not.
TEST(RowHistory, DoesNotTellWhatMayBeSeen)
{
    row_history history;
    history.add(table, at(100), id(1), 5, 5);
    history.add(table, at(200), id(2), 1, 6);
    EXPECT_FALSE(history.changed_at(table, place(0, at(100)), 6));
    EXPECT_FALSE(history.changed_at(table, place(1, at(200)), 6));
    EXPECT_TRUE(history.changed_at(table, place(1, at(150)), 6));
}

TEST(RowHistory, BeginsWhereItWasWhenTheFirstChangeCame)
{
    row_history history;  // after a restart
    history.add(table, at(100), id(9), 1, 42);
    EXPECT_EQ(history.changed_at(table, place(8, at(50)), 42), 41);
}

TEST(RowHistory, ForgetsTheOldestAndSaysSo)
{
    row_history history;
    for (std::uint64_t i = 1; i <= max_row_history + 2; ++i)
        history.add(table, at(i * 10), id(i), 1, static_cast<std::int64_t>(i));
    const auto last = static_cast<std::int64_t>(max_row_history + 2);
    EXPECT_EQ(history.changed_at(table, place(max_row_history + 2, at(1U << 20)), last), last);
    EXPECT_FALSE(history.changed_at(table, place(1, at(10)), last));
    EXPECT_EQ(history.changed_at(table, place(2, at(20)), last), 2);
    snapshot_place lacks = place(max_row_history + 2, at(1U << 20));
    protocol::gtid_set first;
    first.add(id(1));
    lacks.executed.subtract(first);
    EXPECT_FALSE(history.changed_at(table, lacks, last)) << "a forgotten one may not be seen yet";
}

TEST(RowHistory, KeepsTheTablesThatAwaitACount)
{
    row_history history;
    history.add(table, at(100), id(1), 1, 1);
    history.add(8, at(200), id(2), 1, 1);
    history.keep_only([](std::uint64_t one) { return one == 8; });
    EXPECT_EQ(history.changed_at(table, place(0, at(200)), 5), 5);
    EXPECT_FALSE(history.changed_at(8, place(0, at(200)), 5));
}

}  // namespace
