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
    numbers.on_stop(rewrite::stop_reason::unreadable);
    EXPECT_EQ(numbers.disturbed(), 1u);
    EXPECT_EQ(numbers.stopped(), 1u);
}

TEST_F(IngestNumbers, CountVerdictsByClassAndByTheKindOfClause)
{
    using rewrite::outcome;
    using rewrite::remark_kind;
    say(remark_kind::folding, {.what = outcome::fold, .reason = "ADD COLUMN `c`: nullable"});
    say(remark_kind::folding, {.what = outcome::fold, .reason = "ADD COLUMN `d`"});
    say(remark_kind::folding,
        {.what = outcome::fold, .reason = "MODIFY COLUMN `d`", .rests_on = {.lenient = true}});
    say(remark_kind::folding,
        {.what = outcome::fold,
         .reason = "ADD UNIQUE KEY (a)",
         .rests_on = {.lenient = true, .counted = true}});
    say(remark_kind::folding,
        {.what = outcome::fold, .reason = "unproven: ADD x", .unproven = true});
    say(remark_kind::passing, {.what = outcome::pass, .reason = "the ALTER cannot be read"});
    say(remark_kind::passing, {.what = outcome::pass, .reason = "DROP"});
    EXPECT_EQ(
        numbers.verdicts(),
        (ingest_numbers::by_labels{
            {R"(class="same",reason="ADD COLUMN")", 2},
            {R"(class="lenient",reason="MODIFY COLUMN")", 1},
            {R"(class="counted",reason="ADD UNIQUE KEY")", 1},
            {R"(class="unproven",reason="other")", 1},
            {R"(class="passed",reason="other")", 1},
            {R"(class="passed",reason="DROP")", 1},
        })
    );
}

TEST_F(IngestNumbers, CountRowsAndReasonsOfStops)
{
    numbers.on_count(300);
    numbers.on_count(0);
    EXPECT_EQ(numbers.counts(), 2U);
    EXPECT_EQ(numbers.counted_rows(), 300U);
    numbers.on_stop(rewrite::stop_reason::unreadable);
    numbers.on_stop(rewrite::stop_reason::unreadable);
    ASSERT_EQ(numbers.stops().size(), 1U);
    EXPECT_EQ(numbers.stops().begin()->second, 2U);
}

TEST(Label, MayHoldAnyBytes)
{
    EXPECT_EQ(label_text("a\"b\\c\n\xff"), R"(a\"b\\c\\x0a\\xff)");
}

}  // namespace
}  // namespace proxy
