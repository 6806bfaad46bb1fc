#include "proxy/session/local_answers.hpp"

#include <gtest/gtest.h>

namespace {

class LocalAnswers : public testing::Test
{
protected:
    LocalAnswers()
    {
        facts.version = "9.7.4";
        facts.version_number = 90704;
        facts.server_id = 7;
        facts.server_uuid = "f72eb1f4-e8bc-11f1-8145-02fc00000001";
        facts.gtid_mode = "ON";
        facts.binlog_checksum = "CRC32";
        facts.variables = {{"binlog_format", "ROW"}, {"max_connections", "151"}};
        session.id = proxy::first_session_id;
        session.user = "repl";
        session.host = "10.0.0.3";
        proxy::file_list list;
        list.files.push_back(
            {.name = "bin.1000000001",
             .base = 0,
             .source = {.file = "bin.000001"},
             .source_begin = 4}
        );
        list.files.push_back(
            {.name = "bin.1000000002",
             .base = 500,
             .source = {.file = "bin.000001"},
             .source_begin = 900}
        );
        list.before = *protocol::parse_gtid_set(uuid + ":1-3");
        log.set_files(list);
        log.publish(650);
        log.set_executed(*protocol::parse_gtid_set(uuid + ":1-9"));
    }

    std::optional<proxy::answer> ask(std::string_view statement)
    {
        return proxy::answer_locally(statement, session, {facts, log, sessions});
    }
    std::string one(std::string_view statement)
    {
        const auto found = ask(statement);
        if (!found)
            return "(not ours)";
        if (const auto* error = std::get_if<protocol::server_error>(&*found))
            return "(error " + std::to_string(error->code) + ")";
        if (std::holds_alternative<protocol::ok>(*found))
            return "(ok)";
        std::string text;
        for (const auto& row : std::get<protocol::text_result>(*found).rows)
            for (const auto& value : row)
                text += (text.empty() ? "" : "|") + value.value_or("NULL");
        return text;
    }

