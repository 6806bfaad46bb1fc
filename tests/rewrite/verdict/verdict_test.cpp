#include "tests/support/judged.hpp"

#include <gtest/gtest.h>

namespace rewrite {

namespace {

using namespace tests;

}  // namespace

TEST(Verdict, NamesTheClausesItFolds)
{
    EXPECT_EQ(judged("ADD COLUMN c int").reason, "ADD COLUMN `c`");
    EXPECT_EQ(
        judged("add c varchar(9) default 'secret', drop key kv").reason,
        "ADD COLUMN `c`, DROP INDEX `kv`"
    );
    EXPECT_EQ(judged("ADD `we``ird` int, ALGORITHM=COPY").reason, "ADD COLUMN `we``ird`");
    EXPECT_EQ(judged("").reason, "nothing to alter");
    EXPECT_EQ(
        judged("ADD q1 int, ADD q2 int, ADD q3 int, ADD q4 int, ADD q5 int, ADD q6 int").reason,
        "ADD COLUMN `q1`, ADD COLUMN `q2`, ADD COLUMN `q3`, ADD COLUMN `q4` and 2 more"
    );
}

TEST(Verdict, KnowsWhatOlderServersCanNotAddInstantly)
{
    EXPECT_EQ(judged("ADD c int", original, {}, 50722).price, cost::rebuild);
    EXPECT_EQ(judged("ADD c int", original, {}, 80012).price, cost::instant);
    EXPECT_EQ(judged("ADD c int AFTER a", original, {}, 80012).price, cost::rebuild);
    EXPECT_EQ(judged("ADD c int AFTER p", original, {}, 80012).price, cost::instant);
    EXPECT_EQ(judged("DROP da", original, {}, 80028).price, cost::rebuild);
    const std::string compressed = std::string(original) + " ROW_FORMAT=COMPRESSED";
    EXPECT_EQ(judged("ADD c int", compressed).price, cost::rebuild);
}

TEST(Verdict, ReadsTheTextByTheSessionsRules)
{
    const facts known = known_facts();
    migration_plan plan = planned("ADD COLUMN \"c\" int DEFAULT '\\'");
    EXPECT_EQ(judge(plan, &known, {}).what, outcome::pass) << "a string that does not end";
    plan.rules.ansi_quotes = true;
    plan.rules.no_backslash_escapes = true;
    EXPECT_EQ(judge(plan, &known, {}).reason, "ADD COLUMN `c`");

    plan = planned("/*!80099 ADD d datetime DEFAULT NOW(), */ ADD COLUMN c int", 80033);
    EXPECT_EQ(judge(plan, &known, {}).what, outcome::fold) << "a comment for newer servers";
    plan.rules.server_version = 90700;
    EXPECT_EQ(judge(plan, &known, {}).what, outcome::pass);
}

TEST(Verdict, FoldsALiteralTimestampWhereTheZoneIsTheSameEverywhere)
{
    const facts known = known_facts();
    migration_plan plan = planned("ADD c timestamp DEFAULT '2020-01-01 00:00:00'");
    for (const char* zone : {"", "SYSTEM", "Europe/Berlin"}) {
        plan.time_zone = zone;
        EXPECT_EQ(judge(plan, &known, {}).what, outcome::pass) << zone;
    }
    for (const char* zone : {"+00:00", "-05:30"}) {
        plan.time_zone = zone;
        EXPECT_EQ(judge(plan, &known, {}).what, outcome::fold) << zone;
    }
}

TEST(Verdict, TakesBytesOfAnotherCharsetForNoValueItKnows)
{
    const std::string create =
        "CREATE TABLE `t` (`id` int NOT NULL, `e` enum('\xc3\xa9') DEFAULT NULL, PRIMARY KEY "
        "(`id`)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4";
    const facts known = known_facts(create);
    migration_plan plan = planned("MODIFY e enum('\xc3\xa9','b')");
    EXPECT_EQ(judge(plan, &known, {}).what, outcome::fold);
    plan.rules.charset = 8;  // latin1: the value is another one
    EXPECT_EQ(judge(plan, &known, {}).what, outcome::pass);
}

TEST(Verdict, PassesDroppedAndAddedNamesThatAServerMayTakeForOne)
{
    const std::string create = "CREATE TABLE `t` (`id` int NOT NULL, `\xc3\xa9` int DEFAULT NULL, "
                               "PRIMARY KEY (`id`)) ENGINE=InnoDB DEFAULT CHARSET=latin1";
    EXPECT_EQ(judged("DROP COLUMN `\xc3\xa9`", create).what, outcome::fold);
    EXPECT_EQ(judged("DROP COLUMN `\xc3\xa9`, ADD COLUMN e int", create).what, outcome::pass);
}

TEST(Verdict, PassesOriginalsWithWhatACopyDoesNotKeep)
{
    const auto table = [](std::string_view lines, std::string_view options = "ENGINE=InnoDB") {
        return "CREATE TABLE `t` (\n  `id` int NOT NULL,\n  `a` int DEFAULT NULL,\n  PRIMARY KEY "
               "(`id`)" +
               std::string(lines) + "\n) " + std::string(options);
    };
    EXPECT_EQ(judged("ADD c int", table("")).what, outcome::fold);
    EXPECT_EQ(judged("ADD c int", table("", "ENGINE=MyISAM")).what, outcome::fold);
    EXPECT_EQ(
        judged("ADD c int", table(",\n  CONSTRAINT `f` FOREIGN KEY (`a`) REFERENCES `p` (`id`)"))
            .reason,
        "ADD COLUMN `c`, without 1 foreign key that the copy does not have"
    );
    EXPECT_EQ(
        judged("", table(",\n  CHECK ((`a` > 0))")).reason,
        "the names of its constraints are not known"
    );
    EXPECT_EQ(
        judged("ADD c int", table("", "ENGINE=InnoDB DATA DIRECTORY='/x/'")).reason,
        "the original has a DATA or INDEX DIRECTORY, which a copy does not keep"
    );
    EXPECT_EQ(
        judged("ADD c int", table("", "ENGINE=FEDERATED")).reason,
        "the original has engine FEDERATED"
    );
    EXPECT_EQ(
        judged("ADD c int", table("", "ENGINE=InnoDB SECONDARY_ENGINE=rapid")).reason,
        "the original has SECONDARY_ENGINE=rapid, which is not understood"
    );
    facts known = known_facts();
    known.children = {{"shop", "lines"}};
    EXPECT_EQ(
        judge(planned("ADD c int"), &known, {}).reason,
        "table shop.lines has a foreign key to the original"
    );
}

TEST(Verdict, CountsNoTriggerThatTheToolMadeForItsCopy)
{
    facts known = known_facts();
    known.triggers = {
        {"pt_osc_shop_t_del",
         "AFTER",
         "DELETE",
         "BEGIN DECLARE CONTINUE HANDLER FOR 1146 begin end; DELETE IGNORE FROM `shop`.`_t_new` "
         "WHERE `shop`.`_t_new`.`id` <=> OLD.`id`; END"},
        {"pt_osc_shop_t_ins",
         "AFTER",
         "INSERT",
         "REPLACE INTO `shop`.`_t_new` (`id`, `a`) VALUES (NEW.`id`, NEW.`a`)"}
    };
    migration_plan plan = planned("ADD c int");
    plan.which = tool::pt_osc;
    plan.ghost = {"shop", "_t_new"};
    EXPECT_EQ(judge(plan, &known, {}).what, outcome::fold);

    known.triggers.push_back({"audit", "AFTER", "UPDATE", "INSERT INTO log VALUES ('_t_new')"});
    EXPECT_EQ(judge(plan, &known, {}).reason, "the original has a trigger of its own, `audit`");
    known.triggers.pop_back();
    plan.which = tool::gh_ost;
    EXPECT_EQ(judge(plan, &known, {}).what, outcome::pass) << "gh-ost makes no triggers";
}

TEST(Verdict, PassesATriggerToolsCopyThatIsNotLikeTheOriginal)
{
    const facts known = known_facts();
    migration_plan plan = planned("ADD c int");
    plan.which = tool::pt_osc;
    plan.ghost_create = original;
    plan.ghost_create.replace(plan.ghost_create.find("`t`"), 3, "`shop`.`_t_new`");
    EXPECT_EQ(judge(plan, &known, {}).what, outcome::fold);
    plan.ghost_create.replace(plan.ghost_create.find("varchar(40)"), 11, "varchar(41)");
    policy unproven;
    unproven.fold_unproven = true;
    for (const policy& rules : {policy{}, unproven}) {
        const verdict ruling = judge(plan, &known, rules);
        EXPECT_EQ(ruling.what, outcome::pass);
        EXPECT_EQ(ruling.reason, "the tool's copy was not made like the original");
    }
    plan.ghost_create = original;
    plan.ghost_create.erase(plan.ghost_create.find(" ENGINE=InnoDB"), 14);
    const verdict ruling = judge(plan, &known, unproven);
    EXPECT_EQ(ruling.what, outcome::pass);
    EXPECT_TRUE(ruling.reason.starts_with("the tool's copy was made without ENGINE"));
}

TEST(Verdict, PassesWithoutFactsAndSaysWhatIsMissing)
{
    const migration_plan plan = planned("ADD c int");
    EXPECT_EQ(judge(plan, nullptr, {}).what, outcome::pass);
    EXPECT_EQ(judge(plan, nullptr, {}).reason, "the original's definition is not known");
    facts known = known_facts();
    known.missing = "GRANT TRIGGER, PROCESS ON *.* TO 'unghost'@'%'";
    EXPECT_EQ(judge(plan, &known, {}).what, outcome::pass);
    EXPECT_EQ(judge(plan, &known, {}).reason, known.missing);
    EXPECT_EQ(judge(planned(""), &known, {}).what, outcome::pass);
}

TEST(Verdict, FoldsTheUnprovenOnlyOnTheOperatorsWord)
{
    policy rules;
    rules.fold_unproven = true;
    const verdict ruling = judged("ADD d datetime DEFAULT NOW()", original, rules);
    EXPECT_EQ(ruling.what, outcome::fold);
    EXPECT_TRUE(ruling.unproven);
    EXPECT_TRUE(ruling.reason.starts_with("unproven: ADD COLUMN `d`: ")) << ruling.reason;
    EXPECT_EQ(ruling.price, cost::rebuild);
    EXPECT_FALSE(judged("ADD c int", original, rules).unproven);

    const migration_plan plan = planned("ADD c int");
    EXPECT_TRUE(judge(plan, nullptr, rules).unproven);

    rules.pass_unproven_tables = {{"shop", "t"}};
    EXPECT_EQ(judge(plan, nullptr, rules).what, outcome::pass);
    rules = {};
    rules.fold_unproven_tables = {{"shop", "other"}};
    EXPECT_EQ(judge(plan, nullptr, rules).what, outcome::pass);
    rules.fold_unproven_tables = {{"shop", "t"}};
    EXPECT_EQ(judge(plan, nullptr, rules).what, outcome::fold);
}

TEST(Verdict, NeverFoldsWhatWouldActOnTheRowsOfTheOriginal)
{
    policy rules;
    rules.fold_unproven = true;
    for (const char* clauses :
         {"DROP PARTITION p0",
          "TRUNCATE PARTITION p0",
          "EXCHANGE PARTITION p0 WITH TABLE x",
          "DISCARD PARTITION p0 TABLESPACE",
          "IMPORT PARTITION p0 TABLESPACE",
          "DISCARD TABLESPACE",
          "IMPORT TABLESPACE",
          "RENAME TO t2",
          "ADD c int, RENAME t2",
          "ADD c int DEFAULT 'unended"}) {
        EXPECT_EQ(judged(clauses, original, rules).what, outcome::pass) << clauses;
        const migration_plan plan = planned(clauses);
        EXPECT_EQ(judge(plan, nullptr, rules).what, outcome::pass) << clauses;
    }
}

TEST(Verdict, FoldsOnlyInTheDatabasesItIsToldTo)
{
    const auto outcome_with = [](const policy& rules) {
        return judged("ADD COLUMN c int", original, rules).what;
    };
    EXPECT_EQ(outcome_with({.schemas = {"crm", "shop"}}), outcome::fold);
    EXPECT_EQ(outcome_with({.schemas = {"crm"}}), outcome::pass);
    EXPECT_EQ(outcome_with({.not_schemas = {"crm"}}), outcome::fold);
    EXPECT_EQ(outcome_with({.not_schemas = {"shop"}}), outcome::pass);
    EXPECT_EQ(outcome_with({.schemas = {"shop"}, .not_schemas = {"shop"}}), outcome::pass);
    EXPECT_EQ(outcome_with({.fold_unproven = true, .schemas = {"crm"}}), outcome::pass);
}

TEST(Verdict, PassesWhatHoldsUpAnApplierWhereThatIsNotWanted)
{
    policy rules{.block = {.largest = 0, .setting = "block = \"pass\""}};
    EXPECT_EQ(judged("ADD c int", original, rules).what, outcome::fold);
    EXPECT_EQ(judged("MODIFY v varchar(60)", original, rules).what, outcome::fold);
    EXPECT_EQ(judged("DROP INDEX kv", original, rules).what, outcome::fold);
    EXPECT_EQ(
        judged("ADD INDEX k (a)", original, rules).reason,
        "ADD INDEX `k`: reads all rows of the table at a replica, whose applier waits for it; the "
        "table has a size that is not known, and block = \"pass\""
    );
    const verdict ruling = judged("MODIFY a bigint", original, rules);
    EXPECT_EQ(ruling.what, outcome::pass);
    EXPECT_EQ(ruling.price, cost::nothing);
    EXPECT_EQ(
        ruling.reason,
        "MODIFY COLUMN `a`: rebuilds the table at a replica, whose applier waits for it; the table "
        "has a size that is not known, and block = \"pass\""
    );
    rules.fold_unproven = true;
    EXPECT_EQ(judged("PARTITION BY KEY (id)", original, rules).what, outcome::pass);
}

TEST(Verdict, ComparesTheTablesSizeWithTheBound)
{
    const policy rules{
        .block = {.largest = 1000, .setting = "block = \"1000\""},
        .block_tables = {{{"shop", "other"}, {}}}
    };
    facts told = known_facts();
    const auto ruling = [&](const table_name& name, std::optional<std::uint64_t> bytes) {
        told.bytes = bytes;
        migration_plan plan = planned("ADD INDEX k (a)");
        plan.original = name;
        return judge(plan, &told, rules).what;
    };
    const table_name bounded{"shop", "t"};
    EXPECT_EQ(ruling(bounded, 1000), outcome::fold);
    EXPECT_EQ(ruling(bounded, 1001), outcome::pass);
    EXPECT_EQ(ruling(bounded, std::nullopt), outcome::pass) << "counts as larger";
    EXPECT_EQ(ruling({"shop", "other"}, 1001), outcome::fold) << "its own rule";
}

TEST(Verdict, RebuildsATableThatIsToBeRebuilt)
{
    const facts told = known_facts();
    const policy rules{.force_tables = {{"shop", "t"}}};
    migration_plan plan = planned("ADD c int");
    const verdict ruling = judge(plan, &told, rules);
    EXPECT_EQ(ruling.what, outcome::fold);
    EXPECT_EQ(ruling.price, cost::rebuild);
    EXPECT_TRUE(ruling.rests_on.forced);
    EXPECT_EQ(ruling.reason, "ADD COLUMN `c`, with FORCE: force = true");
    plan.original = {"shop", "other"};
    EXPECT_FALSE(judge(plan, &told, rules).rests_on.forced);
}

TEST(Verdict, RebuildsAnOriginalWhoseCopyIsStoredInAnotherWay)
{
    facts told = known_facts();
    told.row_format = "Compact";
    const migration_plan plan = planned("ADD c int");
    const verdict ruling = judge(plan, &told, {});
    EXPECT_EQ(ruling.what, outcome::fold);
    EXPECT_EQ(ruling.price, cost::rebuild);
    EXPECT_TRUE(ruling.reason.starts_with("ADD COLUMN `c`, with FORCE: its row format is Compact"))
        << ruling.reason;
    const policy rules{.block = {.largest = 0, .only_rebuilds = true}};
    EXPECT_EQ(judge(plan, &told, rules).what, outcome::pass);
}

TEST(Verdict, SpeaksOfForceOnlyWhereItIsAdded)
{
    facts told = known_facts();
    told.row_format = "Compact";
    policy rules;
    rules.fold_unproven = true;
    const auto ruling = [&](std::string_view clauses) {
        return judge(planned(clauses), &told, rules);
    };
    EXPECT_EQ(ruling("ADD PARTITION PARTITIONS 2").reason.find("FORCE"), std::string::npos);
    EXPECT_EQ(ruling("FORCE").reason, "FORCE");
    EXPECT_EQ(ruling("FORCE").price, cost::rebuild);
}

TEST(Verdict, PassesACopyThatIsEncryptedWhereTheOriginalIsNot)
{
    const std::string plain = std::string(original) + " /*!80016 ENCRYPTION='N' */";
    EXPECT_EQ(judged("ADD c int", plain).what, outcome::pass) << "made with LIKE";
    EXPECT_EQ(judged("ADD c int", std::string(original) + " ENCRYPTION='Y'").what, outcome::fold);
    EXPECT_EQ(
        judged("ADD c int", std::string(original) + " ENCRYPTION='N'", {}, 80015).what,
        outcome::fold
    ) << "as it was written: schemas have no default";
    EXPECT_EQ(judged("ADD c int", plain, {}, 80016).what, outcome::pass);
    const facts told = known_facts(plain);
    migration_plan plan = planned("ADD c int");
    plan.ghost_create = plain;
    EXPECT_EQ(judge(plan, &told, {}).what, outcome::fold) << "made with the original's text";
}

TEST(Verdict, PassesWhatDependsOnTheRowsOrTheTable)
{
    const facts told = known_facts();
    migration_plan plan = planned("ADD c int");
    plan.alter_text.replace(0, 5, "ALTER IGNORE");
    EXPECT_EQ(
        judge(plan, &told, {}).reason, "ALTER IGNORE drops rows that are equal in a unique key"
    );
    EXPECT_EQ(
        judged("ADD COLUMN IF NOT EXISTS c int").reason,
        "ADD COLUMN `c`: IF NOT EXISTS: whether it was added depends on the table"
    );
}

TEST(Verdict, TakesADefinitionItCannotReadForNone)
{
    EXPECT_EQ(judged("ADD c int", "CREATE TABLE `t` (").what, outcome::pass);
    EXPECT_EQ(judged("ADD c int", "").what, outcome::pass);
}

TEST(Verdict, JudgesByThePartitionsOfTheOriginal)
{
    const std::string create =
        "CREATE TABLE `t` (\n  `id` int NOT NULL,\n  `k` int NOT NULL,\n  `v` varchar(10) DEFAULT "
        "NULL,\n  PRIMARY KEY (`id`,`k`)\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4\n/*!50100 "
        "PARTITION BY HASH (`k`)\nPARTITIONS 4 */";
    EXPECT_EQ(judged("ADD c int", create).what, outcome::fold);
    EXPECT_EQ(judged("MODIFY v varchar(20)", create).what, outcome::fold);
    EXPECT_EQ(judged("MODIFY k bigint NOT NULL", create).what, outcome::pass);
    EXPECT_EQ(judged("MODIFY k int NOT NULL COMMENT 'x'", create).what, outcome::fold);
}

}  // namespace rewrite
