#include "proxy/admin/summary_text.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace proxy {
namespace {

rewrite::migration_summary folded()
{
    rewrite::migration_summary one;
    one.id = 7;
    one.which = rewrite::tool::gh_ost;
    one.original = {"shop", "orders"};
    one.ghost = {"shop", "_orders_gho"};
    one.state = rewrite::migration_state::cut_over;
    one.ruling = {
        .what = rewrite::outcome::fold, .reason = "ADD c", .price = rewrite::cost::instant
    };
    one.created = {1, "b.000001", 4};
    one.judged = {1, "b.000001", 99};
    one.cut_over_at = {1, "b.000002", 157};
    one.times = {
        .began = 1'709'208'000,
        .judged = 1'709'208'001,
        .cut_over = 1'709'209'200,
        .ended = 1'709'209'260
    };
    one.alter_text = "ADD COLUMN c INT";
    one.served_text = "ALTER TABLE `shop`.`orders` ADD COLUMN c INT";
    one.hidden_transactions = 2;
    one.hidden_events = 8;
    one.hidden_bytes = 4096;
    return one;
}

TEST(SummaryText, TellsWhenAndForHowLong)
{
    EXPECT_EQ(
        describe(folded()),
        "migration 7: gh-ost of shop.orders: cut over\n"
        "  ghost       shop._orders_gho\n"
        "  alter       ADD COLUMN c INT\n"
        "  served      ALTER TABLE `shop`.`orders` ADD COLUMN c INT\n"
        "  verdict     fold: ADD c\n"
        "  cost        instant at a MySQL replica\n"
        "  began       2024-02-29 12:00:00 UTC, at b.000001:4\n"
        "  judged      2024-02-29 12:00:01 UTC, at b.000001:99\n"
        "  cut over    2024-02-29 12:20:00 UTC, at b.000002:157\n"
        "  ended       2024-02-29 12:21:00 UTC\n"
        "  took        20 min\n"
        "  hidden      8 events in 2 transactions, 4096 bytes\n"
    );
}

TEST(SummaryText, SaysNoTimeThatIsNotKnown)
{
    rewrite::migration_summary one = folded();
    one.times = {};
    const std::string text = describe(one);
    EXPECT_NE(text.find("  began       b.000001:4\n"), std::string::npos) << text;
    EXPECT_EQ(text.find("1970"), std::string::npos) << text;
    EXPECT_EQ(text.find("took"), std::string::npos) << text;
    const nlohmann::json made = to_json(one, alter_clauses::shown);
    EXPECT_TRUE(made.at("times").at("began").is_null());
    EXPECT_TRUE(made.at("seconds").is_null());
}

TEST(SummaryText, IsReadAsItIsWritten)
{
    const rewrite::migration_summary one = folded();
    const nlohmann::json made = to_json(one, alter_clauses::shown);
    EXPECT_EQ(made.at("times").at("cut_over"), "2024-02-29T12:20:00Z");
    EXPECT_EQ(made.at("seconds"), 1200);
    const rewrite::migration_summary read = migration_from_json(made);
    EXPECT_EQ(read.times, one.times);
    EXPECT_EQ(read.served_text, one.served_text);
    EXPECT_EQ(read.alter_text, one.alter_text);
    EXPECT_EQ(read.cut_over_at, one.cut_over_at);
}

TEST(SummaryText, StatementsAreForTheOperatorsTerminal)
{
    const std::string text = to_json(folded(), alter_clauses::left_out).dump();
    EXPECT_EQ(text.find("ADD COLUMN"), std::string::npos) << text;
}

TEST(SummaryText, ARunningOneTookNoTimeYet)
{
    rewrite::migration_summary one = folded();
    one.times.cut_over = one.times.ended = 0;
    EXPECT_FALSE(duration_of(one));
    one.times.ended = one.times.began + 5;
    EXPECT_EQ(duration_of(one), 5U) << "ended without a cut-over";
    one.times.ended = one.times.began - 5;
    EXPECT_FALSE(duration_of(one)) << "the source's clock went back";
}

}  // namespace
}  // namespace proxy
