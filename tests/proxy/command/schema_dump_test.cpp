#include "proxy/command/schema_dump.hpp"

#include <gtest/gtest.h>

namespace proxy {
namespace {

constexpr const char* dump = R"(-- MySQL dump 10.13

USE `shop`;
CREATE TABLE `parent` (
  `id` int NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB;
CREATE TABLE `child` (
  `id` int NOT NULL,
  `of` int DEFAULT NULL,
  CONSTRAINT `c` FOREIGN KEY (`of`) REFERENCES `parent` (`id`)
) ENGINE=InnoDB;
DELIMITER ;;
CREATE DEFINER=`r`@`%` TRIGGER `tr` BEFORE INSERT ON `child` FOR EACH ROW BEGIN SET @a = 1; END ;;
DELIMITER ;
USE `other`;
CREATE TABLE `parent` (
  `id` bigint NOT NULL
);
)";

TEST(SchemaDump, TellsWhatTheSourceWouldTell)
{
    const auto tables = read_schema_dump(dump, rewrite::name_case::sensitive);
    ASSERT_EQ(tables.size(), 3U);
    const auto& parent = tables.at({"shop", "parent"});
    EXPECT_TRUE(parent.create_table.starts_with("CREATE TABLE `parent` (\n  `id` int NOT NULL"));
    EXPECT_EQ(parent.children, (std::vector<rewrite::table_name>{{"shop", "child"}}));
    EXPECT_TRUE(parent.missing.empty());
    const auto& child = tables.at({"shop", "child"});
    ASSERT_EQ(child.triggers.size(), 1U);
    EXPECT_EQ(child.triggers[0].name, "tr");
    EXPECT_EQ(child.triggers[0].time, "BEFORE");
    EXPECT_EQ(child.triggers[0].event, "INSERT");
    EXPECT_EQ(child.table, (rewrite::table_name{"shop", "child"}));
    EXPECT_NE(tables.at({"other", "parent"}).create_table.find("bigint"), std::string::npos);
}

TEST(SchemaDump, LeavesOutWhatItDoesNotDefine)
{
    const auto tables = read_schema_dump(
        "CREATE TABLE `d`.`c` (`i` int, FOREIGN KEY (`i`) REFERENCES `d`.`elsewhere` (`i`));\n",
        rewrite::name_case::sensitive
    );
    EXPECT_EQ(tables.size(), 1U);
    EXPECT_TRUE(read_schema_dump("", rewrite::name_case::sensitive).empty());
}

}  // namespace
}  // namespace proxy
