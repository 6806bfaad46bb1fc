#include "rewrite/verdict/misread_text.hpp"
#include "rewrite/verdict/verdict.hpp"

#include <gtest/gtest.h>

namespace rewrite {
namespace {

constexpr std::string_view table_with_a_key =
    "CREATE TABLE `t` (`id` int NOT NULL, `a` int DEFAULT NULL, "
    "`default` int DEFAULT NULL, `column` "
    "int DEFAULT NULL, PRIMARY KEY (`id`))";

std::string misread(std::string_view clauses, tool which = tool::gh_ost)
{
    const migration_plan plan = plan_for_alter(clauses, {"shop", "t"}, 80033, which);
    const alter_text alter = read_alter_of(plan);
    EXPECT_TRUE(alter.readable) << clauses;
    return misread_by_patterns(alter, *parse_create_table(table_with_a_key), which);
}

// Run: gh-ost 1.1.8 on 9.7.4, with --approve-renamed-columns.
TEST(MisreadText, IsWhatPatternsFindInComments)
{
    constexpr std::string_view changes =
        "gh-ost reads words of a comment as a new name of `a`, and copies its values to `b`";
    for (const std::string_view clauses :
         {R"(ADD COLUMN b int COMMENT "change a b as it is")",
          R"(ADD COLUMN b int COMMENT "Change column `a` `b` as it is")",
          R"(ADD COLUMN b int COMMENT 'today\'s change a b as it is')",
          "ADD COLUMN b int /* not change A b */",
          "ADD COLUMN b int /*change\ta\nb\n*/, FORCE",
          R"(ADD COLUMN c enum('it\'s'), ADD COLUMN b int COMMENT "change a b x" DEFAULT '1')"})
        EXPECT_EQ(misread(clauses), changes) << clauses;
    constexpr std::string_view drops =
        "gh-ost reads words of a comment as DROP `a`, and does not copy its values";
    for (const std::string_view clauses :
         {"ADD COLUMN b int -- next we drop a",
          "ADD COLUMN b int # drop column `a`",
          "ADD COLUMN b int /* first drop a, then */",
          "FORCE -- drop COLUMN a\n"})
        EXPECT_EQ(misread(clauses), drops) << clauses;
    EXPECT_NE(misread("ALTER COLUMN a DROP DEFAULT"), "") << "there is a column of this name";
    EXPECT_NE(misread("CHANGE a b int COMMENT \"change a c x\", ADD c int"), "")
        << "the last one counts";
}

TEST(MisreadText, IsNotWhatIsThere)
{
    for (const std::string_view clauses :
         {"CHANGE a b int",
          "CHANGE COLUMN `a` `b` int NOT NULL",
          "DROP COLUMN a",
          "DROP `a`, FORCE",
          "ADD COLUMN b int COMMENT 'change a b as it is'",
          "ADD COLUMN b int -- we drop a later",
          R"(ADD COLUMN b int COMMENT "change of rate b c")",
          "ADD COLUMN b int COMMENT 'drop a'",
          R"(ADD COLUMN b int COMMENT "date of change a for orders")",
          R"(ADD COLUMN b int COMMENT "exchange a b c")",
          R"(ADD COLUMN b int COMMENT "change a b")",
          R"(ADD COLUMN b int COMMENT "change a a c")",
          "DROP PRIMARY KEY",
          "DROP COLUMN `column`",
          "CHANGE `column` `other` int",
          "ADD COLUMN b int COMMENT \"change column\"",
          "FORCE",
          ""})
        EXPECT_EQ(misread(clauses), "") << clauses;
}

// Run: 3.7.1 on 8.0.33, with --no-check-alter.
TEST(MisreadText, IsWhatPtOscFindsAnywhere)
{
    constexpr std::string_view changes = "pt-online-schema-change reads words of a comment as a "
                                         "new name of `a`, and copies its values to `b`";
    for (const std::string_view clauses :
         {"ADD COLUMN b int /* not change a b */",
          "ADD COLUMN b int /* change column `a` `b`. */",
          "ADD COLUMN b int /* rename column a to b*/",
          "ADD COLUMN b int -- Change\ta\tb"})
        EXPECT_EQ(misread(clauses, tool::pt_osc), changes) << clauses;
    for (const std::string_view clauses :
         {"CHANGE a b int",
          "CHANGE COLUMN `a` `b` int",
          "RENAME COLUMN a TO b",
          "DROP COLUMN a",
          "ADD COLUMN b int -- drop a",
          "ADD COLUMN b int COMMENT 'of change a for us'",
          "ADD COLUMN b int /* change a, or b */",
          "ADD COLUMN b int /* change a */",
          "ADD COLUMN b int /* rename a to b */"})
        EXPECT_EQ(misread(clauses, tool::pt_osc), "") << clauses;
}

}  // namespace
}  // namespace rewrite
