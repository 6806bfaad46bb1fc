#include "rewrite/verdict/log_schema.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rewrite;

log_schema after(const std::vector<std::string>& statements)
{
    log_schema seen;
    for (const std::string& text : statements)
        seen.on_statement(read_statement(text, "d", {}, name_case::sensitive), text, "d", {});
    return seen;
}
const table_name t{"d", "t"};
const std::string create = "CREATE TABLE t (id int PRIMARY KEY)";

TEST(LogSchema, KnowsATableByItsCreate)
{
    const facts known = after({create}).of(t, {});
    EXPECT_EQ(known.missing, "");
    EXPECT_EQ(known.create_table, create);
}

TEST(LogSchema, KnowsNothingOfATableThatWasNamedSince)
{
    for (const char* text :
         {"ALTER TABLE t ADD a int",
          "RENAME TABLE t TO x, y TO t",
          "CREATE INDEX i ON t (id)",
          "DROP TABLE t",
          "TRUNCATE t",
          "DROP DATABASE d"})
        EXPECT_NE(after({create, text}).of(t, {}).missing, "") << text;
    EXPECT_EQ(after({create, "ANALYZE TABLE t", "GRANT SELECT ON t TO x"}).of(t, {}).missing, "");
}

TEST(LogSchema, DoesNotBelieveACreateThatMayHaveDoneNothing)
{
    EXPECT_NE(after({"CREATE TABLE IF NOT EXISTS t (id int)"}).of(t, {}).missing, "");
    EXPECT_EQ(
        after({create, "CREATE TABLE IF NOT EXISTS t (z int)"}).of(t, {}).create_table, create
    );
    EXPECT_NE(after({"CREATE TEMPORARY TABLE t (id int)"}).of(t, {}).missing, "");
}

TEST(LogSchema, TakesAToolsCopyForTheDefinition)
{
    const facts known = after({create, "ALTER TABLE t ADD a int"}).of(t, "CREATE TABLE copy");
    EXPECT_EQ(known.missing, "");
    EXPECT_EQ(known.create_table, "CREATE TABLE copy");
}

TEST(LogSchema, KeepsATableThatIsOnlyRead)
{
    for (const char* text :
         {"CREATE VIEW v AS SELECT * FROM t",
          "CREATE TABLE k LIKE t",
          "INSERT INTO k SELECT * FROM t"})
        EXPECT_EQ(after({create, text}).of(t, {}).missing, "") << text;
}

TEST(LogSchema, KnowsTriggersAndChildren)
{
    const std::string trigger = "CREATE TRIGGER p AFTER INSERT ON t FOR EACH ROW SET @a = 1";
    const std::string child = "CREATE TABLE k (i int, FOREIGN KEY (i) REFERENCES t (id))";
    const facts known = after({create, trigger, child}).of(t, {});
    ASSERT_EQ(known.triggers.size(), 1U);
    EXPECT_EQ(known.triggers[0].time, "AFTER");
    ASSERT_EQ(known.children.size(), 1U);
    EXPECT_EQ(known.children[0].table, "k");
    EXPECT_TRUE(after({create, trigger, "DROP TRIGGER p"}).of(t, {}).triggers.empty());
}

}  // namespace
