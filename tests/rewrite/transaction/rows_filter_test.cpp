#include "rewrite/transaction/rows_filter.hpp"

#include <gtest/gtest.h>

namespace {

using rewrite::filter_step;
using rewrite::rows_filter;
constexpr std::uint16_t end = protocol::rows_end_of_statement;

TEST(RowsFilter, KeepsEverythingOfStatementsWithoutHiddenTables)
{
    rows_filter filter;
    EXPECT_TRUE(filter.on_table_map(1, false, 10).keep);
    EXPECT_TRUE(filter.on_rows({1, 0}, 20).keep);
    const filter_step step = filter.on_rows({1, end}, 30);
    EXPECT_TRUE(step.keep && step.kept_statement);
    EXPECT_FALSE(step.end_mark_at || step.cut_to);
    EXPECT_FALSE(filter.in_statement());
}

TEST(RowsFilter, MovesTheEndMarkToTheLastKeptRows)
{
    rows_filter filter;
    filter.on_table_map(1, false, 10);
    EXPECT_FALSE(filter.on_table_map(2, true, 20).keep);
    filter.on_rows({1, 0x10}, 20);
    EXPECT_FALSE(filter.on_rows({2, 0x10}, 30).keep);
    const filter_step step = filter.on_rows({2, 0x10 | end}, 30);
    EXPECT_FALSE(step.keep);
    EXPECT_EQ(step.end_mark_at, 20U);
    EXPECT_EQ(step.end_mark_flags, 0x10 | end);
    EXPECT_TRUE(step.kept_statement);
}

TEST(RowsFilter, TakesBackAStatementThatHasNoRowsLeftWithItsText)
{
    rows_filter filter;
    filter.on_lead(5);
    filter.on_table_map(1, false, 10);
    filter.on_table_map(2, true, 20);
    const filter_step step = filter.on_rows({2, end}, 20);
    EXPECT_EQ(step.cut_to, 5U);
    EXPECT_FALSE(step.kept_statement);
}

TEST(RowsFilter, ForgetsTableIdsWhereAStatementEnds)
{
    rows_filter filter;
    filter.on_table_map(2, true, 10);
    filter.on_rows({2, end}, 10);
    filter.on_table_map(2, false, 10);
    EXPECT_TRUE(filter.on_rows({2, end}, 20).keep);
}

TEST(RowsFilter, BelievesTheLastTableMapOfAnId)
{
    rows_filter filter;
    filter.on_table_map(2, true, 10);
    filter.on_table_map(2, false, 10);
    EXPECT_TRUE(filter.on_rows({2, end}, 20).keep);
}

TEST(RowsFilter, ADummyRowsEventEndsAStatementOfHiddenRows)
{
    for (const std::uint64_t dummy : {std::uint64_t{0xffffff}, std::uint64_t{0xffffffffffff}}) {
        rows_filter filter;
        filter.on_table_map(2, true, 10);
        EXPECT_FALSE(filter.on_rows({2, 0}, 10).keep);
        const filter_step step = filter.on_rows({dummy, end}, 10);
        EXPECT_FALSE(step.keep);
        EXPECT_EQ(step.cut_to, 10U);

        filter.on_table_map(1, false, 10);
        filter.on_table_map(2, true, 10);
        filter.on_rows({1, 0}, 20);
        filter.on_rows({2, 0}, 30);
        EXPECT_TRUE(filter.on_rows({dummy, end}, 30).keep);
    }
}

TEST(RowsFilter, HidesATextWithWhatStandsInFrontOfIt)
{
    rows_filter filter;
    filter.on_lead(7);
    const filter_step hidden = filter.on_text(true, 9);
    EXPECT_FALSE(hidden.keep);
    EXPECT_EQ(hidden.cut_to, 7U);
    const filter_step kept = filter.on_text(false, 9);
    EXPECT_TRUE(kept.keep && kept.kept_statement);
}

}  // namespace
