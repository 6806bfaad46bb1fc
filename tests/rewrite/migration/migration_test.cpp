#include "rewrite/migration/migration.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rewrite;

migration in_stage(migration_stage stage)
{
    migration m;
    m.stage = std::move(stage);
    return m;
}

TEST(Migration, FoldsUntilItsCutOverIsWhole)
{
    EXPECT_TRUE(in_stage(folding_stage{}).folding());
    EXPECT_TRUE(in_stage(half_cut_over_stage{}).folding());
    EXPECT_TRUE(in_stage(disturbed_stage{}).folding());
    EXPECT_FALSE(in_stage(passing_stage{}).folding());
    EXPECT_FALSE(in_stage(strayed_stage{}).folding());
    EXPECT_FALSE(in_stage(cut_over_stage{}).folding());
    EXPECT_FALSE(in_stage(ended_stage{}).folding());
}

TEST(Migration, IsListedByTheNameOfItsStage)
{
    EXPECT_EQ(state_of(in_stage(passing_stage{})), migration_state::passing);
    EXPECT_EQ(state_of(in_stage(folding_stage{})), migration_state::folding);
    EXPECT_EQ(state_of(in_stage(half_cut_over_stage{})), migration_state::folding);
    EXPECT_EQ(state_of(in_stage(disturbed_stage{})), migration_state::disturbed);
    EXPECT_EQ(state_of(in_stage(strayed_stage{})), migration_state::ended);
    EXPECT_EQ(state_of(in_stage(cut_over_stage{})), migration_state::cut_over);
    EXPECT_EQ(state_of(in_stage(ended_stage{})), migration_state::ended);
}

}  // namespace
