#include "rewrite/verdict/any_table.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace rewrite {
namespace {

clause_ruling ruled(std::string_view clauses, const policy& rules = {})
{
    return judge_without_table(plan_for_alter(clauses, {"d", "t"}), rules);
}

bool lacks(const clause_ruling& made, std::string_view what)
{
    return std::ranges::find(made.lacks, what) != made.lacks.end();
}

TEST(AnyTable, FoldsIfItLacksWhatMakesTheVerdictPass)
{
    const clause_ruling made = ruled("ADD COLUMN c int");
    EXPECT_EQ(made.ruling.what, outcome::fold);
    EXPECT_EQ(made.ruling.reason, "ADD COLUMN `c`");
    EXPECT_EQ(made.ruling.price, cost::instant);
    EXPECT_TRUE(lacks(made, "triggers"));
    EXPECT_TRUE(lacks(made, "DATA or INDEX DIRECTORY"));
    EXPECT_TRUE(lacks(made, "engine other than InnoDB, MyISAM and RocksDB"));
    EXPECT_FALSE(lacks(made, "rows that the source cannot count"));
    EXPECT_FALSE(lacks(made, "more bytes than fold.block lets fold"));
    EXPECT_TRUE(made.needs.empty());
}

TEST(AnyTable, FoldsByWhatTheClausesNameMayBe)
{
    const clause_ruling column = ruled("DROP COLUMN c, DROP d");
    EXPECT_EQ(column.ruling.what, outcome::fold);
    EXPECT_TRUE(lacks(column, "primary or unique key over `c`"));
    EXPECT_TRUE(lacks(column, "partitions by `c`"));
    EXPECT_TRUE(lacks(column, "primary or unique key over `d`"));
    EXPECT_EQ(ruled("DROP INDEX k").needs, (std::vector<std::string>{"index `k` is not unique"}));
    for (const std::string_view clauses : {"MODIFY a bigint NOT NULL", "CHANGE a a varchar(9)"}) {
        const clause_ruling made = ruled(clauses);
        EXPECT_EQ(made.ruling.what, outcome::fold) << clauses;
        EXPECT_EQ(made.needs.size(), 1U) << clauses;
    }
    for (const std::string_view clauses :
         {"ALTER a SET DEFAULT 5",
          "ADD INDEX (x, y)",
          "ADD c int AFTER x",
          "ADD c int, ADD INDEX (c, x)",
          "RENAME INDEX i TO j",
          "ALTER INDEX i INVISIBLE",
          "ENGINE=InnoDB",
          "ALTER `unghost id` DROP DEFAULT"})
        EXPECT_EQ(ruled(clauses).ruling.what, outcome::fold) << clauses;
}

TEST(AnyTable, PassesWhatPassesForEachOne)
{
    for (const std::string_view clauses :
         {"ADD c datetime DEFAULT NOW()",
          "ADD c int AUTO_INCREMENT",
          "PARTITION BY LIST (id) (PARTITION p VALUES IN (1))",
          "DROP PARTITION p0",
          "DROP da, ADD da int",
          "ADD c int DEFAULT 'x"}) {
        const clause_ruling made = ruled(clauses);
        EXPECT_EQ(made.ruling.what, outcome::pass) << clauses;
        EXPECT_NE(made.ruling.reason, "");
        EXPECT_TRUE(made.lacks.empty());
    }
}

TEST(AnyTable, KnowsNoSize)
{
    const clause_ruling bounded = ruled("ADD INDEX (a)", {.block = {.largest = 1000}});
    EXPECT_EQ(bounded.ruling.what, outcome::fold);
    EXPECT_TRUE(lacks(bounded, "more bytes than fold.block lets fold"));
    EXPECT_EQ(ruled("ADD INDEX (a)", {.block = {.largest = 0}}).ruling.what, outcome::pass);
}

TEST(AnyTable, IsJudgedForTheToolThatMakesTheCopyByItsText)
{
    migration_plan plan = plan_for_alter("ADD c int", {"d", "t"}, 80033, tool::pt_osc);
    plan.ghost_create = "CREATE TABLE x (y int)";
    EXPECT_EQ(judge_without_table(plan, {}).ruling.what, outcome::fold);
}

}  // namespace
}  // namespace rewrite
