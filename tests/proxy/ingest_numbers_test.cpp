#include "proxy/ingest_numbers.hpp"

#include <gtest/gtest.h>

namespace proxy {
namespace {

class IngestNumbers : public testing::Test
{
protected:
    void say(rewrite::remark_kind kind, rewrite::verdict ruling = {})
    {
        rewrite::outputs made;
        made.remarks.push_back({.kind = kind, .migration = 5});
        made.changed.push_back({.id = 5, .ruling = std::move(ruling)});
        numbers.on_outputs(made);
    }
    ingest_numbers numbers;
};

TEST_F(IngestNumbers, CountEachVerdictByItsOutcome)
{
    say(rewrite::remark_kind::folding);
    say(rewrite::remark_kind::passing);
    say(rewrite::remark_kind::passing);
    say(rewrite::remark_kind::cut_over);
    EXPECT_EQ(numbers.folded(), 1u);
    EXPECT_EQ(numbers.passed(), 2u);
    EXPECT_EQ(numbers.unproven(), 0u);
    EXPECT_EQ(numbers.disturbed(), 0u);
}

TEST_F(IngestNumbers, CountFoldsThatOnlyTheConfigurationAllows)
{
    say(rewrite::remark_kind::folding, {.unproven = true});
    EXPECT_EQ(numbers.folded(), 1u);
    EXPECT_EQ(numbers.unproven(), 1u);
}

TEST_F(IngestNumbers, CountAlarmsAndStops)
{
    say(rewrite::remark_kind::disturbed);
    numbers.on_stop();
    EXPECT_EQ(numbers.disturbed(), 1u);
    EXPECT_EQ(numbers.stopped(), 1u);
}

}  // namespace
}  // namespace proxy
