#include "rewrite/verdict/advice.hpp"
#include "tests/support/judged.hpp"

#include <gtest/gtest.h>

namespace rewrite {
namespace {

using tests::known_facts;

std::string refused(std::string_view clauses, std::uint32_t version = 80033)
{
    return refusal(plan_for_alter(clauses, {"shop", "t"}, version), known_facts());
}

// Each was run on 5.7, 8.0 and 9.7.
TEST(Advice, KnowsWhatMySqlRefusesByItsWordsAndNames)
{
    for (const auto& [clauses, why] :
         std::initializer_list<std::pair<std::string_view, std::string_view>>{
             {"ADD COLUM c int", "unknown type `c` of column `COLUM`"},
             {"ADD COLUMN c nit", "unknown type `nit` of column `c`"},
             {"ADD COLUMN c", "column `c` has no type"},
             {"FROBNICATE x", "unknown clause `FROBNICATE`"},
             {"ADD COLUMN c int DEFAULT 'x", "it cannot be read: "},
             {"ADD COLUMN c int; DROP TABLE t", "it cannot be read: "},
             {"DROP COLUMN nope", "there is no column `nope`"},
             {"MODIFY nope int", "there is no column `nope`"},
             {"CHANGE nope c int", "there is no column `nope`"},
             {"ALTER nope SET DEFAULT 1", "there is no column `nope`"},
             {"ADD c int, ALTER c SET DEFAULT 5", "there is no column `c`"},
             {"ADD c int, MODIFY c bigint", "there is no column `c`"},
             {"RENAME COLUMN a TO b2, MODIFY b2 bigint", "there is no column `b2`"},
             {"ADD c int, DROP c", "there is no column `c`"},
             {"ADD c int AFTER nope", "there is no column `nope`"},
             {"ADD A int", "there is a column `A` already"},
             {"ADD INDEX (nope)", "there is no column `nope`"},
             {"ADD FOREIGN KEY (nope) REFERENCES p (id)", "there is no column `nope`"},
             {"DROP INDEX nope", "there is no index `nope`"},
             {"RENAME INDEX nope TO j", "there is no index `nope`"},
             {"ALTER INDEX nope INVISIBLE", "there is no index `nope`"},
             {"ADD INDEX j (a), DROP INDEX j", "there is no index `j`"},
         })
        EXPECT_TRUE(refused(clauses).starts_with(why)) << clauses << ": " << refused(clauses);
}

TEST(Advice, LetsPassWhatMySqlTakes)
{
    for (const std::string_view clauses :
         {"",
          "ADD COLUMN c int",
          "ADD c serial",
          "ADD c long varchar",
          "ADD c national char varying(5)",
          "ADD c int ENGINE_ATTRIBUTE '{}'",
          "CHANGE a b2 int, ADD a int",
          "RENAME COLUMN a TO b2, ADD a int",
          "RENAME COLUMN a TO b2, ADD INDEX (b2)",
          "CHANGE a b2 int, ADD INDEX (b2)",
          "ADD c int, ADD c2 int AFTER c",
          "CHANGE a b2 int, ADD c int AFTER b2",
          "ADD a int, DROP a",
          "DROP a, DROP INDEX kl",
          "DROP INDEX KV",
          "MODIFY A bigint",
          "ADD INDEX (N), ADD INDEX ((a + 1)), ADD FULLTEXT (v)",
          "ADD c int, ADD INDEX (c), ENGINE_ATTRIBUTE='{}'",
          "DROP COLUMN naïve",
          "DROP COLUMN IF EXISTS nope",
          "ADD CHECK (a > 0), DROP FOREIGN KEY f, DROP CHECK c"})
        EXPECT_EQ(refused(clauses), "") << clauses;
    EXPECT_EQ(refused("ADD c inet6, ADD SYSTEM VERSIONING", 101106), "") << "MariaDB's";
}

TEST(Advice, SaysNothingOfNamesWhereTheTableIsNotKnown)
{
    facts unknown;
    unknown.missing = "no right";
    const migration_plan plan = plan_for_alter("DROP COLUMN nope", {"shop", "t"});
    EXPECT_EQ(refusal(plan, unknown), "");
    EXPECT_NE(refusal(plan_for_alter("ADD c nit", {"shop", "t"}), unknown), "");
}

constexpr std::string_view plain_table =
    "CREATE TABLE `t` (`id` int NOT NULL, `a` int DEFAULT NULL, PRIMARY KEY (`id`)) "
    "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4";

TEST(Advice, NamesTheSettingsThatFold)
{
    const auto settings =
        [](std::string_view clauses, const policy& rules, std::string_view create = plain_table) {
            return settings_that_fold(
                plan_for_alter(clauses, {"shop", "t"}), known_facts(create), rules
            );
        };
    const policy blocks_nobody{.block = {.largest = 0}};
    const std::string place = " in [fold.table.\"shop.t\"]";
    const std::string unproven = "unproven = \"fold\"";
    const std::string block = "block = \"fold\"";
    const std::string damage = "damage = \"keep\"";
    EXPECT_EQ(settings("RENAME COLUMN a TO a2", {}), unproven + place);
    EXPECT_EQ(settings("MODIFY a bigint", blocks_nobody), block + place);
    EXPECT_EQ(
        settings("MODIFY a bigint", {.block_tables = {{{"shop", "t"}, {.largest = 0}}}}),
        block + place
    );
    EXPECT_EQ(settings("RENAME COLUMN a TO a2", blocks_nobody), unproven + " and " + block + place);
    EXPECT_EQ(settings("ADD c int", {}, tests::original), damage + place) << "JSON";
    EXPECT_EQ(
        settings("RENAME COLUMN a TO a2", {}, tests::original), unproven + " and " + damage + place
    );
    EXPECT_EQ(
        settings("MODIFY a bigint", blocks_nobody, tests::original),
        damage + " and " + block + place
    );
    EXPECT_EQ(settings("DROP PARTITION p0", {}), "") << "on no one's word";
    EXPECT_EQ(settings("ADD COLUMN c int", {}), "") << "it is folded";
    EXPECT_EQ(settings("ADD COLUMN c int", {.not_schemas = {"shop"}}), "");
}

}  // namespace
}  // namespace rewrite
