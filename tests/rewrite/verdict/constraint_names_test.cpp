#include "rewrite/verdict/constraint_names.hpp"
#include "rewrite/verdict/fold_plan.hpp"
#include "rewrite/verdict/verdict.hpp"

#include <gtest/gtest.h>

namespace rewrite {
namespace {

std::string table(std::string_view name, std::string_view constraints)
{
    return "CREATE TABLE " + std::string(name) +
           " (\n  `id` int NOT NULL,\n  `a` int DEFAULT NULL,\n  `b` int DEFAULT NULL,\n  `s` "
           "varchar(10) DEFAULT NULL,\n  PRIMARY KEY (`id`)" +
           std::string(constraints) + "\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4";
}

// What a run of a tool records.
struct run
{
    tool which = tool::gh_ost;
    std::string constraints;        // of the original
    std::string ghost_constraints;  // of pt-osc's copy
    std::string clauses;
    lexical_rules rules = {};
    policy chosen = {};

    migration_plan plan() const
    {
        migration_plan made = plan_for_alter(clauses, {"shop", "t"});
        made.which = which;
        made.rules = rules;
        if (which == tool::pt_osc) {
            made.ghost = {"shop", "_t_new"};
            made.alter_text = "ALTER TABLE `shop`.`_t_new` " + clauses;
            made.ghost_create = table("`shop`.`_t_new`", ghost_constraints);
        }
        return made;
    }
    facts known() const
    {
        facts told;
        told.table = {"shop", "t"};
        told.create_table = table("`t`", constraints);
        return told;
    }
    verdict judged() const
    {
        const facts told = known();
        return judge(plan(), &told, chosen);
    }
    // What is emitted; or why it passes.
    std::string emitted(const table_name& away = {}) const
    {
        const verdict ruling = judged();
        if (ruling.what == outcome::pass)
            return ruling.reason;
        const migration_plan made = plan();
        const facts told = known();
        const alter_text alter = read_alter_of(made);
        const auto planned = plan_fold(
            &alter,
            {.original = made.original,
             .renamed_to = away,
             .create_table = told.create_table,
             .types = {},
             .renames_constraints = ruling.rests_on.renamed,
             .ghost_create = made.ghost_create,
             .ghost = made.ghost},
            made.rules
        );
        return planned ? planned->text : "not written";
    }
};

constexpr std::string_view checks = ",\n  CONSTRAINT `named` CHECK ((`b` > 0)),\n  CONSTRAINT "
                                    "`ne` CHECK ((`b` < 50)) /*!80016 NOT ENFORCED */,\n  "
                                    "CONSTRAINT `t_chk_1` CHECK ((`a` > 0))";
constexpr std::string_view pt_checks =
    ",\n      CONSTRAINT `_named` CHECK ((`b` > 0)),\n      CONSTRAINT `_ne` CHECK ((`b` < 50)) "
    "/*!80016 NOT ENFORCED */,\n      CONSTRAINT `_t_chk_1` CHECK ((`a` > 0))";

run gh_ost(std::string_view clauses, std::string_view constraints = checks)
{
    return {.constraints = std::string(constraints), .clauses = std::string(clauses)};
}

run pt_osc(
    std::string_view clauses,
    std::string_view constraints = checks,
    std::string_view ghost_constraints = pt_checks
)
{
    return {
        .which = tool::pt_osc,
        .constraints = std::string(constraints),
        .ghost_constraints = std::string(ghost_constraints),
        .clauses = std::string(clauses)
    };
}

}  // namespace

// The server prints a text in the charset of the column once the copy is altered.
TEST(ConstraintNames, OfATextThatIsComparedWithAnotherCharsetPass)
{
    const run of{
        .constraints = ",\n  CONSTRAINT `ck` CHECK ((`s` <> _latin1'x'))", .clauses = "ADD c int"
    };
    EXPECT_EQ(of.judged().what, outcome::pass);
    const run same{
        .constraints = ",\n  CONSTRAINT `ck` CHECK ((`s` <> _utf8mb4'x'))", .clauses = "ADD c int"
    };
    EXPECT_EQ(same.judged().what, outcome::fold) << same.judged().reason;
}

TEST(ConstraintNames, OfACopyMadeWithLikeAreNumbersInTheOrderOfTheOriginals)
{
    EXPECT_EQ(
        gh_ost("ADD COLUMN c int").emitted(),
        "ALTER TABLE `shop`.`t` DROP CHECK `named`, DROP CHECK `ne`, DROP CHECK `t_chk_1`, "
        "ADD CONSTRAINT `t_chk_1` CHECK ((`b` > 0)), "
        "ADD CONSTRAINT `t_chk_2` CHECK ((`b` < 50)) NOT ENFORCED, "
        "ADD CONSTRAINT `t_chk_3` CHECK ((`a` > 0)), ADD COLUMN c int"
    );
    const verdict ruling = gh_ost("ADD COLUMN c int").judged();
    EXPECT_EQ(ruling.reason, "ADD COLUMN `c`, with the names that 3 constraints have in the copy");
    EXPECT_EQ(ruling.price, cost::rebuild);
    EXPECT_TRUE(ruling.rests_on.renamed);
}

TEST(ConstraintNames, ThatStayAreLeftAlone)
{
    const run same = gh_ost("ADD COLUMN c int", ",\n  CONSTRAINT `t_chk_1` CHECK ((`a` > 0))");
    EXPECT_EQ(same.emitted(), "ALTER TABLE `shop`.`t` ADD COLUMN c int");
    EXPECT_EQ(same.judged().price, cost::instant);
    EXPECT_FALSE(same.judged().rests_on.renamed);
    EXPECT_EQ(
        gh_ost(
            "FORCE",
            ",\n  CONSTRAINT `t_chk_1` CHECK ((`a` > 0)),\n  CONSTRAINT `t_chk_7` "
            "CHECK ((`b` > 0))"
        )
            .emitted(),
        "ALTER TABLE `shop`.`t` DROP CHECK `t_chk_7`, ADD CONSTRAINT `t_chk_2` CHECK ((`b` > 0)), "
        "FORCE"
    );
}

TEST(ConstraintNames, OfATriggerToolAreThoseOfItsText)
{
    EXPECT_EQ(
        pt_osc("ADD COLUMN c int").emitted(),
        "ALTER TABLE `shop`.`t` DROP CHECK `named`, DROP CHECK `ne`, DROP CHECK `t_chk_1`, "
        "ADD CONSTRAINT `_named` CHECK ((`b` > 0)), "
        "ADD CONSTRAINT `_ne` CHECK ((`b` < 50)) NOT ENFORCED, "
        "ADD CONSTRAINT `_t_chk_1` CHECK ((`a` > 0)), ADD COLUMN c int"
    );
    EXPECT_EQ(
        pt_osc(
            "FORCE",
            ",\n  CONSTRAINT `t_new_chk_3` CHECK ((`a` > 0))",
            ",\n  CONSTRAINT `_t_new_chk_3` CHECK ((`a` > 0))"
        )
            .emitted(),
        "ALTER TABLE `shop`.`t` DROP CHECK `t_new_chk_3`, "
        "ADD CONSTRAINT `t_chk_3` CHECK ((`a` > 0)), FORCE"
    ) << "the RENAME takes it for a name that it made";
}

TEST(ConstraintNames, OfTheCopyThatTheTextSaysAreMappedBack)
{
    EXPECT_EQ(
        pt_osc("DROP CHECK _named, ADD COLUMN c int, ALTER CHECK `_T_chk_1` NOT ENFORCED")
            .emitted(),
        "ALTER TABLE `shop`.`t` DROP CHECK `named`, DROP CHECK `ne`, DROP CHECK `t_chk_1`, "
        "ADD CONSTRAINT `_ne` CHECK ((`b` < 50)) NOT ENFORCED, "
        "ADD CONSTRAINT `_t_chk_1` CHECK ((`a` > 0)) NOT ENFORCED, ADD COLUMN c int"
    );
    EXPECT_EQ(
        gh_ost(
            "ALTER CHECK _t_gho_chk_1 NOT ENFORCED, DROP CONSTRAINT _t_gho_chk_2",
            ",\n  CONSTRAINT `t_chk_1` CHECK ((`a` > 0)),\n  CONSTRAINT `t_chk_2` CHECK ((`b` > "
            "0))"
        )
            .emitted(),
        "ALTER TABLE `shop`.`t` ALTER CHECK `t_chk_1` NOT ENFORCED, DROP CHECK `t_chk_2`"
    );
    for (const char* clauses :
         {"DROP CHECK named", "DROP CONSTRAINT named", "ALTER CHECK named NOT ENFORCED"})
        EXPECT_EQ(pt_osc(clauses).judged().what, outcome::pass) << clauses;
    EXPECT_EQ(
        pt_osc("ALTER CHECK _ne ENFORCED").judged().reason,
        "ALTER CHECK `_ne` ENFORCED: rows that violate it are missing in the tool's copy, where "
        "ALTER TABLE would fail"
    );
}

TEST(ConstraintNames, OfAddedChecksAreTheCopys)
{
    policy unproven;
    unproven.fold_unproven = true;
    run added = gh_ost("ADD CONSTRAINT x CHECK (a > 1), ADD CHECK (a > 2) NOT ENFORCED, ADD CHECK "
                       "(a > 3)");
    added.chosen = unproven;
    EXPECT_EQ(
        added.emitted(),
        "ALTER TABLE `shop`.`t` DROP CHECK `named`, DROP CHECK `ne`, DROP CHECK `t_chk_1`, "
        "ADD CONSTRAINT `t_chk_1` CHECK ((`b` > 0)), "
        "ADD CONSTRAINT `t_chk_2` CHECK ((`b` < 50)) NOT ENFORCED, "
        "ADD CONSTRAINT `t_chk_3` CHECK ((`a` > 0)), "
        "ADD CONSTRAINT `t_chk_4` CHECK (a > 2) NOT ENFORCED, "
        "ADD CONSTRAINT `t_chk_5` CHECK (a > 3), ADD CONSTRAINT x CHECK (a > 1)"
    );
    run alone = pt_osc("ADD CHECK (a > 2)");
    alone.chosen = unproven;
    EXPECT_TRUE(alone.emitted().ends_with("ADD CONSTRAINT `t_chk_1` CHECK (a > 2)"))
        << alone.emitted();
    run first = gh_ost("ADD CHECK (a > 2)", "");
    first.chosen = unproven;
    EXPECT_EQ(first.emitted(), "ALTER TABLE `shop`.`t` ADD CHECK (a > 2)");
    for (const char* clauses : {"ADD COLUMN c int CHECK (c > 1)", "ADD (c int, CHECK (c > 1))"})
        EXPECT_EQ(gh_ost(clauses).judged().what, outcome::pass) << clauses;
}

TEST(ConstraintNames, GoWithTheirColumn)
{
    EXPECT_EQ(
        gh_ost("DROP COLUMN a").emitted(),
        "ALTER TABLE `shop`.`t` DROP CHECK `named`, DROP CHECK `ne`, DROP CHECK `t_chk_1`, "
        "ADD CONSTRAINT `t_chk_1` CHECK ((`b` > 0)), "
        "ADD CONSTRAINT `t_chk_2` CHECK ((`b` < 50)) NOT ENFORCED, DROP COLUMN a"
    );
}

TEST(ConstraintNames, FollowARenameThatIsTakenBack)
{
    EXPECT_EQ(
        gh_ost("FORCE").emitted({"shop", "_t_del"}),
        "ALTER TABLE `shop`.`_t_del` RENAME TO `shop`.`t`, DROP CHECK `named`, DROP CHECK `ne`, "
        "DROP CHECK `_t_del_chk_1`, ADD CONSTRAINT `t_chk_1` CHECK ((`b` > 0)), "
        "ADD CONSTRAINT `t_chk_2` CHECK ((`b` < 50)) NOT ENFORCED, "
        "ADD CONSTRAINT `t_chk_3` CHECK ((`a` > 0)), FORCE"
    );
}

TEST(ConstraintNames, AreNotMadeWhereThatIsSwitchedOff)
{
    run off = gh_ost("ADD COLUMN c int");
    off.chosen.rename_constraints = false;
    EXPECT_EQ(
        off.judged().reason, "constraints have other names in the copy, and constraints = \"pass\""
    );
    off.chosen.rename_constraints_tables = {{"shop", "t"}};
    EXPECT_EQ(off.judged().what, outcome::fold);
    off.chosen = {};
    off.chosen.pass_constraints_tables = {{"shop", "t"}};
    EXPECT_EQ(off.judged().what, outcome::pass);
    off.constraints = ",\n  CONSTRAINT `t_chk_1` CHECK ((`a` > 0))";
    EXPECT_EQ(off.judged().what, outcome::fold) << "nothing gets another name";
}

TEST(ConstraintNames, AreNotGuessed)
{
    const auto passes = [](const run& one) { return one.judged().what == outcome::pass; };
    EXPECT_TRUE(passes(gh_ost("FORCE", ",\n  CHECK (a > 0)"))) << "typed without a name";
    EXPECT_TRUE(passes(gh_ost(
        "FORCE", ",\n  CONSTRAINT `y` CHECK ((`a` > 0)),\n  CONSTRAINT `x` CHECK ((`b` > 0))"
    ))) << "typed in another order than a server's";
    EXPECT_TRUE(passes(gh_ost("FORCE", ",\n  CONSTRAINT `\xc3\xa9` CHECK ((`a` > 0))")));
    EXPECT_TRUE(passes(gh_ost("ADD PARTITION (PARTITION p VALUES LESS THAN (5))")));
    run maria = gh_ost("FORCE");
    maria.rules.server_version = 101100;
    EXPECT_TRUE(passes(maria));
    EXPECT_TRUE(passes(gh_ost("RENAME COLUMN a TO z")));

    run copy_is_all_that_is_known = pt_osc("FORCE");
    copy_is_all_that_is_known.constraints = copy_is_all_that_is_known.ghost_constraints;
    facts told = copy_is_all_that_is_known.known();
    told.create_table = copy_is_all_that_is_known.plan().ghost_create;
    EXPECT_EQ(judge(copy_is_all_that_is_known.plan(), &told, {}).what, outcome::pass);
}

TEST(ConstraintNames, AndTextsAreWrittenInTheCharsetOfTheAlter)
{
    const std::string_view umlaut = ",\n  CONSTRAINT `x` CHECK ((`s` <> _utf8mb4'\xc3\xbc'))";
    EXPECT_EQ(
        gh_ost("FORCE", umlaut).emitted(),
        "ALTER TABLE `shop`.`t` DROP CHECK `x`, ADD CONSTRAINT `t_chk_1` CHECK ((`s` <> "
        "_utf8mb4'\xc3\xbc')), FORCE"
    );
    run latin1 = gh_ost("FORCE", umlaut);
    latin1.rules.charset = 8;
    EXPECT_EQ(latin1.judged().what, outcome::pass);
    EXPECT_EQ(
        gh_ost("FORCE", ",\n  CONSTRAINT `x` CHECK ((`s` <> _latin1'\xc3\xbc'))").judged().what,
        outcome::pass
    );
    run backslash = gh_ost("FORCE", ",\n  CONSTRAINT `x` CHECK ((`s` <> _utf8mb4'\\\\'))");
    EXPECT_EQ(backslash.judged().what, outcome::fold);
    backslash.rules.no_backslash_escapes = true;
    EXPECT_EQ(backslash.judged().what, outcome::pass);
}

TEST(ForeignKeyNames, AreTheCopysAndTheirIndexesStayWhereTheyAre)
{
    constexpr std::string_view keys = ",\n  UNIQUE KEY `u` (`s`),\n  KEY `k` (`s`,`b`),\n  KEY "
                                      "`fk` (`a`),\n  KEY `i` (`b`,`a`) USING BTREE COMMENT 'it, "
                                      "(too)' /*!80000 INVISIBLE */,\n  CONSTRAINT ";
    const std::string before =
        std::string(keys) + "`fk` FOREIGN KEY (`a`) REFERENCES `p` (`id`) ON DELETE RESTRICT";
    const std::string after =
        std::string(keys) + "`_fk` FOREIGN KEY (`a`) REFERENCES `p` (`id`) ON DELETE RESTRICT";
    EXPECT_EQ(
        pt_osc("ADD COLUMN c int, ADD KEY z (a, s)", before, after).emitted(),
        "ALTER TABLE `shop`.`t` DROP FOREIGN KEY `fk`, DROP KEY `fk`, DROP KEY `i`, "
        "ADD CONSTRAINT `_fk` FOREIGN KEY (`a`) REFERENCES `p` (`id`) ON DELETE RESTRICT, "
        "ADD KEY `fk` (`a`), ADD KEY `i` (`b`,`a`) USING BTREE COMMENT 'it, (too)' /*!80000 "
        "INVISIBLE */, ADD COLUMN c int, ADD KEY z (a, s)"
    );
    EXPECT_EQ(
        pt_osc("DROP KEY i, DROP KEY k", before, after).emitted(),
        "ALTER TABLE `shop`.`t` DROP FOREIGN KEY `fk`, DROP KEY `fk`, "
        "ADD CONSTRAINT `_fk` FOREIGN KEY (`a`) REFERENCES `p` (`id`) ON DELETE RESTRICT, "
        "ADD KEY `fk` (`a`), DROP KEY i, DROP KEY k"
    );
    EXPECT_EQ(
        pt_osc("DROP FOREIGN KEY `_fk`, DROP KEY fk, ADD COLUMN c int", before, after).emitted(),
        "ALTER TABLE `shop`.`t` DROP FOREIGN KEY `fk`, DROP KEY fk, ADD COLUMN c int"
    );
    EXPECT_EQ(pt_osc("FORCE", before, after).judged().price, cost::rebuild);
    for (const char* clauses :
         {"RENAME INDEX i TO j",
          "ALTER INDEX fk INVISIBLE",
          "DROP COLUMN b",
          "RENAME COLUMN b TO c",
          "DROP COLUMN a",
          "DROP FOREIGN KEY fk",
          "DROP CHECK _fk"})
        EXPECT_EQ(pt_osc(clauses, before, after).judged().what, outcome::pass) << clauses;
}

TEST(ForeignKeyNames, NeedNoIndexMadeAgainWhereAnotherOneServes)
{
    constexpr std::string_view keys = ",\n  KEY `i` (`a`,`b`),\n  KEY `j` (`b`(2)),\n  CONSTRAINT ";
    EXPECT_EQ(
        pt_osc(
            "FORCE",
            std::string(keys) + "`_fk` FOREIGN KEY (`a`) REFERENCES `d`.`p` (`id`)",
            std::string(keys) + "`__fk` FOREIGN KEY (`a`) REFERENCES `d`.`p` (`id`)"
        )
            .emitted(),
        "ALTER TABLE `shop`.`t` DROP FOREIGN KEY `_fk`, ADD CONSTRAINT `__fk` FOREIGN KEY (`a`) "
        "REFERENCES `d`.`p` (`id`), FORCE"
    );
}

TEST(ForeignKeyNames, OfSeveralComeBeforeThoseOfChecks)
{
    EXPECT_EQ(
        pt_osc(
            "DROP CONSTRAINT `_t_ibfk_2`, DROP CONSTRAINT _c",
            ",\n  KEY `a` (`a`),\n  KEY `b` (`b`),\n  CONSTRAINT `t_ibfk_1` FOREIGN KEY (`a`) "
            "REFERENCES `p` (`id`),\n  CONSTRAINT `t_ibfk_2` FOREIGN KEY (`b`) REFERENCES `p` "
            "(`id`),\n  CONSTRAINT `c` CHECK ((`a` > 0)),\n  CONSTRAINT `d` CHECK ((`b` > 0))",
            ",\n  KEY `a` (`a`),\n  KEY `b` (`b`),\n      CONSTRAINT `_t_ibfk_1` FOREIGN KEY (`a`) "
            "REFERENCES `p` (`id`),\n      CONSTRAINT `_t_ibfk_2` FOREIGN KEY (`b`) REFERENCES `p` "
            "(`id`),\n      CONSTRAINT `_c` CHECK ((`a` > 0)),\n      CONSTRAINT `_d` CHECK ((`b` "
            "> 0))"
        )
            .emitted(),
        "ALTER TABLE `shop`.`t` DROP FOREIGN KEY `t_ibfk_1`, DROP FOREIGN KEY `t_ibfk_2`, "
        "DROP KEY `a`, DROP KEY `b`, DROP CHECK `c`, DROP CHECK `d`, "
        "ADD CONSTRAINT `_t_ibfk_1` FOREIGN KEY (`a`) REFERENCES `p` (`id`), ADD KEY `a` (`a`), "
        "ADD KEY `b` (`b`), ADD CONSTRAINT `_d` CHECK ((`b` > 0))"
    );
}

TEST(ForeignKeyNames, AreNotGuessed)
{
    const auto passes = [](std::string_view clauses,
                           std::string_view keys,
                           std::string_view name,
                           std::string_view more = "") {
        const std::string before = std::string(keys) + ",\n  CONSTRAINT `" + std::string(name) +
                                   "` FOREIGN KEY (`a`) REFERENCES `p` (`id`)" + std::string(more);
        std::string after = before;
        after.insert(after.find("CONSTRAINT `") + 12, "_");
        return pt_osc(clauses, before, after).judged().what == outcome::pass;
    };
    constexpr std::string_view key = ",\n  KEY `a` (`a`)";
    EXPECT_FALSE(passes("FORCE", key, "f"));
    EXPECT_TRUE(passes("FORCE", key, "f", " ON DELETE CASCADE")) << "rows that are not in the log";
    EXPECT_TRUE(passes("FORCE", key, "f", " ON UPDATE SET NULL"));
    EXPECT_TRUE(passes("FORCE", key, "t_new_ibfk_1")) << "the RENAME changes it once more";
    EXPECT_TRUE(passes("FORCE", std::string(key) + ",\n  SPATIAL KEY `g` (`s`)", "f"));
    EXPECT_TRUE(passes("FORCE", std::string(key) + ",\n  KEY `x` (((`b` + 1)))", "f"));
    EXPECT_FALSE(passes("FORCE", "", "f"));
}

// Run on 5.7.22, 8.0.33 and 9.7.4: what is left is the copy, also in what later ALTERs make of it
// and of the index that the server made for the key.
TEST(ConstraintNames, ForeignKeysThatACopyMadeWithLikeDoesNotHaveAreDropped)
{
    constexpr std::string_view keys =
        ",\n  KEY `f` (`a`),\n  CONSTRAINT `c` CHECK ((`b` > 0)),\n  CONSTRAINT `f` FOREIGN KEY "
        "(`a`) REFERENCES `p` (`id`),\n  CONSTRAINT `t_ibfk_1` FOREIGN KEY (`b`) REFERENCES `p` "
        "(`id`) ON DELETE RESTRICT";
    EXPECT_EQ(
        gh_ost("FORCE", keys).emitted(),
        "ALTER TABLE `shop`.`t` DROP FOREIGN KEY `f`, DROP FOREIGN KEY `t_ibfk_1`, DROP CHECK `c`, "
        "ADD CONSTRAINT `t_chk_1` CHECK ((`b` > 0)), FORCE"
    );
    EXPECT_EQ(
        gh_ost("DROP COLUMN a", ",\n  CONSTRAINT `f` FOREIGN KEY (`a`) REFERENCES `p` (`id`)")
            .emitted(),
        "ALTER TABLE `shop`.`t` DROP FOREIGN KEY `f`, DROP COLUMN a"
    );
    // Renamed in two steps, the server has called it like the table.
    EXPECT_EQ(
        gh_ost("FORCE", ",\n  CONSTRAINT `t_ibfk_1` FOREIGN KEY (`a`) REFERENCES `p` (`id`)")
            .emitted({"shop", "_t_del"}),
        "ALTER TABLE `shop`.`_t_del` RENAME TO `shop`.`t`, DROP FOREIGN KEY `_t_del_ibfk_1`, FORCE"
    );
    EXPECT_EQ(
        gh_ost(
            "ADD CONSTRAINT g FOREIGN KEY (b) REFERENCES p (id)",
            ",\n  CONSTRAINT `f` FOREIGN KEY (`a`) REFERENCES `p` (`id`)"
        )
            .judged()
            .reason,
        "ADD FOREIGN KEY `g`: next to foreign keys that the copy does not have"
    );
    EXPECT_EQ(
        gh_ost(
            "FORCE", ",\n  CONSTRAINT `f` FOREIGN KEY (`a`) REFERENCES `p` (`id`) ON DELETE CASCADE"
        )
            .judged()
            .what,
        outcome::pass
    ) << "rows that are not in the log";
}

// The copy is filled in the tool's session, and a row that violates a CHECK there is left out.
TEST(ConstraintNames, DoNotMatterWhereACheckReadsTheSession)
{
    const run session = gh_ost("FORCE", ",\n  CONSTRAINT `x` CHECK ((dayname(`s`) <> 'Sunday'))");
    EXPECT_EQ(
        session.judged().reason,
        "the original has CHECK `x`, an expression that reads the session: the copy is filled in "
        "another one"
    );
}

}  // namespace rewrite
