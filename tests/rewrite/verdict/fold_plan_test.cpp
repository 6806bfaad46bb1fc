#include "rewrite/verdict/clause_traits.hpp"
#include "rewrite/verdict/fold_plan.hpp"

#include <gtest/gtest.h>

namespace rewrite {
namespace {

constexpr std::string_view definition =
    "CREATE TABLE `t` (\n  `id` int NOT NULL,\n  `a` varchar(10) DEFAULT NULL,\n"
    "  `b` int DEFAULT NULL,\n  PRIMARY KEY (`id`)\n)";
constexpr std::uint8_t long_type = 3;
constexpr std::uint8_t varchar_type = 15;
constexpr std::array<std::uint8_t, 3> types{long_type, varchar_type, long_type};

struct recorded_alter
{
    explicit recorded_alter(std::string_view clauses, const lexical_rules& rules = {})
        : text("ALTER TABLE `shop`.`_t_gho` " + std::string(clauses))
        , read(read_alter(text, read_statement(text, "shop", rules, name_case::sensitive), rules))
    {}

    std::string text;
    alter_text read;
};

fold_target target(const table_name& renamed_to = {})
{
    return {
        .original = {"shop", "t"},
        .renamed_to = renamed_to,
        .create_table = definition,
        .types = types,
    };
}

std::optional<fold_plan> plan(std::string_view clauses, const table_name& renamed_to = {})
{
    const recorded_alter alter(clauses);
    return plan_fold(&alter.read, target(renamed_to));
}

// "id:3 a:15 c:?"; "nothing" without a shape.
std::string shape(std::string_view clauses)
{
    const auto result = plan(clauses);
    if (!result || !result->shape)
        return "nothing";
    std::string text;
    for (const auto& column : result->shape->columns)
        text += (text.empty() ? "" : " ") + column.name + ":" +
                (column.type ? std::to_string(*column.type) : "?");
    return text;
}

TEST(FoldPlan, WritesTheRecordedAlterForTheOriginal)
{
    EXPECT_EQ(plan("ADD COLUMN c int")->text, "ALTER TABLE `shop`.`t` ADD COLUMN c int");
    EXPECT_EQ(
        plan("ADD COLUMN c int", table_name{"shop", "_t_del"})->text,
        "ALTER TABLE `shop`.`_t_del` RENAME TO `shop`.`t`, ADD COLUMN c int"
    );
}

TEST(FoldPlan, RebuildsWhereTheCopyIsStoredInAnotherWay)
{
    const auto text = [](std::string_view clauses, const table_name& renamed_to = {}) {
        const recorded_alter alter(clauses);
        fold_target stored = target(renamed_to);
        stored.force = true;
        return plan_fold(&alter.read, stored)->text;
    };
    EXPECT_EQ(text("ADD INDEX k (a)"), "ALTER TABLE `shop`.`t` FORCE, ADD INDEX k (a)");
    EXPECT_EQ(
        text("ADD INDEX k (a)", {"shop", "_t_del"}),
        "ALTER TABLE `shop`.`_t_del` RENAME TO `shop`.`t`, FORCE, ADD INDEX k (a)"
    );
    EXPECT_EQ(text("ALGORITHM=COPY"), "ALTER TABLE `shop`.`t` FORCE");
    EXPECT_EQ(text("FORCE, ADD c int"), "ALTER TABLE `shop`.`t` FORCE, ADD c int");
    EXPECT_EQ(
        text("PARTITION BY HASH (id)"), "ALTER TABLE `shop`.`t` FORCE PARTITION BY HASH (id)"
    );
    EXPECT_EQ(
        text("ADD PARTITION PARTITIONS 2"), "ALTER TABLE `shop`.`t` ADD PARTITION PARTITIONS 2"
    ) << "stands alone";

    fold_target stored = target();
    stored.force = true;
    EXPECT_EQ(plan_fold(nullptr, stored)->text, "ALTER TABLE `shop`.`t` FORCE");
    stored.renamed_to = {"shop", "_t_del"};
    EXPECT_EQ(
        plan_fold(nullptr, stored)->text, "ALTER TABLE `shop`.`_t_del` RENAME TO `shop`.`t`, FORCE"
    );
}

TEST(FoldPlan, LeavesOutExactlyTheClausesThatTheVerdictTakesForNothing)
{
    constexpr std::array only_how{
        "ALGORITHM=COPY",
        "LOCK=SHARED",
        "WITH VALIDATION",
        "ORDER BY a",
        "ENABLE KEYS",
        "DISABLE KEYS",
        "NOWAIT",
    };
    for (const char* clause : only_how) {
        const recorded_alter alter(clause);
        ASSERT_EQ(alter.read.clauses.size(), 1U) << clause;
        EXPECT_TRUE(says_only_how(alter.read.clauses[0].kind)) << clause;
        EXPECT_EQ(plan(clause)->text, "") << clause;
    }
    EXPECT_EQ(
        plan("ALGORITHM=INPLACE, ADD COLUMN c int, LOCK=NONE")->text,
        "ALTER TABLE `shop`.`t` ADD COLUMN c int"
    );
}

TEST(FoldPlan, HasNothingToDoWithoutAnAlterButToGiveTheNameBack)
{
    EXPECT_EQ(plan_fold(nullptr, target())->text, "");
    EXPECT_EQ(
        plan_fold(nullptr, target({"shop", "_t_del"}))->text,
        "ALTER TABLE `shop`.`_t_del` RENAME TO `shop`.`t`"
    );
    EXPECT_FALSE(plan_fold(nullptr, target())->shape);
}

TEST(FoldPlan, IsNothingForWhatCannotBeReadOrWritten)
{
    const recorded_alter unreadable("ADD c int COMMENT 'x");
    EXPECT_FALSE(plan_fold(&unreadable.read, target()));
    const recorded_alter gbk("ADD c int", {.charset = 28});
    fold_target to = target();
    EXPECT_TRUE(plan_fold(&gbk.read, to));
    to.original.table = "tä";
    EXPECT_FALSE(plan_fold(&gbk.read, to));
    to.renamed_to = {"shop", "_t_del"};
    EXPECT_FALSE(plan_fold(&gbk.read, to));
}

TEST(FoldPlan, KnowsTheColumnsThatEachClauseLeaves)
{
    EXPECT_EQ(shape("ENGINE=InnoDB"), "id:3 a:15 b:3");
    EXPECT_EQ(shape("ADD COLUMN c int"), "id:3 a:15 b:3 c:?");
    EXPECT_EQ(shape("ADD COLUMN c int FIRST, ADD d int AFTER A"), "c:? id:3 a:15 d:? b:3");
    EXPECT_EQ(shape("ADD COLUMN c int AFTER nowhere"), "id:3 a:15 b:3 c:?");
    EXPECT_EQ(shape("ADD (c int, d int)"), "id:3 a:15 b:3 c:? d:?");
    EXPECT_EQ(shape("DROP COLUMN A"), "id:3 b:3");
    EXPECT_EQ(shape("DROP COLUMN nowhere"), "id:3 a:15 b:3");
    EXPECT_EQ(shape("MODIFY a text"), "id:3 a:? b:3");
    EXPECT_EQ(shape("MODIFY b bigint FIRST"), "b:? id:3 a:15");
    EXPECT_EQ(shape("CHANGE a x text AFTER b"), "id:3 b:3 x:?");
    EXPECT_EQ(shape("RENAME COLUMN a TO x"), "id:3 x:15 b:3");
    EXPECT_EQ(shape("ALTER a SET DEFAULT 'x', ADD INDEX (b)"), "id:3 a:15 b:3");
    EXPECT_EQ(shape("MODIFY nowhere int"), "nothing");
}

TEST(FoldPlan, ExpectsNoShapeOfATableItDoesNotKnow)
{
    const recorded_alter alter("ADD COLUMN c int");
    fold_target to = target();
    to.create_table = {};
    EXPECT_FALSE(plan_fold(&alter.read, to)->shape);
    to.create_table = definition;
    to.types = protocol::byte_view(types).first(2);  // rows have a column that SHOW CREATE lacks
    EXPECT_FALSE(plan_fold(&alter.read, to)->shape);
    to.types = {};
    EXPECT_EQ(plan_fold(&alter.read, to)->shape->columns.size(), 4U);
    EXPECT_FALSE(plan_fold(&alter.read, to)->shape->columns[0].type);
}

TEST(FoldPlan, SaysHowATableMapDiffersFromTheExpectedShape)
{
    const expected_shape expected{
        {{.name = "id", .type = long_type}, {.name = "d", .type = std::uint8_t{12}}}
    };
    protocol::table_map_view map;
    const std::array<std::uint8_t, 2> same{long_type, 18};  // DATETIME, which a rebuild makes new
    map.column_types = same;
    EXPECT_EQ(difference(expected, map), "");
    const std::array<std::uint8_t, 2> other{long_type, varchar_type};
    map.column_types = other;
    EXPECT_EQ(difference(expected, map), "column d is of another type");
    map.column_types = types;
    EXPECT_EQ(difference(expected, map), "it has 3 columns instead of 2");
}

}  // namespace
}  // namespace rewrite
