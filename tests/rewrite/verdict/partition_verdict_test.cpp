#include "tests/support/judged_rows.hpp"

namespace rewrite {
namespace {

using namespace tests;

TEST(PartitionVerdict, FoldsWhereEveryValueHasAPlace)
{
    constexpr folding rows[] = {
        {"PARTITION BY HASH (id) PARTITIONS 4", rebuild},
        {"PARTITION BY LINEAR HASH (id DIV 10) PARTITIONS 4", rebuild, lenient},
        {"PARTITION BY KEY () PARTITIONS 2", rebuild},
        {"PARTITION BY KEY ALGORITHM = 2 (id) PARTITIONS 2", rebuild},
        {"PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (10), PARTITION pm VALUES LESS "
         "THAN MAXVALUE)",
         rebuild},
        {"PARTITION BY RANGE (YEAR(dt)) (PARTITION p0 VALUES LESS THAN (MAXVALUE) ENGINE=InnoDB)",
         rebuild},
        {"PARTITION BY RANGE COLUMNS (id, a) (PARTITION pm VALUES LESS THAN (MAXVALUE, MAXVALUE))",
         rebuild},
        {"ADD COLUMN c int PARTITION BY HASH (id)", rebuild},
    };
    expect_folds(rows);
}

TEST(PartitionVerdict, PassesWhereAValueMayHaveNone)
{
    constexpr passing rows[] = {
        {"PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (10))",
         "PARTITION BY: rows whose values have no place"},
        {"PARTITION BY RANGE COLUMNS (id, a) (PARTITION p VALUES LESS THAN (MAXVALUE, 5))",
         "PARTITION BY: rows whose values have no place"},
        {"PARTITION BY LIST (id) (PARTITION p0 VALUES IN (1, 2))",
         "PARTITION BY: rows whose values have no place"},
        {"PARTITION BY RANGE (UNIX_TIMESTAMP(tn)) (PARTITION p VALUES LESS THAN MAXVALUE)",
         "PARTITION BY: `UNIX_TIMESTAMP` is not known"},
        {"PARTITION BY HASH (HOUR(tn))", "PARTITION BY: it reads the session"},
        {"PARTITION BY HASH (id) (PARTITION p0 DATA DIRECTORY '/x')", "PARTITION BY: a DIRECTORY"},
        {"PARTITION BY HASH (id", "PARTITION BY: it cannot be read"},
        {"PARTITION BY", "PARTITION BY: it cannot be read"},
        {"PARTITION BY HASH", "PARTITION BY: it cannot be read"},
        {"PARTITION BY RANGE (id) (PARTITION p VALUES LESS THAN", "PARTITION BY: rows whose"},
        {"PARTITION BY RANGE (id) (PARTITION p VALUES LESS THAN (", "PARTITION BY: rows whose"},
        {"ADD UNIQUE (id, a) PARTITION BY HASH (id)", "partitions and a unique key change"},
        {"REMOVE PARTITIONING", "REMOVE PARTITIONING: the original has no partitions"},
    };
    expect_passes(rows);
}

constexpr std::string_view by_range =
    "CREATE TABLE `t` (`id` int NOT NULL, `a` int DEFAULT NULL, PRIMARY KEY (`id`)) ENGINE=InnoDB\n"
    "/*!50100 PARTITION BY RANGE (`id`)\n(PARTITION p0 VALUES LESS THAN (10) ENGINE = InnoDB,\n"
    " PARTITION p1 VALUES LESS THAN (20) ENGINE = InnoDB) */";
constexpr std::string_view by_hash =
    "CREATE TABLE `t` (`id` int NOT NULL, `a` int DEFAULT NULL, PRIMARY KEY (`id`)) ENGINE=InnoDB\n"
    "/*!50100 PARTITION BY HASH (`id`)\nPARTITIONS 4 */";
constexpr std::string_view by_list =
    "CREATE TABLE `t` (`id` int NOT NULL, `a` int DEFAULT NULL, PRIMARY KEY (`id`)) ENGINE=InnoDB\n"
    "/*!50100 PARTITION BY LIST (`id`)\n(PARTITION p0 VALUES IN (1,2) ENGINE = InnoDB) */";

TEST(PartitionVerdict, FoldsWhatMovesRowsOnly)
{
    constexpr folding of_any[] = {
        {"REMOVE PARTITIONING", rebuild},
        {"REBUILD PARTITION ALL", rebuild},
        {"OPTIMIZE PARTITION ALL", rebuild},
        {"ANALYZE PARTITION ALL", instant},
        {"PARTITION BY HASH (id) PARTITIONS 2", rebuild},
    };
    for (const std::string_view create : {by_range, by_hash, by_list})
        expect_folds(of_any, create);
    constexpr folding of_hash[] = {
        {"COALESCE PARTITION 2", rebuild},
        {"ADD PARTITION PARTITIONS 2", rebuild},
    };
    expect_folds(of_hash, by_hash);
    constexpr folding of_range[] = {
        {"ADD PARTITION (PARTITION p2 VALUES LESS THAN (30))", instant},
        {"REORGANIZE PARTITION p0, p1 INTO (PARTITION n VALUES LESS THAN (20))", rebuild},
    };
    expect_folds(of_range, by_range);
    constexpr folding of_list[] = {
        {"ADD PARTITION (PARTITION p2 VALUES IN (30))", instant},
    };
    expect_folds(of_list, by_list);
}

TEST(PartitionVerdict, PassesWhatMayLeaveValuesOut)
{
    constexpr passing of_list[] = {
        {"REORGANIZE PARTITION p0 INTO (PARTITION n VALUES IN (1))",
         "REORGANIZE PARTITION: rows whose values have no place"},
    };
    expect_passes(of_list, by_list);
    constexpr passing of_range[] = {
        {"DROP PARTITION p0", "DROP PARTITION"},
        {"CHECK PARTITION ALL", "CHECK PARTITION"},
        {"ADD PARTITION (PARTITION p2 VALUES LESS THAN (30) DATA DIRECTORY '/x')",
         "ADD PARTITION: a DIRECTORY"},
        {"MODIFY id smallint NOT NULL", "MODIFY COLUMN `id`: values change under the partitioning"},
    };
    expect_passes(of_range, by_range);
}

}  // namespace
}  // namespace rewrite
