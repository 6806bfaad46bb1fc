#include "rewrite/sql/table_constraint.hpp"
#include "rewrite/sql/table_definition.hpp"

#include <gtest/gtest.h>

namespace rewrite {

TEST(TableConstraint, ReadsAPrintedCheck)
{
    const auto check = parse_constraint("CONSTRAINT `a``b` CHECK (((`x` > 0) and (`s` <> ')')))");
    ASSERT_TRUE(check);
    EXPECT_EQ(check->name, "a`b");
    EXPECT_TRUE(check->is_check);
    EXPECT_TRUE(check->enforced);
    EXPECT_EQ(check->expression, "(((`x` > 0) and (`s` <> ')')))");
    EXPECT_EQ(check->definition, "CHECK (((`x` > 0) and (`s` <> ')')))");
}

TEST(TableConstraint, ReadsACheckThatIsNotEnforcedOutOfItsTable)
{
    const auto table = parse_create_table(
        "CREATE TABLE `t` (\n  `x` int DEFAULT NULL,\n  CONSTRAINT `c` CHECK ((`x` > 0)) "
        "/*!80016 NOT ENFORCED */,\n  CONSTRAINT `f` FOREIGN KEY (`x`) REFERENCES `p` (`id`)\n)"
    );
    ASSERT_TRUE(table);
    ASSERT_EQ(table->checks.size(), 1U);
    const auto check = parse_constraint(table->checks[0]);
    ASSERT_TRUE(check);
    EXPECT_FALSE(check->enforced);
    EXPECT_EQ(check->definition, "CHECK ((`x` > 0))");
    ASSERT_EQ(table->foreign_keys.size(), 1U);
    EXPECT_TRUE(parse_constraint(table->foreign_keys[0]));
}

TEST(TableConstraint, ReadsAPrintedForeignKey)
{
    const auto key = parse_constraint(
        "CONSTRAINT `f` FOREIGN KEY (`a`,`b`) REFERENCES `d`.`p` (`x`, `y`) ON DELETE RESTRICT ON "
        "UPDATE NO ACTION"
    );
    ASSERT_TRUE(key);
    EXPECT_EQ(key->name, "f");
    EXPECT_FALSE(key->is_check);
    EXPECT_EQ(key->columns, (std::vector<std::string>{"a", "b"}));
    EXPECT_FALSE(key->cascades);
    EXPECT_EQ(
        key->definition,
        "FOREIGN KEY (`a`,`b`) REFERENCES `d`.`p` (`x`, `y`) ON DELETE RESTRICT ON UPDATE NO ACTION"
    );
}

TEST(TableConstraint, TellsForeignKeysThatChangeRows)
{
    for (const char* action :
         {"ON DELETE CASCADE",
          "ON UPDATE CASCADE",
          "ON DELETE SET NULL",
          "ON DELETE NO ACTION ON "
          "UPDATE SET NULL"}) {
        const auto key = parse_constraint(
            "CONSTRAINT `f` FOREIGN KEY (`a`) REFERENCES `p` (`id`) " + std::string(action)
        );
        ASSERT_TRUE(key) << action;
        EXPECT_TRUE(key->cascades) << action;
    }
}

TEST(TableConstraint, ReadsNothingElse)
{
    for (const char* line :
         {"",
          "CONSTRAINT `u` UNIQUE (`a`)",
          "CHECK",
          "CHECK `a`",
          "CHECK ((`a` > 0)) NOT",
          "CHECK ((`a` > 0)) and more",
          "FOREIGN KEY `i` (`a`) REFERENCES `p` (`id`)",
          "FOREIGN KEY (`a`)",
          "FOREIGN KEY (`a`) REFERENCES `p` (`id`) ON DELETE SET DEFAULT",
          "FOREIGN KEY (`a`) REFERENCES `p` (`id`) ON DELETE",
          "REFERENCES `p` (`id`)",
          "CHECK ((`a` > 'x))"})
        EXPECT_FALSE(parse_constraint(line)) << line;
}

// Run on 8.0.33 and 9.7.4.
TEST(TableConstraint, RenamesWhatTheServerTakesForItsOwn)
{
    const auto renamed = [](std::string_view name) {
        return name_after_rename(name, "t", "u", check_infix);
    };
    EXPECT_EQ(renamed("t_chk_1"), "u_chk_1");
    EXPECT_EQ(renamed("t_chk_011x"), "u_chk_011x");
    EXPECT_EQ(renamed("t_chk_-1"), "u_chk_-1");
    EXPECT_EQ(renamed("t_chk_"), "t_chk_");
    EXPECT_EQ(renamed("T_chk_1"), "T_chk_1");
    EXPECT_EQ(renamed("t_CHK_1"), "t_CHK_1");
    EXPECT_EQ(renamed("tt_chk_1"), "tt_chk_1");
    EXPECT_EQ(name_after_rename("t_ibfk_1", "t", "u", foreign_key_infix), "u_ibfk_1");
}

}  // namespace rewrite
