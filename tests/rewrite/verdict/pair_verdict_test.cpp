#include "rewrite/verdict/pair_verdict.hpp"

#include <array>
#include <gtest/gtest.h>

namespace rewrite {
namespace {

struct alter
{
    explicit alter(std::string_view clauses)
        : text("ALTER TABLE t " + std::string(clauses))
        , read(read_alter(text, read_statement(text, "d", {}, name_case::sensitive), {}))
    {}

    std::string text;
    alter_text read;
};

std::string objection(std::string_view clauses)
{
    return objection_to_pairs(alter(clauses).read);
}

std::string twice(const std::string& name)
{
    return "`" + name +
           "` appears in two clauses; run as two migrations, each is judged separately";
}

TEST(PairVerdict, ObjectsToANameInTwoClauses)
{
    EXPECT_EQ(objection("DROP c, ADD c int"), twice("c"));
    EXPECT_EQ(objection("ADD (a int, b int), MODIFY B bigint"), twice("B"));
    EXPECT_EQ(objection("CHANGE a b int, CHANGE b a int"), twice("a"));
    EXPECT_EQ(objection("ALTER a SET DEFAULT 1, MODIFY a int"), twice("a"));
    EXPECT_EQ(objection("DROP INDEX i, ADD INDEX i (a)"), twice("i"));
    EXPECT_EQ(objection("RENAME INDEX i TO j, ADD INDEX J (a)"), twice("J"));
    EXPECT_EQ(objection("ADD INDEX (a), DROP KEY a"), twice("a"));
}

TEST(PairVerdict, HasNothingAgainstNamesOfTheirOwn)
{
    EXPECT_EQ(objection(""), "");
    EXPECT_EQ(objection("ADD a int, ADD b int, DROP c"), "");
    EXPECT_EQ(objection("CHANGE a a bigint"), "");
    EXPECT_EQ(objection("MODIFY a bigint, ADD INDEX a (a)"), "") << "a column and an index";
}

TEST(PairVerdict, TakesNamesThatDifferByAccentsOnlyForOne)
{
    EXPECT_EQ(objection("DROP `cafe`, ADD `café` int"), twice("café"));
    EXPECT_EQ(objection("DROP `a`, DROP `ä`"), "") << "both are there: two columns";
}

TEST(PairVerdict, ObjectsToTheTablesCharsetTogetherWithItsColumns)
{
    constexpr std::string_view together =
        "the table's charset and columns change together; run as two migrations, each is "
        "judged separately";
    EXPECT_EQ(objection("MODIFY a text, CHARSET=latin1"), together);
    EXPECT_EQ(objection("COLLATE utf8mb4_bin, CHANGE a a text"), together);
    EXPECT_EQ(objection("ADD a text, CHARSET=latin1"), "");
    EXPECT_EQ(objection("MODIFY a text, COMMENT='CHARSET'"), "");
}

TEST(PairVerdict, CostsAsMuchAsTheDearestClauseAndARebuildForColumnsWithIndexes)
{
    using enum cost;
    const auto price = [](std::string_view clauses, std::span<const cost> prices) {
        return price_of_all(alter(clauses).read.clauses, prices);
    };
    EXPECT_EQ(price("", {}), nothing);
    EXPECT_EQ(price("ADD a int, ALTER b DROP DEFAULT", std::array{instant, instant}), instant);
    EXPECT_EQ(price("ADD INDEX (a), FORCE", std::array{in_place, rebuild}), rebuild);
    EXPECT_EQ(price("ADD INDEX (a), COMMENT='x'", std::array{in_place, instant}), in_place);
    EXPECT_EQ(price("ADD a int, ADD INDEX (b)", std::array{instant, in_place}), rebuild);
    EXPECT_EQ(price("DROP a, ADD INDEX (b)", std::array{instant, in_place}), rebuild);
}

}  // namespace
}  // namespace rewrite
