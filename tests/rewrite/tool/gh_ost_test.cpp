#include "rewrite/tool/gh_ost.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rewrite;

statement read(std::string_view text)
{
    return read_statement(text, "d", {}, name_case::sensitive);
}

std::optional<tool_binding> binding(std::string_view text)
{
    const statement made = read(text);
    return gh_ost.binds({made, text, "d", {}, name_case::sensitive});
}

nomination nominated(const std::string& table)
{
    const std::string text = "create /* gh-ost */ table `" + table + "` (id int)";
    const statement made = read(text);
    return gh_ost.nominate(made).value_or(nomination{});
}

TEST(GhOst, MarksItsDdlWithItsCommentAlone)
{
    EXPECT_TRUE(gh_ost.is_marked(read("create /* gh-ost */ table a (id int)")));
    EXPECT_FALSE(gh_ost.is_marked(read("create table a (id int) /* gh-ost */")));
    EXPECT_FALSE(gh_ost.is_marked(read("create /* gh-ost! */ table a (id int)")));
}

TEST(GhOst, NominatesByMarkAndName)
{
    EXPECT_EQ(nominated("_t_gho").role, helper_role::ghost);
    EXPECT_EQ(nominated("_t_ghc").role, helper_role::changelog);
    EXPECT_EQ(nominated("_t_ghk").role, helper_role::checkpoint);
    EXPECT_EQ(nominated("_t_del").role, helper_role::sentry);
    EXPECT_EQ(nominated("_t_20240101000000_del").role, helper_role::sentry);
    EXPECT_EQ(nominated("t_gho").role, helper_role::none);
    EXPECT_EQ(nominated("_gho").role, helper_role::none);
    EXPECT_FALSE(gh_ost.nominate(read("create table `_t_gho` (id int)")));
}

TEST(GhOst, ARunBeginsWithItsChangelogOrAGhostThatIsLikeItsOriginal)
{
    EXPECT_TRUE(nominated("_t_ghc").begins_run);
    EXPECT_EQ(nominated("_t_ghc").ghost, (table_name{"d", "_t_gho"}));
    EXPECT_FALSE(nominated("_t_gho").begins_run);
    EXPECT_FALSE(nominated("_t_del").begins_run);
    const statement like = read("create /* gh-ost */ table `_t_gho` like `t`");
    const auto made = gh_ost.nominate(like);
    ASSERT_TRUE(made && made->original);
    EXPECT_TRUE(made->begins_run);
    EXPECT_EQ(made->original->name, (table_name{"d", "t"}));
}

TEST(GhOst, BindsByCreateLike)
{
    const auto bound = binding("create /* gh-ost */ table `_t_gho` like `e`.`u`");
    ASSERT_TRUE(bound);
    EXPECT_EQ(bound->original, (table_name{"e", "u"}));
    EXPECT_EQ(bound->ghost, (table_name{"d", "_t_gho"}));
    EXPECT_FALSE(binding("create table `_t_gho` like `u`"));
    EXPECT_FALSE(binding("create /* gh-ost */ table `_t_ghc` like `u`"));
}

TEST(GhOst, ARunIsItsBaseNameInOneSchema)
{
    const table_name ghost{"d", "_t_gho"};
    EXPECT_TRUE(gh_ost.is_helper_of({"d", "_t_del"}, ghost));
    EXPECT_TRUE(gh_ost.is_helper_of({"d", "_t_20240101000000_del"}, ghost));
    EXPECT_FALSE(gh_ost.is_helper_of({"e", "_t_del"}, ghost));
    EXPECT_FALSE(gh_ost.is_helper_of({"d", "_u_del"}, ghost));
    EXPECT_FALSE(gh_ost.is_helper_of({"d", "t"}, ghost));
    const std::string base(59, 'x');  // cut to fit 64 bytes, more so with a time
    const table_name long_ghost{"d", "_" + base + "_gho"};
    const table_name old{"d", "_" + base.substr(0, 44) + "_20240101000000_del"};
    EXPECT_TRUE(gh_ost.is_helper_of(old, long_ghost));
}

TEST(GhOst, MarksItsRows)
{
    EXPECT_TRUE(gh_ost.marks_rows("insert /* gh-ost `d`.`t` */ ignore into x"));
    EXPECT_FALSE(gh_ost.marks_rows("INSERT INTO x VALUES ('gh-ost')"));
}

}  // namespace
