#include "proxy/source/next_source.hpp"

#include <gtest/gtest.h>

namespace proxy {
namespace {

constexpr const char* their_uuid = "11111111-2222-3333-4444-555555555555";

protocol::gtid_set gtids(const std::string& numbers)
{
    return *protocol::parse_gtid_set(
        numbers.empty() ? "" : std::string(their_uuid) + ":" + numbers
    );
}

taken_gtids had(const std::string& stored, const std::string& applied)
{
    return {.stored = gtids(stored), .applied = gtids(applied), .gtid_mode = "ON"};
}

next_source server(const std::string& executed, const std::string& purged = "")
{
    next_source made{.executed = gtids(executed)};
    made.facts.gtid_mode = "ON";
    made.facts.gtid_purged = gtids(purged);
    return made;
}

follow_refusal refusal_of(const taken_gtids& taken, next_source& at, bool despite_loss = false)
{
    judge_next_source("db2:3306", taken, despite_loss, at);
    EXPECT_EQ(at.text.empty(), at.refused == follow_refusal::none);
    return at.refused;
}

TEST(NextSource, IsAcceptedIfItHasAllAndHasPurgedNothingThatIsMissing)
{
    next_source equal = server("1-10", "1-10");
    EXPECT_EQ(refusal_of(had("1-10", "1-10"), equal), follow_refusal::none);
    next_source ahead = server("1-30", "1-10");
    EXPECT_EQ(refusal_of(had("1-10", "1-10"), ahead), follow_refusal::none);
}

TEST(NextSource, IsRefusedWithExactlyWhatItLacks)
{
    next_source behind = server("1-5:8-20");
    EXPECT_EQ(refusal_of(had("1-10", "1-10"), behind), follow_refusal::source_lacks);
    EXPECT_EQ(behind.gtids, gtids("6-7"));
    EXPECT_NE(behind.text.find(std::string(their_uuid) + ":6-7"), std::string::npos) << behind.text;
}

TEST(NextSource, IsFollowedDespiteALossByWordAlone)
{
    next_source behind = server("1-5");
    EXPECT_EQ(refusal_of(had("1-10", "1-10"), behind, true), follow_refusal::none);
    EXPECT_EQ(behind.lost, gtids("6-10"));
}

TEST(NextSource, IsNotFollowedDespiteALossOfWhatTheRewriterHasNotSeen)
{
    next_source behind = server("1-5");
    EXPECT_EQ(refusal_of(had("1-10", "1-8"), behind, true), follow_refusal::source_lacks);
    EXPECT_EQ(behind.gtids, gtids("6-10"));
    EXPECT_TRUE(behind.lost.empty());
}

TEST(NextSource, IsRefusedIfItHasPurgedWhatIsMissing)
{
    next_source purged = server("1-20", "1-12");
    EXPECT_EQ(refusal_of(had("1-10", "1-10"), purged), follow_refusal::source_purged);
    EXPECT_EQ(purged.gtids, gtids("11-12"));
    EXPECT_EQ(refusal_of(had("1-10", "1-10"), purged, true), follow_refusal::source_purged);
    // A restart has to see it once more.
    next_source needed = server("1-20", "1-9");
    EXPECT_EQ(refusal_of(had("1-10", "1-8"), needed), follow_refusal::source_purged);
}

// Both servers came from one backup.
TEST(NextSource, MayHavePurgedWhatTheOneBeforeHadPastItsLog)
{
    taken_gtids taken = had("11-20", "11-20");
    next_source cloned = server("1-20", "1-10");
    EXPECT_EQ(refusal_of(taken, cloned), follow_refusal::source_purged);
    taken.past_the_log = gtids("1-10");
    cloned = server("1-20", "1-10");
    EXPECT_EQ(refusal_of(taken, cloned), follow_refusal::none);
}

TEST(NextSource, IsRefusedWhereTransactionsCannotBeToldApart)
{
    next_source off = server("1-10");
    off.facts.gtid_mode = "ON_PERMISSIVE";
    EXPECT_EQ(refusal_of(had("1-10", "1-10"), off, true), follow_refusal::no_gtids);
    taken_gtids without = had("1-10", "1-10");
    without.anonymous = true;
    next_source on = server("1-10");
    EXPECT_EQ(refusal_of(without, on, true), follow_refusal::no_gtids);
    taken_gtids before = had("1-10", "1-10");
    before.gtid_mode = "OFF";
    next_source other = server("1-10");
    EXPECT_EQ(refusal_of(before, other), follow_refusal::no_gtids);
}

TEST(NextSource, IsRefusedIfItComparesNamesOtherwise)
{
    next_source lower = server("1-10");
    lower.facts.lower_case_table_names = 1;
    EXPECT_EQ(refusal_of(had("1-10", "1-10"), lower, true), follow_refusal::names_differ);
}

}  // namespace
}  // namespace proxy
