#include "rewrite/verdict/added_column.hpp"

#include <gtest/gtest.h>

namespace rewrite {
namespace {

std::optional<split_column> split(std::string_view definition)
{
    const lexical_rules rules;
    std::vector<token> tokens = tokenize(definition, rules);
    tokens.pop_back();
    column_definition column;
    column.name = "c";
    column.definition = definition;
    return split_added_column(column, tokens, rules);
}

TEST(AddedColumn, IsSplitIntoWhatFoldsAndTheRest)
{
    struct row
    {
        std::string_view definition;
        std::string_view first;
        std::string_view second;
    };
    for (const row& one : std::vector<row>{
             {"datetime(3) DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3)",
              "datetime(3) NULL",
              "MODIFY COLUMN `c` datetime(3) DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE "
              "CURRENT_TIMESTAMP(3)"},
             {"datetime NOT NULL DEFAULT '2020-01-01' ON UPDATE NOW()",
              "datetime NOT NULL DEFAULT '2020-01-01'",
              "MODIFY COLUMN `c` datetime NOT NULL DEFAULT '2020-01-01' ON UPDATE NOW()"},
             {"datetime COMMENT 'DEFAULT NULL UNIQUE' DEFAULT NOW()",
              "datetime COMMENT 'DEFAULT NULL UNIQUE' NULL",
              "MODIFY COLUMN `c` datetime COMMENT 'DEFAULT NULL UNIQUE' DEFAULT NOW()"},
             {"int COLUMN_FORMAT DEFAULT STORAGE DEFAULT NOT NULL",
              "int COLUMN_FORMAT DEFAULT STORAGE DEFAULT NOT NULL DEFAULT 0",
              "ALTER COLUMN `c` DROP DEFAULT"},
             {"varchar(9) CHARACTER SET latin1 NOT NULL INVISIBLE",
              "varchar(9) CHARACTER SET latin1 INVISIBLE NOT NULL DEFAULT ''",
              "ALTER COLUMN `c` DROP DEFAULT"},
             {"decimal(5,2) unsigned DEFAULT (1 + (2))",
              "decimal(5,2) unsigned NULL",
              "ALTER COLUMN `c` SET DEFAULT (1 + (2))"},
             {"json DEFAULT (json_array())",
              "json NULL",
              "ALTER COLUMN `c` SET DEFAULT (json_array())"},
             {"int UNIQUE", "int NULL", "ADD UNIQUE KEY (`c`)"},
             {"int NULL UNIQUE KEY DEFAULT NULL", "int NULL", "ADD UNIQUE KEY (`c`)"},
         }) {
        const auto made = split(one.definition);
        ASSERT_TRUE(made) << one.definition;
        EXPECT_EQ(made->first, one.first);
        EXPECT_EQ(made->second, one.second);
    }
}

TEST(AddedColumn, IsLeftWholeWhereThereIsNothingToSplitOrNoWay)
{
    for (const std::string_view definition :
         {"int",
          "int DEFAULT 5",
          "int NULL DEFAULT NULL",
          "text NOT NULL",
          "enum('a') NOT NULL",
          "timestamp NOT NULL DEFAULT NOW()",
          "int PRIMARY KEY",
          "int NOT NULL UNIQUE",
          "int DEFAULT 5 UNIQUE",
          "datetime DEFAULT NOW() UNIQUE",
          "int AUTO_INCREMENT NOT NULL",
          "int AS (1) NOT NULL",
          "int NOT NULL CHECK (c > 0)",
          "int NOT NULL REFERENCES p (id)",
          "int NOT NULL FROBNICATE",
          "datetime DEFAULT (now(",
          "datetime DEFAULT",
          "NOT NULL",
          ""})
        EXPECT_FALSE(split(definition)) << definition;
}

TEST(AddedColumn, KnowsWhereATypeEnds)
{
    const auto type = [](std::string_view definition) {
        std::vector<token> tokens = tokenize(definition, {});
        tokens.pop_back();
        return definition.substr(0, end_of_type(tokens));
    };
    EXPECT_EQ(type("varchar(80) NOT NULL"), "varchar(80)");
    EXPECT_EQ(type("text"), "text");
    EXPECT_EQ(type("enum('a)', 'b') NULL"), "enum('a)', 'b')");
    EXPECT_EQ(type("varchar(80"), "varchar(80");
    EXPECT_EQ(type(""), "");
}

}  // namespace
}  // namespace rewrite
