#include "rewrite/tool/pt_osc.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rewrite;

std::optional<tool_binding> trigger(std::string_view text)
{
    const statement read = read_statement(text, "d", {}, name_case::sensitive);
    return pt_osc.binds({read, text, "d", {}, name_case::sensitive});
}

TEST(PtOsc, BindsByTheTriggersOfEveryVersion)
{
    for (const std::string body : {
             "DELETE IGNORE FROM `d`.`_t_new` WHERE `d`.`_t_new`.`id` <=> OLD.`id`",
             "REPLACE INTO `d`.`_t_new` (`id`) VALUES (NEW.`id`)",
             "BEGIN DELETE IGNORE FROM `d`.`_t_new` WHERE 1;REPLACE INTO `d`.`_t_new` (`id`) "
             "VALUES (NEW.`id`);END",
             "BEGIN DECLARE CONTINUE HANDLER FOR 1146 begin end; REPLACE INTO `d`.`_t_new` (`id`) "
             "VALUES (NEW.`id`);END",
         }) {
        const auto bound = trigger(
            "CREATE DEFINER=`r`@`%` TRIGGER `pt_osc_d_t_upd` AFTER UPDATE ON `d`.`t` FOR EACH "
            "ROW " +
            body
        );
        ASSERT_TRUE(bound) << body;
        EXPECT_EQ(bound->ghost.table, "_t_new");
        EXPECT_EQ(bound->original.table, "t");
        EXPECT_EQ(bound->trigger.table, "pt_osc_d_t_upd");
    }
}

TEST(PtOsc, ShowsWhichColumnARenamedOneIsWrittenFrom)
{
    const auto maps = [](std::string_view body) { return pt_osc.maps_column(body, "a", "b"); };
    EXPECT_TRUE(maps("DELETE IGNORE FROM `d`.`_t_new` WHERE `d`.`_t_new`.`id` <=> OLD.`id`"));
    EXPECT_TRUE(maps("REPLACE INTO `d`.`_t_new` (`id`, `b`) VALUES (NEW.`id`, NEW.`a`)"));
    EXPECT_TRUE(maps("BEGIN DELETE IGNORE FROM `d`.`_t_new` WHERE !(OLD.`id` <=> NEW.`id`); "
                     "REPLACE INTO `d`.`_t_new` (`B`) VALUES (NEW.`A`); END"));
    EXPECT_FALSE(maps("REPLACE INTO `d`.`_t_new` (`id`) VALUES (NEW.`id`)")) << "NULL in all rows";
    EXPECT_FALSE(maps("REPLACE INTO `d`.`_t_new` (`b`, `id`) VALUES (NEW.`id`, NEW.`a`)"));
    EXPECT_FALSE(maps("REPLACE INTO `d`.`_t_new` (`b`) VALUES (OLD.`a`)"));
    EXPECT_FALSE(maps("REPLACE INTO `d`.`_t_new` (`b`"));
    EXPECT_FALSE(maps("REPLACE"));
}

TEST(PtOsc, TakesNoTriggerThatDoesAnythingElse)
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

TEST(PtOsc, KnowsItsTriggersByTheTableThatTheyWrite)
{
    const table_name ghost{"d", "_t_new"};
    for (const char* body : {
             "DELETE IGNORE FROM `d`.`_t_new` WHERE `d`.`_t_new`.`id` <=> OLD.`id`",
             "REPLACE INTO _T_NEW (`id`) VALUES (NEW.`id`)",
         })
        EXPECT_TRUE(pt_osc.is_own_trigger(body, ghost)) << body;
    for (const char* body : {
             "INSERT INTO `d`.`log` VALUES (NEW.`id`)",
             "SET @a = '_t_new'",
             "SET NEW.a = _t_new.a",
             "",
         })
        EXPECT_FALSE(pt_osc.is_own_trigger(body, ghost)) << body;
}

TEST(PtOsc, KnowsItsNotesByTheirColumnsAndTheGhostThatTheyName)
{
    const std::vector<std::uint8_t> types = {3, 254, 254, 254, 252, 252, 252, 252, 254, 17};
    EXPECT_TRUE(pt_osc.is_notes(types));
    EXPECT_FALSE(pt_osc.is_notes(protocol::byte_view(types).first(9)));
    const auto names = [](std::string_view rows) {
        return pt_osc.notes_run(protocol::as_bytes(rows), {"d", "_t_new"});
    };
    EXPECT_TRUE(names("\x01t\x06_t_new"));
    EXPECT_TRUE(names(std::string_view("\x06\0_t_new", 8)));
    EXPECT_TRUE(names("_t_new \x06_t_new"));
    EXPECT_FALSE(names("_t_new"));
    EXPECT_FALSE(names("\x07__t_new"));
    EXPECT_FALSE(names("\x07_t_new2"));
}

TEST(PtOsc, MarksItsCopiedRows)
{
    EXPECT_TRUE(pt_osc.marks_rows("INSERT ... /*pt-online-schema-change 1 copy nibble*/"));
    EXPECT_FALSE(pt_osc.marks_rows("INSERT INTO x VALUES ('pt-online-schema-change')"));
}

TEST(PtOsc, SeesACopyOfSomeRows)
{
    const auto in_part = [](std::string_view where, std::string_view mark) {
        return pt_osc.copies_in_part(
            "INSERT LOW_PRIORITY IGNORE INTO `d`.`_t_new` (`id`, `where`) SELECT `id`, `where` "
            "FROM "
            "`d`.`t` FORCE INDEX(`PRIMARY`) " +
            std::string(where) + " LOCK IN SHARE MODE /*pt-online-schema-change 4711 copy " +
            std::string(mark) + "*/"
        );
    };
    const std::string bounds =
        "WHERE ((`id` > '1') OR (`id` = '1' AND `a` >= ') AND (')) AND ((`id` <= '62'))";
    EXPECT_FALSE(in_part(bounds, "nibble"));
    EXPECT_TRUE(in_part(bounds + " AND (id < 250)", "nibble"));
    EXPECT_TRUE(in_part(bounds + " AND (a IN (SELECT b FROM x WHERE c))", "nibble"));
    EXPECT_FALSE(in_part("", "table"));
    EXPECT_TRUE(in_part("WHERE id < 250", "table"));
    EXPECT_FALSE(in_part("WHERE ((`id` >= '1'", "nibble"));
    EXPECT_FALSE(pt_osc.copies_in_part("INSERT INTO t SELECT * FROM u WHERE a = 1"));
}

}  // namespace