    const std::string uuid = "f72eb1f4-e8bc-11f1-8145-02fc00000001";
    proxy::source_facts facts;
    proxy::publication log;
    proxy::session_registry sessions;
    proxy::session_state session;
};

TEST_F(LocalAnswers, AnswersAllThatA97ReplicaSends)
{
    EXPECT_GT(std::stol(one("SELECT UNIX_TIMESTAMP()")), 1'700'000'000);
    EXPECT_EQ(one("SELECT @@GLOBAL.SERVER_ID"), "7");
    EXPECT_EQ(
        one("SET @master_heartbeat_period = 30000001024, @source_heartbeat_period = 30000001024"),
        "(ok)"
    );
    EXPECT_EQ(
        one("SET @master_binlog_checksum = @@global.binlog_checksum, @source_binlog_checksum = "
            "@@global.binlog_checksum"),
        "(ok)"
    );
    EXPECT_EQ(one("SELECT @source_binlog_checksum"), "CRC32");
    EXPECT_EQ(one("SELECT @@GLOBAL.GTID_MODE"), "ON");
    EXPECT_EQ(one("SELECT @@GLOBAL.SERVER_UUID"), uuid);
    EXPECT_EQ(one("SET @slave_uuid = 'a', @replica_uuid = 'b'"), "(ok)");
    EXPECT_EQ(session.set["replica_uuid"], "b");
    EXPECT_EQ(session.set["source_heartbeat_period"], "30000001024");
}

TEST_F(LocalAnswers, AnswersWhatOtherConsumersSend)
{
    EXPECT_EQ(one("SELECT VERSION()"), "9.7.4");
    EXPECT_EQ(
        one("SET @master_binlog_checksum = 'NONE', @source_binlog_checksum = 'NONE'"), "(ok)"
    );
    EXPECT_EQ(one("show global variables like 'binlog_checksum';"), "binlog_checksum|CRC32");
    EXPECT_EQ(one("SHOW VARIABLES LIKE 'SERVER\\_ID'"), "server_id|7");
    EXPECT_EQ(
        one("SHOW VARIABLES WHERE Variable_name IN ('server_id','gtid_mode')"),
        "gtid_mode|ON|server_id|7"
    );
    EXPECT_EQ(one("select @@GLOBAL.binlog_checksum as checksum"), "CRC32");
    EXPECT_EQ(one("set @slave_uuid=uuid()"), "(ok)");
    EXPECT_EQ(session.set["slave_uuid"]->size(), 36U);
    EXPECT_EQ(one("SET @mariadb_slave_capability='4'"), "(ok)");
    EXPECT_EQ(one("set wait_timeout=9999999"), "(ok)");
    EXPECT_EQ(one("set names 'binary'"), "(ok)");
    EXPECT_EQ(one("SET NAMES utf8mb4 COLLATE utf8mb4_bin, autocommit=0"), "(ok)");
    EXPECT_EQ(one("SELECT @@session.autocommit"), "0");
    EXPECT_EQ(
        one("/* driver */ SELECT @@session.auto_increment_increment AS a, @@max_connections AS b"),
        "1|151"
    );
    EXPECT_EQ(one("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ"), "(ok)");
    EXPECT_EQ(
        one("SET sql_mode=CONCAT(@@sql_mode,',STRICT_TRANS_TABLES'), time_zone='+00:00'"), "(ok)"
    );
    EXPECT_EQ(one("SELECT GTID_SUBTRACT('" + uuid + ":1-5', '" + uuid + ":2-9')"), uuid + ":1");
    EXPECT_EQ(one("SELECT 1"), "1");
    EXPECT_EQ(one("SET STATEMENT max_statement_time=600 FOR SELECT version()"), "9.7.4");
}

TEST_F(LocalAnswers, AnswersTheLogsPositionsFromWhatIsCommitted)
{
    EXPECT_EQ(one("SHOW MASTER STATUS"), "bin.1000000002|150|||" + uuid + ":1-9");
    EXPECT_EQ(one("show binary log status"), "bin.1000000002|150|||" + uuid + ":1-9");
    EXPECT_EQ(one("SHOW BINARY LOGS"), "bin.1000000001|500|No|bin.1000000002|150|No");
    EXPECT_EQ(one("SELECT @@global.gtid_executed"), uuid + ":1-9");
    EXPECT_EQ(one("SELECT @@GLOBAL.gtid_purged"), uuid + ":1-3");
}

TEST_F(LocalAnswers, KeepsOnlySoMuchOfWhatASessionSets)
{
    const std::string value(30'000, 'x');
    EXPECT_EQ(one("SET @a = '" + value + "'"), "(ok)");
    EXPECT_EQ(one("SET @b = '" + value + "'"), "(ok)");
    EXPECT_EQ(one("SET @c = '" + value + "'"), "(error 1105)");
    EXPECT_EQ(one("SET @b = '" + value + "y'"), "(ok)") << "in the place of another";
    EXPECT_EQ(one("SET @b = NULL"), "(ok)");
    EXPECT_EQ(one("SET @c = '" + value + "'"), "(ok)");
    std::string last;
    for (int i = 0; i < 600; ++i)
        last = one("SET v" + std::to_string(i) + " = 1");
    EXPECT_EQ(last, "(error 1105)");
    EXPECT_LT(session.system_variables.size(), 600U);
}

// Debezium, moved here by file and position, looks for the file it was in.
TEST_F(LocalAnswers, ListsTheSourcesNamesForConnectorJ)
{
    using proxy::listed_names;
    const auto names = [](std::string client) {
        return proxy::names_for({{"_pid", "1"}, {"_client_name", std::move(client)}});
    };
    EXPECT_EQ(names("MySQL Connector/J"), listed_names::the_sources_as_well);
    EXPECT_EQ(names("MySQL Connector Java"), listed_names::the_sources_as_well);
    EXPECT_EQ(names("libmysql"), listed_names::ours);
    EXPECT_EQ(proxy::names_for({}), listed_names::ours);
    const auto rows = proxy::log_file_rows(log, listed_names::the_sources_as_well);
    ASSERT_EQ(rows.size(), 3U);
    EXPECT_EQ(rows[0], (protocol::text_row{"bin.000001", "650"}));
    EXPECT_EQ(rows[1], (protocol::text_row{"bin.1000000001", "500"}));
}

TEST_F(LocalAnswers, DoesNotKnowWhatTheSourceDoesNot)
{
    EXPECT_EQ(one("SELECT @@global.rpl_semi_sync_source_enabled"), "(error 1193)");
    facts.variables["rpl_semi_sync_source_enabled"] = "ON";
    EXPECT_EQ(one("SELECT @@global.rpl_semi_sync_source_enabled"), "1");
}

TEST_F(LocalAnswers, KnowsNothingElse)
{
    for (const char* statement :
         {"SELECT * FROM t",
          "SHOW TABLES",
          "INSERT INTO t VALUES (1)",
          "SELECT @@server_id FROM t",
          "FLUSH TABLES WITH READ LOCK",
          "SELECT 1 + 1",
          "SHOW VARIABLES LIKE",
          "",
          ";",
          "SELECT",
          "SELECT 'open",
          "SET",
          "SET @a",
          "KILL 5",
          "SHOW CREATE TABLE t"}) {
        SCOPED_TRACE(statement);
        EXPECT_EQ(one(statement), "(not ours)");
    }
    EXPECT_EQ(one("SET GLOBAL read_only = 1"), "(error 1227)");
}

TEST_F(LocalAnswers, ReadsNestedCallsAndParentheses)
{
    EXPECT_EQ(one("SELECT ((1)), (@@server_id)"), "1|7");
    EXPECT_EQ(one("SELECT CONCAT('a', (CONCAT('b', VERSION(), 'c')), 'd')"), "ab9.7.4cd");
    EXPECT_EQ(one("SELECT CONCAT('a', NULL)"), "NULL");
    for (const char* statement :
         {"SELECT (1, 2)", "SELECT (1", "SELECT CONCAT('a'", "SELECT CONCAT(,)", "SELECT ()"})
        EXPECT_EQ(one(statement), "(not ours)") << statement;
}

TEST_F(LocalAnswers, HoldsAnyDepthOfParentheses)
{
    const std::string open(30'000, '(');
    const std::string close(30'000, ')');
    EXPECT_EQ(one("SELECT " + open), "(not ours)");
    EXPECT_EQ(one("SELECT " + open + "1" + close), "1");
    EXPECT_EQ(one("SET @a = " + open + "1" + close), "(ok)");
    std::string calls;
    for (int i = 0; i < 8'000; ++i)
        calls += "CONCAT(";
    EXPECT_EQ(one("SELECT " + calls + "'x'" + std::string(8'000, ')')), "x");
}

TEST_F(LocalAnswers, APatternMadeToBeSlowIsAnswered)
{
    EXPECT_EQ(one("SHOW VARIABLES LIKE '" + std::string(60'000, '%') + "!'"), "");
    EXPECT_EQ(one("SHOW VARIABLES LIKE '%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%server_id'"), "server_id|7");
}

TEST_F(LocalAnswers, AVariableThatDoublesDoesNotFillTheMemory)
{
    EXPECT_EQ(one("SET @a = 'x'"), "(ok)");
    std::string last;
    for (int i = 0; i < 40; ++i)
        last = one("SET @a = CONCAT(@a, @a)");
    EXPECT_EQ(last, "(error 1105)");
    EXPECT_LE(session.set["a"]->size(), 64U << 10);
}

TEST_F(LocalAnswers, EndsSessionsOfItsOwnOnly)
{
    proxy::session_end told = proxy::session_end::none;
    const auto id = sessions.add("10.0.0.4:5", [&](proxy::session_end why) { told = why; }, 10);
    const auto belongs_to = [&](const char* user, bool own_account) {
        sessions.update(*id, [&](proxy::session_info& info) {
            info.user = user;
            info.own_account = own_account;
            info.dumping = true;
        });
    };
    for (const std::string kill : {"KILL ", "KILL QUERY "}) {
        EXPECT_EQ(one(kill + std::to_string(*id)), "(error 1095)") << "before its login";
        belongs_to("other", true);
        EXPECT_EQ(one(kill + std::to_string(*id)), "(error 1095)");
        belongs_to("repl", false);
        EXPECT_EQ(one(kill + std::to_string(*id)), "(error 1095)") << "the source's of that name";
        belongs_to("", true);
    }
    EXPECT_EQ(told, proxy::session_end::none);
    belongs_to("repl", true);
    sessions.update(*id, [](proxy::session_info& info) { info.dumping = false; });
    EXPECT_EQ(one("KILL QUERY " + std::to_string(*id)), "(ok)");
    EXPECT_EQ(told, proxy::session_end::none) << "it is in no dump";
    sessions.update(*id, [](proxy::session_info& info) { info.dumping = true; });
    EXPECT_EQ(one("KILL QUERY " + std::to_string(*id)), "(ok)");
    EXPECT_EQ(told, proxy::session_end::interrupted);
    EXPECT_EQ(one("KILL CONNECTION " + std::to_string(*id)), "(ok)");
    EXPECT_EQ(told, proxy::session_end::killed);
    EXPECT_EQ(one("KILL " + std::to_string(*id + 1)), "(error 1094)");
}

TEST_F(LocalAnswers, ListsSessionsOfItsOwnOnly)
{
    for (const auto& [user, own_account] :
         {std::pair("repl", true), {"repl", false}, {"other", true}, {"", true}}) {
        const auto id = sessions.add("10.0.0.4:5", [](proxy::session_end) {}, 10);
        sessions.update(*id, [&](proxy::session_info& info) {
            info.user = user;
            info.own_account = own_account;
        });
    }
    for (const char* statement : {"SHOW PROCESSLIST", "SHOW FULL PROCESSLIST"})
        EXPECT_EQ(
            one(statement),
            std::to_string(proxy::first_session_id) + "|repl|10.0.0.4:5|NULL|Sleep|0|login|NULL"
        );
}

TEST_F(LocalAnswers, ListsRegisteredReplicas)
{
    const auto id = sessions.add("10.0.0.4:5", [](proxy::session_end) {}, 10);
    sessions.update(*id, [](proxy::session_info& info) {
        info.registered = true;
        info.server_id = 98;
        info.replica_port = 3306;
        info.replica_uuid = "u";
    });
    EXPECT_EQ(one("SHOW REPLICAS"), "98||3306|7|u");
}

}  // namespace
