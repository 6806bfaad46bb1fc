#include "rewrite/sql/table_name.hpp"

#include <gtest/gtest.h>

namespace rewrite {
namespace {

TEST(TableName, TakesTheDefaultDatabaseIfNoneIsTyped)
{
    EXPECT_EQ(resolve("", "t", "d", name_case::sensitive), (table_name{"d", "t"}));
    EXPECT_EQ(resolve("e", "t", "d", name_case::sensitive), (table_name{"e", "t"}));
}

TEST(TableName, FoldsCaseByTheSourcesRule)
{
    EXPECT_EQ(resolve("Db", "T_Ä", "", name_case::sensitive), (table_name{"Db", "T_Ä"}));
    EXPECT_EQ(resolve("Db", "T_Ä", "", name_case::lower), (table_name{"db", "t_ä"}));
    EXPECT_EQ(resolve("", "ПРИВЕТЁ", "DB", name_case::insensitive), (table_name{"db", "приветё"}));
    EXPECT_EQ(resolve("", "ΑΩŸĀİ表", "d", name_case::lower).table, "αωÿāi表");
    EXPECT_EQ(resolve("", "×÷ÿ", "d", name_case::lower).table, "×÷ÿ");
}

TEST(TableName, HasAQuestionMarkForWhatTheServerCannotStore)
{
    // gh-ost cuts names at a byte: two bytes of a character are left.
    EXPECT_EQ(resolve("", "_\xe8\xa1_gho", "d", name_case::sensitive).table, "_\?\?_gho");
    EXPECT_EQ(resolve("", "a\xf0\x9f\x98\x80", "d", name_case::sensitive).table, "a?");
    EXPECT_EQ(resolve("", "\xff\xc0\x80\xe0\x80\x80", "d", name_case::lower).table, "\?\?\?\?\?\?");
}

TEST(TableName, KeepsANameThatIsTooLong)
{
    const std::string name(70, 'x');
    EXPECT_EQ(resolve("", name, "d", name_case::lower).table, name);
}

TEST(TableName, SaysThatItIsNotKnown)
{
    EXPECT_EQ(to_text(table_name{"d", "t"}), "d.t");
    EXPECT_EQ(to_text(table_name{}), "a table not known yet");
}

TEST(TableName, DoublesBackticks)
{
    EXPECT_EQ(quoted({"d`b", "t"}), "`d``b`.`t`");
    EXPECT_EQ(to_text({"d", "t"}), "d.t");
}

}  // namespace
}  // namespace rewrite
