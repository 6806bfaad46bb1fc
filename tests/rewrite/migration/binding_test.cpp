#include "rewrite/migration/binding.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rewrite;

statement read(std::string_view text)
{
    return read_statement(text, "d", {}, name_case::sensitive);
}

std::optional<tool_trigger> trigger(std::string_view text)
{
    return read_tool_trigger(text, read(text), "d", {}, name_case::sensitive);
}

TEST(Binding, KnowsGhOstByItsCommentAlone)
{
    EXPECT_TRUE(has_gh_ost_marker(read("create /* gh-ost */ table a (id int)")));
    EXPECT_FALSE(has_gh_ost_marker(read("create table a (id int) /* gh-ost */")));
    EXPECT_FALSE(has_gh_ost_marker(read("create /* gh-ost! */ table a (id int)")));
}

TEST(Binding, NominatesByNameAndNothingElse)
{
    EXPECT_EQ(nominate({"d", "_t_gho"}).role, gh_ost_role::ghost);
    EXPECT_EQ(nominate({"d", "_t_ghc"}).role, gh_ost_role::changelog);
    EXPECT_EQ(nominate({"d", "_t_ghk"}).role, gh_ost_role::checkpoint);
    EXPECT_EQ(nominate({"d", "_t_del"}).role, gh_ost_role::sentry);
    EXPECT_EQ(nominate({"d", "_t_20240101000000_del"}).base, "t");
    EXPECT_EQ(nominate({"d", "t_gho"}).role, gh_ost_role::none);
    EXPECT_EQ(nominate({"d", "_gho"}).role, gh_ost_role::none);
}

TEST(Binding, ARunIsItsBaseNameInOneSchema)
{
    const table_name ghost{"d", "_t_gho"};
    EXPECT_TRUE(same_run(nominate({"d", "_t_del"}), {"d", "_t_del"}, ghost));
    EXPECT_FALSE(same_run(nominate({"e", "_t_del"}), {"e", "_t_del"}, ghost));
    EXPECT_FALSE(same_run(nominate({"d", "_u_del"}), {"d", "_u_del"}, ghost));
    const std::string base(59, 'x');  // cut to fit 64 bytes, more so with a time
    const table_name long_ghost{"d", "_" + base + "_gho"};
    const table_name old{"d", "_" + base.substr(0, 44) + "_20240101000000_del"};
    EXPECT_TRUE(same_run(nominate(old), old, long_ghost));
}

TEST(Binding, ReadsTheTriggersOfEveryVersion)
{
    for (const std::string body : {
             "DELETE IGNORE FROM `d`.`_t_new` WHERE `d`.`_t_new`.`id` <=> OLD.`id`",
             "REPLACE INTO `d`.`_t_new` (`id`) VALUES (NEW.`id`)",
             "BEGIN DELETE IGNORE FROM `d`.`_t_new` WHERE 1;REPLACE INTO `d`.`_t_new` (`id`) "
             "VALUES (NEW.`id`);END",
             "BEGIN DECLARE CONTINUE HANDLER FOR 1146 begin end; REPLACE INTO `d`.`_t_new` (`id`) "
             "VALUES (NEW.`id`);END",
         }) {
        const auto found = trigger(
            "CREATE DEFINER=`r`@`%` TRIGGER `pt_osc_d_t_upd` AFTER UPDATE ON `d`.`t` FOR EACH "
            "ROW " +
            body
        );
        ASSERT_TRUE(found) << body;
        EXPECT_EQ(found->ghost.table, "_t_new");
        EXPECT_EQ(found->original.table, "t");
    }
}

TEST(Binding, TakesNoTriggerThatDoesAnythingElse)
{
    const auto with = [](const std::string& head, const std::string& body) {
        return trigger("CREATE TRIGGER " + head + " ON `d`.`t` FOR EACH ROW " + body).has_value();
    };
    const std::string good = "REPLACE INTO `d`.`n` (`id`) VALUES (NEW.`id`)";
    EXPECT_TRUE(with("`pt_osc_d_t_ins` AFTER INSERT", good));
    EXPECT_FALSE(with("`mine` AFTER INSERT", good));
    EXPECT_FALSE(with("`pt_osc_d_t_ins` BEFORE INSERT", good));
    for (const char* body : {
             "INSERT INTO `d`.`n` VALUES (NEW.`id`)",
             "REPLACE INTO `d`.`n` (`id`) SELECT 1",
             "REPLACE INTO `d`.`n` (`id`) VALUES ((SELECT 1))",
             "BEGIN REPLACE INTO `d`.`n` VALUES (1); REPLACE INTO `d`.`m` VALUES (1); END",
             "BEGIN REPLACE INTO `d`.`n` VALUES (1); SET @a = 1; END",
             "BEGIN DECLARE EXIT HANDLER FOR 1146 begin end; REPLACE INTO `d`.`n` VALUES (1); END",
             "REPLACE INTO `d`.`t` (`id`) VALUES (NEW.`id`)",
             "BEGIN END",
         })
        EXPECT_FALSE(with("`pt_osc_d_t_ins` AFTER INSERT", body)) << body;
}

TEST(Binding, KnowsTheMarksOfToolsRows)
{
    EXPECT_TRUE(has_tool_marker("insert /* gh-ost `d`.`t` */ ignore into x"));
    EXPECT_TRUE(has_tool_marker("INSERT ... /*pt-online-schema-change 1 copy nibble*/"));
    EXPECT_FALSE(has_tool_marker("INSERT INTO x VALUES ('gh-ost')"));
}

}  // namespace
