#include "tests/support/judged_rows.hpp"

namespace rewrite {
namespace {

using namespace tests;

constexpr folding converted_columns[] = {
    {"MODIFY l varchar(80)", rebuild},  // to the table's charset
    {"MODIFY l varchar(40) CHARACTER SET utf8mb4 COMMENT 'x'", rebuild},
    {"MODIFY l varchar(40) COMMENT 'x'", rebuild},
    {"MODIFY l varchar(10) CHARACTER SET utf8mb4", rebuild, lenient},
    {"MODIFY l varchar(40) CHARACTER SET utf8mb3", rebuild},
    {"MODIFY l tinytext CHARACTER SET utf8mb4", rebuild, lenient},
    {"MODIFY l varchar(40) CHARACTER SET latin2", rebuild, lenient},
    {"MODIFY n3 varchar(30)", rebuild},
    {"MODIFY v varchar(60) CHARACTER SET utf8", rebuild, lenient},
    {"MODIFY v nvarchar(60)", rebuild, lenient},
    {"MODIFY v varchar(60) COLLATE utf8mb4_bin", rebuild},
    {"MODIFY u varchar(30) CHARACTER SET utf8mb4 NOT NULL DEFAULT ''", rebuild, counted},
    {"MODIFY u varchar(20) COLLATE utf8mb4_bin NOT NULL DEFAULT ''", rebuild, counted},
};

TEST(CharsetVerdict, FoldsColumnsThatAreConverted)
{
    expect_folds(converted_columns);
}

// Values that are written while gh-ost runs, which reads them from the log.
TEST(CharsetVerdict, PassesWhatGhOstConvertsInAnotherWay)
{
    const facts known = known_facts(
        "CREATE TABLE `t` (`id` int NOT NULL, `l` varchar(9) CHARACTER SET latin1 DEFAULT NULL, "
        "`a` text CHARACTER SET ascii, `x` text, `v` varchar(9) DEFAULT NULL, PRIMARY KEY (`id`)) "
        "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"
    );
    const auto ruling = [&known](std::string_view clauses, tool which, const policy& rules = {}) {
        migration_plan plan = plan_for_alter(clauses, {"shop", "t"});
        plan.which = which;
        return judge(plan, &known, rules).what;
    };
    for (const char* clauses :
         {"MODIFY l varchar(9) CHARACTER SET utf8mb4",
          "MODIFY x text CHARACTER SET latin1",
          "MODIFY a text CHARACTER SET utf16",
          "MODIFY x tinytext",
          "MODIFY x text CHARACTER SET utf8mb3",
          "CONVERT TO CHARACTER SET utf8mb3"}) {
        EXPECT_EQ(ruling(clauses, tool::gh_ost), outcome::pass) << clauses;
        EXPECT_EQ(ruling(clauses, tool::gh_ost, {.keep_values = true}), outcome::fold) << clauses;
        EXPECT_EQ(ruling(clauses, tool::pt_osc), outcome::fold) << clauses;
    }
    for (const char* clauses :
         {"MODIFY a text CHARACTER SET utf8mb4",
          "MODIFY v varchar(9) CHARACTER SET latin1",
          "MODIFY l varchar(20) CHARACTER SET latin1"})
        EXPECT_EQ(ruling(clauses, tool::gh_ost), outcome::fold) << clauses;
}

constexpr std::string_view legacy =
    "CREATE TABLE `t` (`id` int NOT NULL, `a` varchar(60) DEFAULT NULL, `b` text,"
    " `e` enum('a') DEFAULT NULL, PRIMARY KEY (`id`), KEY `k` (`a`)) ENGINE=InnoDB DEFAULT "
    "CHARSET=latin1";
constexpr std::string_view legacy_with_key =
    "CREATE TABLE `t` (`id` int NOT NULL, `a` varchar(60) DEFAULT NULL, PRIMARY KEY (`id`),"
    " UNIQUE KEY `k` (`a`)) ENGINE=InnoDB DEFAULT CHARSET=latin1";

TEST(CharsetVerdict, FoldsAWholeTable)
{
    constexpr folding rows[] = {
        {"CONVERT TO CHARACTER SET utf8mb4", rebuild, lenient},
        {"CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", rebuild, lenient},
        {"CONVERT TO CHARACTER SET utf8mb4, ADD COLUMN c int", rebuild, lenient},
        {"CONVERT TO CHARACTER SET ascii", rebuild, lenient},
        {"CONVERT TO CHARACTER SET latin1 COLLATE latin1_bin", rebuild},
    };
    expect_folds(rows, legacy);
    constexpr folding keyed[] = {
        {"CONVERT TO CHARACTER SET utf8mb4", rebuild, counted},
        {"CONVERT TO CHARACTER SET latin1 COLLATE latin1_bin", rebuild, counted},
        {"CONVERT TO CHARACTER SET ascii", rebuild, lenient_and_counted},
        {"CONVERT TO CHARACTER SET latin1", rebuild},
    };
    expect_folds(keyed, legacy_with_key);
}

TEST(CharsetVerdict, PassesWhatIsComputedOrFoundByTexts)
{
    constexpr passing of_table[] = {
        {"CONVERT TO CHARACTER SET binary",
         "CONVERT TO CHARACTER SET: `a` converts latin1 to binary: characters may be lost"},
        {"CONVERT TO CHARACTER SET DEFAULT", "CONVERT TO CHARACTER SET: the charset is the"},
        {"CONVERT TO CHARACTER SET utf8mb4, MODIFY a varchar(70)",
         "CONVERT TO CHARACTER SET: the table's charset and columns change together"},
        {"MODIFY a varchar(60) CHARACTER SET koi8r", "MODIFY COLUMN `a`: converts latin1 to koi8r"},
    };
    expect_passes(of_table, legacy);
    constexpr std::string_view computed =
        "CREATE TABLE `t` (`id` int NOT NULL, `a` varchar(60) DEFAULT NULL,"
        " `g` int GENERATED ALWAYS AS ((`a` = 'x')) VIRTUAL, PRIMARY KEY (`id`)"
        ") ENGINE=InnoDB DEFAULT CHARSET=latin1";
    constexpr passing of_computed[] = {
        {"MODIFY a varchar(60) CHARACTER SET utf8mb4",
         "MODIFY COLUMN `a`: converts latin1 to utf8mb4: generated column `g` is computed from it"},
        {"CONVERT TO CHARACTER SET utf8mb4",
         "CONVERT TO CHARACTER SET: `a` converts latin1 to utf8mb4: generated column `g`"},
    };
    expect_passes(of_computed, computed);
    constexpr std::string_view found = "CREATE TABLE `t` (`a` varchar(60) NOT NULL, PRIMARY KEY "
                                       "(`a`)) ENGINE=InnoDB DEFAULT CHARSET=latin1";
    constexpr passing of_found[] = {
        {"CONVERT TO CHARACTER SET utf8mb4",
         "CONVERT TO CHARACTER SET: `a` converts latin1 to utf8mb4: tools find rows by it"},
        {"CONVERT TO CHARACTER SET ascii",
         "CONVERT TO CHARACTER SET: `a` converts latin1 to ascii: tools find rows by it"},
    };
    expect_passes(of_found, found);
    constexpr std::string_view divided =
        "CREATE TABLE `t` (`a` varchar(60) DEFAULT NULL) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3\n"
        "/*!50100 PARTITION BY KEY (a) PARTITIONS 2 */";
    constexpr passing of_divided[] = {
        {"CONVERT TO CHARACTER SET utf8mb4",
         "CONVERT TO CHARACTER SET: `a` converts utf8mb3 to utf8mb4: the table is partitioned"},
    };
    expect_passes(of_divided, divided);
}

}  // namespace
}  // namespace rewrite
