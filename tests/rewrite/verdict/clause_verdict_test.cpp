#include "tests/support/judged_rows.hpp"

namespace rewrite {
namespace {

using namespace tests;

// A reason names a way on only where it is one.
TEST(ClauseVerdict, FoldsWhatAReasonProposes)
{
    for (const std::string_view clauses :
         {"ADD COLUMN c datetime(6) NULL",
          "ADD COLUMN c int NOT NULL DEFAULT 0",
          "MODIFY dt datetime DEFAULT NOW()",
          "MODIFY dt datetime ON UPDATE NOW()",
          "ALTER COLUMN a SET DEFAULT (uuid_short())",
          "MODIFY a bigint",
          "MODIFY l varchar(80) CHARACTER SET latin1"})
        EXPECT_EQ(judged(clauses).what, outcome::fold) << clauses;
    for (const auto& [clauses, absent] :
         std::initializer_list<std::pair<std::string_view, std::string_view>>{
             {"ADD COLUMN c datetime NOT NULL DEFAULT NOW()", "two migrations"},
             {"MODIFY big bigint unsigned", "it folds"},
             {"MODIFY d bigint unsigned", "it folds"},
             {"MODIFY l varchar(80) CHARACTER SET utf8mb4", "stays"},
         })
        EXPECT_EQ(judged(clauses).reason.find(absent), std::string::npos) << clauses;
}

constexpr folding dropped[] = {
    {"DROP COLUMN a", rebuild},  // it is in an index
    {"DROP a", rebuild},
    {"DROP COLUMN da", instant},
    {"drop `DA`", instant},
    {"DROP COLUMN g", instant},
    {"DROP COLUMN da, ADD COLUMN c int", instant},
    {"DROP COLUMN da, DROP INDEX kv", rebuild},
};

TEST(ClauseVerdict, FoldsDroppedColumns)
{
    expect_folds(dropped);
}

constexpr passing not_dropped[] = {
    {"DROP COLUMN id", "DROP COLUMN `id`: it is part of the unique key `PRIMARY`"},
    {"DROP COLUMN n", "DROP COLUMN `n`: it is part of the unique key `uu`"},
    {"DROP COLUMN nope", "DROP COLUMN `nope`: the original has no such column"},
    {"DROP COLUMN a, ADD COLUMN a bigint", "ADD COLUMN `a`: the original has such a column"},
    {"DROP COLUMN da, CHANGE a da int", "CHANGE COLUMN `a`"},
    {"CHANGE a b2 int, ADD COLUMN a int", "ADD COLUMN `a`: the original has such a column"},
    {"DROP COLUMN da, MODIFY da date", "`da` appears in two clauses"},
    {"CHANGE a A int", "CHANGE COLUMN `a`"},
    {"RENAME COLUMN a TO n, RENAME COLUMN n TO a", "RENAME COLUMN `a`"},
};

TEST(ClauseVerdict, PassesColumnsThatKeysNeed)
{
    expect_passes(not_dropped);
}

// Its triggers show which column is written to which.
TEST(ClauseVerdict, FoldsColumnsThatATriggerToolRenames)
{
    const auto ruled = [](std::string_view clauses) {
        const facts known = known_facts();
        return judge(plan_for_alter(clauses, {"shop", "t"}, 80033, tool::pt_osc), &known, {});
    };
    EXPECT_EQ(ruled("RENAME COLUMN a TO a2").what, outcome::fold);
    EXPECT_EQ(ruled("CHANGE a a2 int").what, outcome::fold);
    EXPECT_TRUE(ruled("CHANGE a a2 smallint").rests_on.lenient);
    for (const std::string_view clauses :
         {"RENAME COLUMN a TO big",
          "RENAME COLUMN a TO big, RENAME COLUMN big TO a",
          "CHANGE a a2 json",
          "RENAME COLUMN gb TO gb2",
          "RENAME COLUMN id TO id2",
          "RENAME COLUMN u TO u2",
          "RENAME COLUMN nope TO a2"})
        EXPECT_EQ(ruled(clauses).what, outcome::pass) << clauses;
}

// Run: 8.0.33 and 9.7.4, gh-ost 1.1.8: what is written during the run is another value in the copy.
TEST(ClauseVerdict, PassesRenamedColumnsWhoseValuesALogReaderDoesNotConvert)
{
    const auto ruled = [](std::string_view clauses, tool which = tool::gh_ost) {
        facts known = known_facts();
        known.create_table =
            "CREATE TABLE `t` (\n  `id` int NOT NULL,\n  `e` enum('a','b') DEFAULT NULL,\n  `v` "
            "varchar(9) DEFAULT NULL,\n  `u` varchar(9) CHARACTER SET utf8mb3 DEFAULT NULL,\n  `x` "
            "varchar(9) CHARACTER SET ascii DEFAULT NULL,\n  PRIMARY KEY (`id`)\n) ENGINE=InnoDB "
            "DEFAULT CHARSET=utf8mb4";
        migration_plan plan = plan_for_alter(clauses, {"shop", "t"}, 80033, which);
        return judge(plan, &known, {}).what;
    };
    for (const std::string_view clauses :
         {"CHANGE e e2 enum('b','a')",
          "CHANGE e e2 varchar(9)",
          "CHANGE v v2 varchar(9) CHARACTER SET latin1",
          "CHANGE x x2 varchar(9) CHARACTER SET utf16"}) {
        EXPECT_EQ(ruled(clauses), outcome::pass) << clauses;
        EXPECT_EQ(ruled(clauses, tool::pt_osc), outcome::fold) << clauses;
    }
    EXPECT_EQ(ruled("CHANGE e E enum('b','a')"), outcome::pass);
    for (const std::string_view clauses :
         {"CHANGE e e2 enum('a','b','c')",
          "CHANGE e e enum('b','a')",
          "CHANGE e e varchar(9)",
          "CHANGE v v2 varchar(20)",
          "CHANGE u u2 varchar(9) CHARACTER SET utf8mb4",
          "CHANGE x x2 varchar(9) CHARACTER SET latin1"})
        EXPECT_EQ(ruled(clauses), outcome::fold) << clauses;
}

// A tool that reads the log may leave them out: a row has to show it.
TEST(ClauseVerdict, FoldsColumnsThatALogReaderIsSeenToRename)
{
    const auto ruled = [](std::string_view clauses) {
        facts known = known_facts();
        known.create_table =
            "CREATE TABLE `t` (\n  `id` int NOT NULL,\n  `a` int DEFAULT NULL,\n  `big` bigint "
            "NOT NULL,\n  `g` int GENERATED ALWAYS AS (`big` + 1) VIRTUAL,\n  PRIMARY KEY "
            "(`id`)\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci";
        return judge(plan_for_alter(clauses, {"shop", "t"}, 80033), &known, {});
    };
    EXPECT_EQ(ruled("CHANGE a a2 int").what, outcome::fold) << ruled("CHANGE a a2 int").reason;
    EXPECT_TRUE(ruled("CHANGE a a2 int").rests_on.witnessed);
    EXPECT_TRUE(ruled("CHANGE a a2 smallint").rests_on.lenient);
    EXPECT_FALSE(ruled("CHANGE a a bigint").rests_on.witnessed);
    for (const std::string_view clauses :
         {"RENAME COLUMN a TO a2",
          "CHANGE a big int",
          "CHANGE a a2 int DEFAULT (1 + 1)",
          "CHANGE a a2 int AUTO_INCREMENT",
          "CHANGE a a2 timestamp NULL",
          "CHANGE g g2 int",
          "CHANGE big big2 bigint NOT NULL",
          "CHANGE id id2 int NOT NULL",
          "CHANGE nope a2 int"})
        EXPECT_EQ(ruled(clauses).what, outcome::pass) << clauses;
}

constexpr folding of_table[] = {
    {"", cost::nothing},
    {"ALGORITHM=INPLACE", cost::nothing},
    {"ALGORITHM=INPLACE, LOCK=NONE", cost::nothing},
    {"ORDER BY a", cost::nothing},
    {"DISABLE KEYS", cost::nothing},
    {"ENGINE=InnoDB", rebuild},
    {"engine innodb", rebuild},
    {"ENGINE='InnoDB'", rebuild},
    {"FORCE", rebuild},
    {"ROW_FORMAT=COMPRESSED KEY_BLOCK_SIZE=8", rebuild},
    {"ENGINE=InnoDB ROW_FORMAT=DYNAMIC, ADD COLUMN c int", rebuild},
    {"COMMENT='it''s; -- new'", instant},
    {"STATS_PERSISTENT=1", instant},
    {"MAX_ROWS=1000", instant},
    {"DEFAULT CHARACTER SET latin1", instant},
    {"COLLATE utf8mb4_bin", instant},
    {"DEFAULT CHARSET=latin1, ADD COLUMN c varchar(10)", rebuild},
    {"AUTO_INCREMENT=5000", instant},
    {"AUTO_INCREMENT=5000, ADD COLUMN c int", rebuild},
};

TEST(ClauseVerdict, FoldsOptions)
{
    expect_folds(of_table);
}

constexpr passing refused_options[] = {
    {"ENGINE=MyISAM", "ENGINE: the consumer may not have engine MyISAM"},
    {"TABLESPACE=ts1", "TABLESPACE"},
    {"ENCRYPTION='Y'", "ENCRYPTION"},
    {"COMPRESSION='zlib'", "COMPRESSION"},
    {"SECONDARY_ENGINE=rapid", "SECONDARY_ENGINE"},
    {"DATA DIRECTORY='/tmp'", "DATA DIRECTORY"},
    {"INDEX DIRECTORY='/tmp'", "INDEX DIRECTORY"},
    {"CONNECTION='x'", "CONNECTION"},
    {"UNION=(a,b)", "UNION"},
    {"RENAME TO t2", "RENAME TO"},
    {"RENAME t2, ADD COLUMN c int", "RENAME TO"},
    {"REMOVE PARTITIONING", "REMOVE PARTITIONING"},
    {"ADD PARTITION (PARTITION p1 VALUES LESS THAN (20))", "ADD PARTITION"},
    {"DROP PARTITION p0", "DROP PARTITION"},
    {"TRUNCATE PARTITION p0", "TRUNCATE PARTITION"},
    {"EXCHANGE PARTITION p0 WITH TABLE t2", "EXCHANGE PARTITION"},
    {"REORGANIZE PARTITION p0 INTO (PARTITION n0 VALUES LESS THAN (5))", "REORGANIZE PARTITION"},
    {"COALESCE PARTITION 2", "COALESCE PARTITION"},
    {"REBUILD PARTITION ALL", "REBUILD PARTITION"},
    {"DISCARD PARTITION p0 TABLESPACE", "DISCARD PARTITION"},
    {"IMPORT PARTITION p0 TABLESPACE", "IMPORT PARTITION"},
    {"DISCARD TABLESPACE", "DISCARD TABLESPACE"},
    {"IMPORT TABLESPACE", "IMPORT TABLESPACE"},
    {"ADD SYSTEM VERSIONING", ""},
    {"ADD PERIOD FOR SYSTEM_TIME (a, b)", ""},
    {"FROBNICATE", ""},
    {"ADD COLUMN c int; DROP TABLE t", "the ALTER cannot be read"},
    {"ADD COLUMN c int NOT NULL, ADD UNIQUE (c), DROP COLUMN da", "ADD UNIQUE KEY"},
};

TEST(ClauseVerdict, PassesWhatIsNotProven)
{
    expect_passes(refused_options);
}

}  // namespace
}  // namespace rewrite
