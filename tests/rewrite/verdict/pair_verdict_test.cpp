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
    EXPECT_EQ(
        price("ADD INDEX (a), ALTER b DROP DEFAULT", std::array{in_place, instant}), in_place
    );
    EXPECT_EQ(price("ADD a int, ADD INDEX (b)", std::array{instant, in_place}), rebuild);
    EXPECT_EQ(price("DROP a, ADD INDEX (b)", std::array{instant, in_place}), rebuild);
}

// These and the next two were run on 5.7.22, 8.0.33 and 9.7.4 with 64 and with 32,768 rows, and the
// pages that were asked for counted. Where they differ, the dearest server counts.
TEST(PairVerdict, ReadsRowsInPlaceOnlyForANewIndex)
{
    using enum cost;
    const auto price = [](std::string_view clauses, std::span<const cost> prices) {
        return price_of_all(alter(clauses).read.clauses, prices);
    };
    EXPECT_EQ(price("DROP INDEX i", std::array{in_place}), instant);
    EXPECT_EQ(price("AUTO_INCREMENT=9", std::array{in_place}), instant);
    EXPECT_EQ(price("MODIFY v varchar(60), DROP INDEX i", std::array{in_place, in_place}), instant);
    EXPECT_EQ(
        price("MODIFY v varchar(60), ADD INDEX (n)", std::array{in_place, in_place}), in_place
    );
    EXPECT_EQ(price("ADD a int, DROP INDEX i", std::array{instant, in_place}), rebuild);
    EXPECT_EQ(price("ADD a int, MODIFY v varchar(60)", std::array{instant, in_place}), rebuild);
}

TEST(PairVerdict, RebuildsForATablesOptionBesideIndexesOrALongerVarchar)
{
    using enum cost;
    const auto price = [](std::string_view clauses, cost first) {
        return price_of_all(alter(clauses).read.clauses, std::array{first, instant});
    };
    EXPECT_EQ(price("ADD INDEX (a), COMMENT='x'", in_place), rebuild);
    EXPECT_EQ(price("DROP INDEX i, COMMENT='x'", in_place), rebuild);
    EXPECT_EQ(price("MODIFY v varchar(60), COMMENT='x'", in_place), rebuild);
    EXPECT_EQ(price("RENAME INDEX i TO j, STATS_PERSISTENT=0", instant), rebuild);
    EXPECT_EQ(price("AUTO_INCREMENT=9, DROP INDEX i", in_place), rebuild);
    EXPECT_EQ(price("AUTO_INCREMENT=9, COMMENT='x'", in_place), instant);
    EXPECT_EQ(price("ALTER b DROP DEFAULT, COMMENT='x'", instant), instant);
    EXPECT_EQ(price("MODIFY e enum('a','b','c'), COMMENT='x'", instant), instant);
    EXPECT_EQ(price("DROP INDEX i, RENAME INDEX j TO k", in_place), instant);
    EXPECT_EQ(price("DROP INDEX i, ALGORITHM=INPLACE", in_place), instant);
}

TEST(PairVerdict, AddsAColumnInstantlyOnlyBesideOtherChangesOfColumns)
{
    using enum cost;
    const auto price = [](std::string_view clauses) {
        return price_of_all(alter(clauses).read.clauses, std::array{instant, instant});
    };
    for (const std::string_view clauses :
         {"ADD c int, DROP b",
          "ADD c int, MODIFY b int COMMENT 'n'",
          "ADD c int, ALTER b SET INVISIBLE",
          "DROP c, ALTER b DROP DEFAULT"})
        EXPECT_EQ(price(clauses), instant) << clauses;
    for (const std::string_view clauses :
         {"ADD c int, COMMENT='x'",
          "DROP c, COMMENT='x'",
          "ADD c int, MAX_ROWS=9",
          "ADD c int, STATS_PERSISTENT=1",
          "ADD c int, AUTOEXTEND_SIZE=4M",
          "ADD c int, DEFAULT CHARSET=latin1",
          "ADD c int, RENAME INDEX i TO j",
          "ADD c int, ALTER INDEX i INVISIBLE"})
        EXPECT_EQ(price(clauses), rebuild) << clauses;
}

TEST(PairVerdict, ReadsRowsForALongerVarcharInAnIndexOfOlderServers)
{
    using enum cost;
    const table_definition table{.indexes = {{table_index::form::plain, "i", {"v", "w"}}}};
    const auto price = [&table](std::string_view clauses, std::uint32_t version) {
        return price_of_all(alter(clauses).read.clauses, std::array{in_place}, table, version);
    };
    EXPECT_EQ(price("MODIFY W varchar(60)", 50722), in_place);
    EXPECT_EQ(price("MODIFY W varchar(60)", 80033), instant);
    EXPECT_EQ(price("MODIFY x varchar(60)", 50722), instant);
    EXPECT_EQ(price("DROP INDEX i", 50722), instant);
}

TEST(PairVerdict, CopiesATableOfAnotherEngineForAllButWordsInItsDefinition)
{
    using enum cost;
    const auto price = [](std::string_view clauses, cost one) {
        return price_of_all(alter(clauses).read.clauses, std::array{one}, {.engine = "MyISAM"});
    };
    EXPECT_EQ(price("ADD c int", instant), rebuild);
    EXPECT_EQ(price("ADD INDEX (a)", in_place), rebuild);
    EXPECT_EQ(price("DROP INDEX i", in_place), rebuild);
    EXPECT_EQ(price("MODIFY v varchar(60)", in_place), rebuild);
    EXPECT_EQ(price("ALTER b SET DEFAULT 3", instant), instant);
    EXPECT_EQ(price("COMMENT='x'", instant), instant);
    EXPECT_EQ(
        price_of_all(alter("ADD c int").read.clauses, std::array{instant}, {.engine = "innodb"}),
        instant
    );
}

}  // namespace
}  // namespace rewrite
