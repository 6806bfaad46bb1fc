#include "rewrite/verdict/table_keys.hpp"

#include <gtest/gtest.h>

namespace rewrite {
namespace {

constexpr std::string_view keyed_table =
    "CREATE TABLE `t` (`id` int NOT NULL, `a` int DEFAULT NULL, `b` int NOT NULL,"
    " `g` int GENERATED ALWAYS AS ((`a` + 1)) VIRTUAL,"
    " `h` int GENERATED ALWAYS AS ((`g` + 1)) VIRTUAL,"
    " PRIMARY KEY (`id`), UNIQUE KEY `u` (`h`), UNIQUE KEY `n` (`a`), UNIQUE KEY `f` (`b`),"
    " KEY `x` (((`b` * 2))), CONSTRAINT `c` CHECK ((`b` > 0)))";

TEST(TableKeys, KnowWhichFindRows)
{
    const auto table = parse_create_table(keyed_table);
    ASSERT_TRUE(table);
    EXPECT_TRUE(finds_rows(*table->find_index("PRIMARY"), *table));
    EXPECT_TRUE(finds_rows(*table->find_index("f"), *table));
    EXPECT_FALSE(finds_rows(*table->find_index("n"), *table)) << "NULLs are equal to none";
    EXPECT_FALSE(finds_rows(*table->find_index("x"), *table));
}

TEST(TableKeys, FindWhatIsComputedFromAColumn)
{
    const auto table = parse_create_table(keyed_table);
    ASSERT_TRUE(table);
    const dependents of_a = dependents_on(*table, "a");
    EXPECT_EQ(of_a.generated, "generated column `g`");
    EXPECT_TRUE(of_a.unique) << "by `h`, which reads `g`";
    EXPECT_FALSE(of_a.checked);
    const dependents of_b = dependents_on(*table, "b");
    EXPECT_EQ(of_b.key, "key `x`");
    EXPECT_TRUE(of_b.checked);
    EXPECT_FALSE(of_b.unique);
    EXPECT_FALSE(dependents_on(*table, "id").any());
}

TEST(TableKeys, TakeAKeysColumnsForThePartitionings)
{
    const auto table =
        parse_create_table("CREATE TABLE `t` (`a` int NOT NULL, `b` int, PRIMARY KEY (`a`))\n"
                           "/*!50100 PARTITION BY KEY ()\nPARTITIONS 2 */");
    ASSERT_TRUE(table);
    EXPECT_TRUE(dependents_on(*table, "a").partitioned);
    EXPECT_FALSE(dependents_on(*table, "b").partitioned);
}

}  // namespace
}  // namespace rewrite
