#include "rewrite/verdict/tool_damage.hpp"

#include <gtest/gtest.h>

namespace rewrite {
namespace {

std::string create_of(std::string_view lines)
{
    return "CREATE TABLE `t` (\n" + std::string(lines) +
           "\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci";
}

// A source in a zone with summer time.
facts told_in_berlin(std::string create)
{
    facts known;
    known.table = {"shop", "t"};
    known.create_table = std::move(create);
    known.time_zone = "SYSTEM";
    known.zone_shifts = true;
    known.sql_mode = "STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE";
    return known;
}

struct copy_run
{
    tool which = tool::gh_ost;
    std::string clauses = "ADD COLUMN c int";
    std::string time_zone = {};
    std::uint32_t version = 90700;

    migration_plan plan() const
    {
        migration_plan made = plan_for_alter(clauses, {"shop", "t"}, version);
        made.which = which;
        made.time_zone = time_zone;
        return made;
    }
};

tool_damage damage(const facts& known, const copy_run& by = {})
{
    const migration_plan plan = by.plan();
    const auto parsed = parse_create_table(known.create_table);
    EXPECT_TRUE(parsed) << known.create_table;
    return damage_by_tool(plan, read_alter_of(plan), *parsed, known);
}

tool_damage with_key(std::string_view column, tool which)
{
    return damage(
        told_in_berlin(
            create_of("  `k` " + std::string(column) + ",\n  `n` int,\n  PRIMARY KEY (`n`,`k`)")
        ),
        {.which = which}
    );
}

TEST(ToolDamage, LosesRowsAlongColumnsThatTheToolComparesOtherwise)
{
    const std::string gh_ost = "gh-ost loses rows where it copies along a column that is ";
    const std::string pt_osc =
        "pt-online-schema-change loses rows where it copies along a column that is ";
    struct row
    {
        std::string_view column;
        std::string by_gh_ost;  // empty: none
        std::string by_pt_osc;
    };
    for (const row& one : std::initializer_list<row>{
             {"set('x','y') NOT NULL", "SET", "SET"},
             {"bit(8) NOT NULL", "BIT", "BIT"},
             {"double NOT NULL", "", "DOUBLE"},
             {"decimal(10,2) NOT NULL", "", ""},
             {"enum('a','b') NOT NULL", "", ""},
             {"datetime(6) NOT NULL", "", ""},
             {"binary(16) NOT NULL", "", ""},
             {"varbinary(16) NOT NULL", "", ""},
             {"varchar(9) NOT NULL", "", ""},
             {"varchar(9) CHARACTER SET utf8mb3 NOT NULL", "", ""},
             {"varchar(9) CHARACTER SET ascii NOT NULL", "", ""},
             {"varchar(9) CHARACTER SET latin1 NOT NULL", "of character set latin1", ""},
             {"char(9) CHARACTER SET cp1251 NOT NULL", "of character set cp1251", ""},
         }) {
        const tool_damage by_gh_ost = with_key(one.column, tool::gh_ost);
        const tool_damage by_pt_osc = with_key(one.column, tool::pt_osc);
        const auto text = [](const std::string& begin, const std::string& what) {
            return what.empty() ? what : begin + what + ", `k`";
        };
        EXPECT_EQ(by_gh_ost.text, text(gh_ost, one.by_gh_ost)) << one.column;
        EXPECT_EQ(by_pt_osc.text, text(pt_osc, one.by_pt_osc)) << one.column;
        EXPECT_EQ(by_gh_ost.loses_rows, !one.by_gh_ost.empty());
        EXPECT_EQ(by_pt_osc.loses_rows, !one.by_pt_osc.empty());
    }
}

TEST(ToolDamage, LooksAtTheKeyThatTheToolTakes)
{
    const auto text = [](std::string_view keys, const copy_run& by) {
        return damage(
                   told_in_berlin(create_of(
                       "  `a` int NOT NULL,\n  `s` set('x') NOT NULL,\n  `f` float NOT NULL,\n" +
                       std::string(keys)
                   )),
                   by
        )
            .text;
    };
    const std::string_view both = "  PRIMARY KEY (`a`),\n  UNIQUE KEY `us` (`s`)";
    const copy_run pt_osc{.which = tool::pt_osc};
    EXPECT_EQ(text(both, {}), "");
    EXPECT_EQ(text(both, pt_osc), "");
    EXPECT_EQ(text(both, {.clauses = "MODIFY a bigint NOT NULL"}), "");
    for (const char* clauses :
         {"DROP PRIMARY KEY", "DROP COLUMN a", "CHANGE A b int NOT NULL", "RENAME COLUMN a TO b"})
        EXPECT_NE(text(both, {.clauses = clauses}), "") << clauses;
    EXPECT_NE(text("  UNIQUE KEY `ua` (`a`),\n  UNIQUE KEY `us` (`s`)", {}), "");
    EXPECT_EQ(text("  UNIQUE KEY `ua` (`a`),\n  KEY `ks` (`s`)", pt_osc), "");
    EXPECT_NE(text("  KEY `ks` (`s`)", pt_osc), "");
    // gh-ost avoids keys with a FLOAT.
    EXPECT_EQ(text("  PRIMARY KEY (`f`),\n  UNIQUE KEY `ua` (`a`)", {}), "");
    EXPECT_NE(text("  PRIMARY KEY (`f`),\n  UNIQUE KEY `us` (`s`)", {}), "");
    EXPECT_NE(text("  PRIMARY KEY (`f`)", pt_osc), "");
}

TEST(ToolDamage, LosesRowsWithoutAKeyOfNotNullColumns)
{
    const facts nullable =
        told_in_berlin(create_of("  `a` int DEFAULT NULL,\n  UNIQUE KEY `ua` (`a`)"));
    EXPECT_EQ(
        damage(nullable).text,
        "gh-ost loses rows of a table without a unique key of NOT NULL columns"
    );
    EXPECT_TRUE(damage(nullable).loses_rows);
    EXPECT_EQ(damage(nullable, {.which = tool::pt_osc}).text, "");
    const facts computed =
        told_in_berlin(create_of("  `a` int NOT NULL,\n  UNIQUE KEY `ua` (`a`,((`a` + 1)))"));
    EXPECT_NE(damage(computed).text, "") << "an expression may be NULL";
    EXPECT_EQ(
        damage(told_in_berlin(create_of("  `a` int NOT NULL,\n  UNIQUE KEY `ua` (`a`)"))).text, ""
    );
}

TEST(ToolDamage, ChangesAGeneratedKeyThatSessionsDoNotSee)
{
    facts known = told_in_berlin(
        create_of("  `my_row_id` bigint unsigned NOT NULL AUTO_INCREMENT /*!80023 INVISIBLE */,\n"
                  "  `a` int NOT NULL,\n  PRIMARY KEY (`my_row_id`),\n  UNIQUE KEY `ua` (`a`)")
    );
    EXPECT_EQ(damage(known).text, "");
    known.hides_generated_key = true;
    EXPECT_NE(damage(known).text.find("new numbers"), std::string::npos);
    EXPECT_TRUE(damage(known).loses_rows);
    EXPECT_EQ(damage(known, {.which = tool::pt_osc}).text, "") << "its CREATE says what it saw";
    known.create_table = create_of("  `a` int NOT NULL,\n  PRIMARY KEY (`a`)");
    EXPECT_EQ(damage(known).text, "");
}

TEST(ToolDamage, MovesTimestampsWhereTheCopyGoesThroughAZoneThatShifts)
{
    const std::string timestamps =
        create_of("  `id` int NOT NULL,\n  `at` timestamp NULL DEFAULT NULL,\n  PRIMARY KEY (`id`)"
        );
    const facts known = told_in_berlin(timestamps);
    for (const tool which : {tool::gh_ost, tool::pt_osc}) {
        const tool_damage moved = damage(known, {.which = which});
        EXPECT_EQ(
            moved.text,
            std::string(to_text(which)) +
                "'s copy moves values of the TIMESTAMP column `at` by an hour where clocks were "
                "set back: its time zone is SYSTEM, and its sql_mode has the copy go through local "
                "time"
        );
        EXPECT_FALSE(moved.loses_rows);
    }
    EXPECT_EQ(damage(known, {.version = 50744}).text, "") << "copies the instant";
    EXPECT_EQ(damage(known, {.time_zone = "+02:00"}).text, "") << "of the tool's session";

    facts other = known;
    other.zone_shifts = false;
    EXPECT_EQ(damage(other).text, "") << "UTC";
    EXPECT_NE(damage(other, {.time_zone = "Europe/Berlin"}).text, "") << "not known";
    EXPECT_EQ(damage(other, {.time_zone = "SYSTEM"}).text, "");
    other = known;
    other.time_zone = "-03:00";
    EXPECT_EQ(damage(other).text, "");
    other = known;
    other.time_zone.clear();
    EXPECT_EQ(damage(other).text, "") << "offline";
    for (const char* mode : {"NO_ZERO_DATE", "NO_ZERO_IN_DATE", "ALLOW_INVALID_DATES"}) {
        other = known;
        other.sql_mode = mode;
        EXPECT_NE(damage(other).text, "") << mode;
    }
    other.sql_mode = "STRICT_TRANS_TABLES";
    EXPECT_EQ(damage(other).text, "");
    other = known;
    other.create_table =
        create_of("  `id` int NOT NULL,\n  `at` datetime DEFAULT NULL,\n  PRIMARY KEY (`id`)");
    EXPECT_EQ(damage(other).text, "");
}

// Or a consumer that has another value there cannot follow.
TEST(ToolDamage, LosesRowsWhereAKeyHoldsWhatItChanges)
{
    const auto loses = [](std::string_view keys) {
        const tool_damage moved = damage(
            told_in_berlin(create_of(
                "  `id` int NOT NULL,\n  `n` int DEFAULT NULL,\n  `at` timestamp NOT NULL,\n"
                "  `day` int GENERATED ALWAYS AS (to_days(`at`)) VIRTUAL,\n" +
                std::string(keys)
            )),
            {.which = tool::pt_osc}
        );
        EXPECT_NE(moved.text.find("moves values"), std::string::npos) << keys;
        return moved.loses_rows;
    };
    EXPECT_FALSE(loses("  PRIMARY KEY (`id`)"));
    EXPECT_FALSE(loses("  UNIQUE KEY `u` (`id`),\n  KEY `k` (`at`)"));
    EXPECT_TRUE(loses("  PRIMARY KEY (`at`,`id`)"));
    EXPECT_TRUE(loses("  PRIMARY KEY (`id`),\n  UNIQUE KEY `u` (`n`,`at`)"));
    EXPECT_TRUE(loses("  PRIMARY KEY (`id`),\n  UNIQUE KEY `u` (`day`)"));
    EXPECT_TRUE(loses("  PRIMARY KEY (`id`),\n  UNIQUE KEY `u` ((to_days(`at`)))"));
    EXPECT_TRUE(loses("  UNIQUE KEY `u` (`n`)")) << "rows are found by all their values";
    EXPECT_TRUE(loses("  KEY `k` (`id`)"));
}

TEST(ToolDamage, ChangesJsonThatGhOstWrites)
{
    const facts known = told_in_berlin(
        create_of("  `id` int NOT NULL,\n  `j` json DEFAULT NULL,\n  PRIMARY KEY (`id`)")
    );
    EXPECT_EQ(
        damage(known).text,
        "gh-ost changes values of the JSON column `j` that are written while it runs"
    );
    EXPECT_FALSE(damage(known).loses_rows);
    EXPECT_EQ(damage(known, {.which = tool::pt_osc}).text, "");
}

TEST(ToolDamage, PassesUnlessValuesAreKept)
{
    const facts known = told_in_berlin(
        create_of("  `id` int NOT NULL,\n  `j` json DEFAULT NULL,\n  PRIMARY KEY (`id`)")
    );
    const migration_plan plan = copy_run().plan();
    const std::string text = "gh-ost changes values of the JSON column `j` that are written while "
                             "it runs";
    EXPECT_EQ(judge(plan, &known, {}).what, outcome::pass);
    EXPECT_EQ(judge(plan, &known, {}).reason, text);
    EXPECT_EQ(judge(plan, &known, {.fold_unproven = true}).what, outcome::pass);

    policy rules{.keep_values = true};
    const verdict kept = judge(plan, &known, rules);
    EXPECT_EQ(kept.what, outcome::fold);
    EXPECT_EQ(kept.price, cost::instant);
    EXPECT_FALSE(kept.unproven);
    EXPECT_EQ(
        kept.reason,
        "ADD COLUMN `c`; " + text + ", and consumers keep what was written (damage = \"keep\")"
    );
    rules.pass_damage_tables = {{"shop", "t"}};
    EXPECT_EQ(judge(plan, &known, rules).what, outcome::pass);
    rules = {.keep_values_tables = {{"shop", "t"}}};
    EXPECT_EQ(judge(plan, &known, rules).what, outcome::fold);
    rules.keep_values_tables = {{"shop", "other"}};
    EXPECT_EQ(judge(plan, &known, rules).what, outcome::pass);
}

TEST(ToolDamage, FoldsOnNoOnesWordWhereRowsAreLost)
{
    const facts known = told_in_berlin(create_of("  `s` set('x') NOT NULL,\n  PRIMARY KEY (`s`)"));
    const policy all{.fold_unproven = true, .keep_values = true};
    EXPECT_EQ(judge(copy_run().plan(), &known, all).what, outcome::pass);
}

TEST(ToolDamage, LeavesPassesTheirReason)
{
    const facts known = told_in_berlin(
        create_of("  `id` int NOT NULL,\n  `j` json DEFAULT NULL,\n  PRIMARY KEY (`id`)")
    );
    const copy_run unproven{.clauses = "RENAME COLUMN id TO number"};
    EXPECT_NE(judge(unproven.plan(), &known, {}).reason.find("RENAME COLUMN"), std::string::npos);
}

}  // namespace
}  // namespace rewrite
