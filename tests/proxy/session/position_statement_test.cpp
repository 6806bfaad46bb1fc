#include "proxy/session/position_statement.hpp"

#include <gtest/gtest.h>

using proxy::position_topic;
using proxy::read_position_statement;

namespace {

std::optional<position_topic> topic_of(std::string_view text)
{
    const auto found = read_position_statement(text);
    return found ? std::optional(found->topic) : std::nullopt;
}

}  // namespace

TEST(PositionStatement, AllSpellingsAreKnown)
{
    for (const char* text :
         {"SHOW MASTER STATUS",
          "show binary log status",
          "SHOW MASTER STATUS;",
          "/* ApplicationName=x */ SHOW MASTER STATUS",
          "  show\n master\tstatus ; ",
          "-- a remark\nSHOW MASTER STATUS",
          "SHOW /*!50000 MASTER */ STATUS",
          "/*!80000 SHOW */ BINARY LOG STATUS"})
        EXPECT_EQ(topic_of(text), position_topic::log_status) << text;
    for (const char* text : {"SHOW BINARY LOGS", "show master logs;"})
        EXPECT_EQ(topic_of(text), position_topic::log_files) << text;
    for (const char* text : {"SHOW REPLICAS", "SHOW SLAVE HOSTS"})
        EXPECT_EQ(topic_of(text), position_topic::replicas) << text;
    for (const char* text :
         {"SHOW VARIABLES",
          "show global variables like 'gtid%'",
          "SHOW SESSION VARIABLES WHERE Variable_name IN ('gtid_purged')"})
        EXPECT_EQ(topic_of(text), position_topic::variables) << text;
}

TEST(PositionStatement, OthersGoToTheSource)
{
    for (const char* text :
         {"",
          ";",
          "SELECT 1",
          "SHOW TABLES",
          "SHOW MASTER",
          "SHOW MASTER STATUS FROM x",
          "SHOW REPLICA STATUS",
          "SHOW SLAVE STATUS",
          "INSERT INTO t VALUES ('SHOW MASTER STATUS')",
          "SHOW MASTER STATUS; SELECT 1",
          "SELECT 'gtid_purged'",
          "SELECT gtid_executed FROM t",
          "KILL 17",
          "KILL QUERY 2147483647",
          "SELECT GTID_SUBTRACT(@@gtid_executed, '')",
          "SHOW BINLOG EVENTS IN",
          "SHOW BINLOG EVENTS LIMIT x",
          "show 'unterminated"})
        EXPECT_EQ(topic_of(text), std::nullopt) << text;
}

TEST(PositionStatement, GtidSetsAreFoundWhereTheyStandAlone)
{
    const auto one = read_position_statement("SELECT @@global.gtid_purged");
    ASSERT_TRUE(one);
    EXPECT_EQ(one->topic, position_topic::gtid_sets);
    EXPECT_EQ(one->purged, std::vector<std::size_t>{0});
    EXPECT_TRUE(one->executed.empty());

    const auto several = read_position_statement(
        "select 1, @@GLOBAL.GTID_EXECUTED AS gtidExecuted, concat('a', @@gtid_purged, ','), "
        "@@`gtid_purged` p LIMIT 1"
    );
    ASSERT_TRUE(several);
    EXPECT_EQ(several->purged, std::vector<std::size_t>{3});
    EXPECT_EQ(several->executed, std::vector<std::size_t>{1});
}

TEST(PositionStatement, KillIsOursForOurConnections)
{
    const auto connection = read_position_statement("KILL CONNECTION 2147483650;");
    ASSERT_TRUE(connection);
    EXPECT_EQ(connection->topic, position_topic::kill);
    EXPECT_EQ(connection->connection, 2147483650U);
    EXPECT_EQ(connection->killed, proxy::kill_scope::connection);
    EXPECT_EQ(read_position_statement("kill query 4294967295")->killed, proxy::kill_scope::query);
    EXPECT_FALSE(read_position_statement("KILL 4294967296"));
}

TEST(PositionStatement, EventsAreAskedForByFilePositionAndLimit)
{
    const auto all = read_position_statement("SHOW BINLOG EVENTS");
    ASSERT_TRUE(all);
    EXPECT_FALSE(all->file || all->position || all->limit);
    const auto some =
        read_position_statement("SHOW BINLOG EVENTS IN 'bin.000003' FROM 157 LIMIT 5, 10");
    ASSERT_TRUE(some);
    EXPECT_EQ(some->file, "bin.000003");
    EXPECT_EQ(some->position, 157U);
    EXPECT_EQ(some->skip, 5U);
    EXPECT_EQ(some->limit, 10U);
    EXPECT_EQ(read_position_statement("SHOW BINLOG EVENTS LIMIT 3 OFFSET 2")->skip, 2U);
}

TEST(PositionStatement, LongOnesAreNotLookedAt)
{
    EXPECT_FALSE(read_position_statement("SHOW MASTER STATUS" + std::string(1 << 20, ' ')));
}
