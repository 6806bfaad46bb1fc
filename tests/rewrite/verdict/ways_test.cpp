#include "rewrite/verdict/ways.hpp"
#include "tests/support/judged.hpp"

#include <gtest/gtest.h>

namespace rewrite {
namespace {

using tests::known_facts;

// The table has a JSON column, whose values gh-ost changes.
std::vector<way> ways(std::string_view clauses, policy rules = {}, tool which = default_tool)
{
    rules.keep_values = true;
    const facts told = known_facts();
    migration_plan plan = plan_for_alter(clauses, {"shop", "t"}, 80033, which);
    if (which == tool::pt_osc)
        plan.ghost_create = told.create_table;
    return ways_that_fold(plan, told, rules);
}

struct wanted
{
    std::string_view clauses;
    std::vector<std::string> steps;
    std::string_view difference;
};

const std::vector<wanted> offered{
    {"ADD created_at datetime DEFAULT CURRENT_TIMESTAMP",
     {"ADD created_at datetime NULL",
      "MODIFY COLUMN `created_at` datetime DEFAULT CURRENT_TIMESTAMP"},
     "existing rows have NULL in `created_at`"},
    {"ADD c datetime NOT NULL DEFAULT NOW()",
     {"ADD c datetime NOT NULL DEFAULT '1970-01-01 00:00:00'",
      "MODIFY COLUMN `c` datetime NOT NULL DEFAULT NOW()"},
     "existing rows have '1970-01-01 00:00:00' in `c`"},
    {"ADD c datetime ON UPDATE CURRENT_TIMESTAMP",
     {"ADD c datetime NULL", "MODIFY COLUMN `c` datetime ON UPDATE CURRENT_TIMESTAMP"},
     "existing rows have NULL in `c`"},
    {"ADD c timestamp NULL DEFAULT CURRENT_TIMESTAMP",
     {"ADD c timestamp NULL", "MODIFY COLUMN `c` timestamp NULL DEFAULT CURRENT_TIMESTAMP"},
     "existing rows have NULL in `c`"},
    {"ADD c varchar(36) DEFAULT (uuid())",
     {"ADD c varchar(36) NULL", "ALTER COLUMN `c` SET DEFAULT (uuid())"},
     "existing rows have NULL in `c`"},
    {"ADD q int, ADD c datetime DEFAULT NOW() COMMENT 'x' AFTER a",
     {"ADD q int, ADD c datetime COMMENT 'x' NULL AFTER a",
      "MODIFY COLUMN `c` datetime DEFAULT NOW() COMMENT 'x'"},
     "existing rows have NULL in `c`"},
    {"ADD (c int NOT NULL, q datetime DEFAULT NOW())",
     {"ADD (c int NOT NULL DEFAULT 0, q datetime NULL)",
      "ALTER COLUMN `c` DROP DEFAULT, MODIFY COLUMN `q` datetime DEFAULT NOW()"},
     "existing rows have 0 in `c`, existing rows have NULL in `q`"},
    {"DROP da, ADD da int, ADD q int",
     {"DROP da, ADD q int", "ADD da int"},
     "between the two the table has no column `da`"},
    {"DROP INDEX kv, COMMENT='x', ADD INDEX KV (v, a)",
     {"DROP INDEX kv, COMMENT='x'", "ADD INDEX KV (v, a)"},
     "between the two the table has no index `kv`"},
};

TEST(Ways, AreOfferedWhereEachStepFolds)
{
    for (const wanted& row : offered) {
        for (const tool which : {tool::gh_ost, tool::pt_osc}) {
            const auto found = ways(row.clauses, {}, which);
            ASSERT_EQ(found.size(), 1U) << row.clauses;
            EXPECT_EQ(found[0].steps, row.steps) << row.clauses;
            EXPECT_EQ(found[0].difference, row.difference) << row.clauses;
        }
    }
}

TEST(Ways, AreOfferedOnlyForWhatPasses)
{
    for (const wanted& row : offered)
        EXPECT_EQ(tests::judged(row.clauses).what, outcome::pass) << row.clauses;
}

TEST(Ways, AreNotOfferedWhereAStepWouldPass)
{
    for (const std::string_view clauses :
         {"ADD c timestamp DEFAULT CURRENT_TIMESTAMP",  // nullable by
                                                        // explicit_defaults_for_timestamp
          "ADD c text NOT NULL",
          "ADD c json NOT NULL",
          "ADD c int AUTO_INCREMENT",
          "ADD c int GENERATED ALWAYS AS (a + 1)",
          "ADD c datetime DEFAULT NOW() CHECK (c > 0)",
          "ADD c datetime DEFAULT NOW(), PARTITION BY LIST (id) (PARTITION p VALUES IN (1))",
          "DROP u, ADD u int",  // in a unique key
          "ADD c int DEFAULT 'x",
          "DROP PARTITION p0",
          ""})
        EXPECT_TRUE(ways(clauses).empty()) << clauses;
    const policy blocks_nobody{.block = {.largest = 0}};
    EXPECT_TRUE(ways("ADD c datetime DEFAULT NOW(), ADD INDEX (a)", blocks_nobody).empty());
    EXPECT_TRUE(ways("ADD c int NOT NULL", {.not_schemas = {"shop"}}).empty());
    EXPECT_EQ(ways("ADD c int NOT NULL", blocks_nobody).size(), 1U) << "both are instant";
}

TEST(Ways, DoNotRestOnWhatIsNotProven)
{
    const policy unproven{.fold_unproven = true};
    EXPECT_TRUE(
        ways(
            "ADD c datetime DEFAULT NOW(), PARTITION BY LIST (id) (PARTITION p VALUES IN (1))",
            unproven
        )
            .empty()
    );
}

TEST(Ways, NeedADefinition)
{
    facts told = known_facts();
    told.missing = "no right";
    const migration_plan plan = plan_for_alter("ADD c int NOT NULL", {"shop", "t"});
    EXPECT_TRUE(ways_that_fold(plan, told, {}).empty());
    EXPECT_TRUE(ways_that_fold(plan, known_facts("CREATE TABLE `t` ("), {}).empty());
    EXPECT_TRUE(ways_that_fold(plan, known_facts(""), {}).empty());
    EXPECT_TRUE(ways_that_fold(plan, known_facts("CREATE TABLE t (id int PRIMARY KEY)"), {}).empty()
    ) << "in another form than SHOW CREATE TABLE has";
}

}  // namespace
}  // namespace rewrite
