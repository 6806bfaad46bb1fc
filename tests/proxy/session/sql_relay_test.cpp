#include "protocol/capabilities.hpp"
#include "protocol/command.hpp"
#include "protocol/response.hpp"
#include "proxy/session/sql_relay.hpp"
#include "tests/support/hex.hpp"
#include "tests/support/run_awaitable.hpp"
#include "tests/support/scripted_stream.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using namespace tests::literals;
using protocol::byte_buffer;
using protocol::byte_view;
using tests::ok_packet;

byte_buffer query(std::string_view text)
{
    byte_buffer packet;
    protocol::append_query_command(packet, text);
    return packet;
}
byte_buffer prepare(std::string_view text)
{
    byte_buffer packet = query(text);
    packet[0] = static_cast<std::uint8_t>(protocol::command_type::stmt_prepare);
    return packet;
}

// A client with a list of commands, a source with a list of answers, each given when the source has
// been sent something.
class SqlRelay : public testing::Test
{
protected:
    std::optional<proxy::dump_parameters> run()
    {
        auto stream = std::make_unique<tests::scripted_stream>();
        source = stream.get();
        source->waits = true;
        source->after_write = [this] {
            if (answers.empty())
                return;
            for (byte_buffer& packet : answers.front())
                source->to_read.push_back(std::move(packet));
            answers.pop_front();
        };
        const proxy::border_question border = [](const std::string& file, std::uint64_t at) {
            return file == "bin.000001" && at <= 157
                       ? std::optional(proxy::store::clean_coordinate{"bin.1000000001", at + 1000})
                       : std::nullopt;
        };
        const auto thread = proxy::session_thread::make(log);
        proxy::session_control control;
        asio::thread_pool pool{1};
        proxy::sql_relay relay(
            client,
            {std::move(stream), capabilities, 17},
            {.id = id,
             .host = "10.0.0.1",
             .sessions = sessions,
             .positions =
                 {
                     .log = log,
                     .sessions = sessions,
                     .thread = *thread,
                     .control = control,
                     .pool = pool,
                     .border_of = border,
                     .facts = facts,
                     .limit = 0ms,
                 },
             .relay = rules,
             .wrong = wrong,
             .proofs = {.key = key}}
        );
        auto asked = tests::run(relay.run());
        sent = source->written;
        return asked;
    }
    void answer_rows(const protocol::text_result& rows)
    {
        answers.push_back(protocol::text_result_packets(rows, capabilities));
    }
    protocol::result_set told() const
    {
        auto rows =
            protocol::parse_result_set(client.written, protocol::row_format::text, capabilities);
        EXPECT_TRUE(rows);
        return rows ? *rows : protocol::result_set{};
    }
    std::uint16_t error_code() const
    {
        const auto error = protocol::parse_error(client.written.back());
        return error ? error->code : 0;
    }

    std::uint32_t id = 1;
    std::uint32_t capabilities = protocol::capability::deprecate_eof;
    proxy::publication log;
    proxy::session_registry sessions;
    proxy::facts_board facts;
    const protocol::rsa_key key = protocol::rsa_key::make();
    proxy::relay_config rules;
    proxy::wrong_passwords wrong;
    tests::scripted_stream client;
    tests::scripted_stream* source = nullptr;
    std::deque<std::vector<byte_buffer>> answers;  // one for each write
    std::vector<byte_buffer> sent;                 // to the source
};

TEST_F(SqlRelay, PassesCommandsAndAnswersOn)
{
    client.to_read = {query("SELECT 1"), "0e"_hex, query("DO 1")};
    answer_rows({{"1"}, {{"1"}}});
    answers.push_back({ok_packet()});
    answers.push_back({ok_packet()});
    EXPECT_FALSE(run());
    EXPECT_EQ(sent, (std::vector<byte_buffer>{query("SELECT 1"), "0e"_hex, query("DO 1")}));
    ASSERT_EQ(client.written.size(), 6U);
    EXPECT_EQ(client.written.back(), ok_packet());
}

// A session with one account is no way to try the passwords of another.
TEST_F(SqlRelay, AChangeOfUserWaitsAfterWrongPasswordsAndCounts)
{
    const std::string key = proxy::login_key("10.0.0.1", "other");
    for (int i = 0; i < 5; ++i)
        wrong.note(key);
    byte_buffer change;
    protocol::append_change_user(change, {.user = "other", .database = "d"}, capabilities);
    byte_buffer denied;
    protocol::append_error(denied, {1045, "28000", "Access denied"});
    client.to_read = {change};
    answers.push_back({denied});
    const auto began = std::chrono::steady_clock::now();
    run();
    EXPECT_GE(std::chrono::steady_clock::now() - began, 200ms);
    EXPECT_EQ(wrong.delay_for(key), 300ms);

    client.to_read = {change};
    answers.push_back({ok_packet()});
    run();
    EXPECT_EQ(wrong.delay_for(key), 0ms);
}

TEST_F(SqlRelay, PutsOurPositionInTheStatus)
{
    client.to_read = {query("SHOW MASTER STATUS")};
    answer_rows({{"File", "Position", "Executed_Gtid_Set"}, {{"bin.000001", "157", "u:1-5"}}, {1}});
    run();
    EXPECT_EQ(told().rows, (std::vector<protocol::text_row>{{"bin.1000000001", "1157", "u:1-5"}}));
}

TEST_F(SqlRelay, APositionThatIsNotHereYetIsAnErrorNotAGuess)
{
    client.to_read = {query("SHOW MASTER STATUS")};
    answer_rows({{"File", "Position"}, {{"bin.000001", "900"}}, {1}});
    run();
    EXPECT_EQ(error_code(), 1105);
}

TEST_F(SqlRelay, PreparedStatementsAboutPositionsAreAnsweredAlike)
{
    client.to_read = {
        prepare("SHOW MASTER STATUS"),
        "17 05000000 00 01000000"_hex,
        "19 05000000"_hex,
        "17 05000000 00 01000000"_hex
    };
    answers.push_back({"00 05000000 0000 0000 00 0000"_hex});
    const auto give_rows = [this] {
        auto packets =
            protocol::text_result_packets({{"File", "Position"}, {{"", ""}}, {1}}, capabilities);
        packets[3] = "00 00 0a 62696e2e303030303031 9d00000000000000"_hex;
        answers.push_back(std::move(packets));
    };
    give_rows();
    answers.emplace_back();  // closed: what has its id then is another statement
    give_rows();
    run();
    ASSERT_EQ(client.written.size(), 1 + 5 + 5U);
    EXPECT_EQ(client.written[4], "00 00 0e 62696e2e31303030303030303031 8504000000000000"_hex);
    EXPECT_EQ(client.written[9], "00 00 0a 62696e2e303030303031 9d00000000000000"_hex);
}

TEST_F(SqlRelay, PurgedIsWhatLiesBeforeOurFirstFile)
{
    proxy::file_list list;
    list.add(
        {.name = "bin.1000000001"},
        *protocol::parse_gtid_set("3e11fa47-71ca-11e1-9e33-c80aa9429562:1-9")
    );
    log.set_files(list);
    client.to_read = {query("SELECT @@gtid_purged")};
    answer_rows({{"@@gtid_purged"}, {{""}}});
    run();
    EXPECT_EQ(told().rows[0][0], "3e11fa47-71ca-11e1-9e33-c80aa9429562:1-9");
}

TEST_F(SqlRelay, ErrorsOfTheSourceStayItsOwn)
{
    client.to_read = {query("SHOW MASTER STATUS")};
    byte_buffer denied;
    protocol::append_error(denied, {1227, "42000", "Access denied"});
    answers.push_back({denied});
    run();
    EXPECT_EQ(client.written.back(), denied);
}

TEST_F(SqlRelay, ADumpNeedsTheSourcesConsentAndTakesTheClientsVariables)
{
    byte_buffer dump;
    protocol::append_binlog_dump(dump, {.position = 4, .server_id = 9, .file = "bin.1000000001"});
    client.to_read = {dump};
    answers.push_back({ok_packet()});
    answer_rows(
        {{"a", "b", "c", "d", "e", "f", "g", "h"},
         {{std::nullopt,
           "CRC32",
           "2000000000",
           std::nullopt,
           "uuid",
           std::nullopt,
           std::nullopt,
           "1"}}}
    );
    answer_rows({{"Grants for app@%"}, {{"GRANT REPLICATION SLAVE ON *.* TO `app`@`%`"}}});
    const auto asked = run();
    ASSERT_TRUE(asked);
    EXPECT_EQ(asked->file, "bin.1000000001");
    EXPECT_EQ(asked->checksum, "CRC32");
    EXPECT_EQ(asked->heartbeat_period, 2s);
    EXPECT_EQ(asked->replica_uuid, "uuid");
    EXPECT_TRUE(asked->semi_sync);
    EXPECT_EQ(sent.at(0).at(0), static_cast<std::uint8_t>(protocol::command_type::register_slave));
    EXPECT_EQ(client.next_sequence(), 1);
}

TEST_F(SqlRelay, ADumpIsASystemUsersIfItsSessionWasWhenItBegan)
{
    id = *sessions.add("1.2.3.4:5", [](proxy::session_end) {}, 10);
    byte_buffer dump;
    protocol::append_binlog_dump(dump, {.position = 4, .server_id = 9, .file = "bin.1000000001"});
    const auto begun_with = [&](std::vector<byte_buffer> grants) {
        client.to_read = {dump};
        answers.push_back({ok_packet()});
        answer_rows({{"a"}, {{std::nullopt}}});
        answers.push_back(std::move(grants));
        EXPECT_TRUE(run());
        EXPECT_EQ(sent.at(2), query("SHOW GRANTS"));
        return sessions.find(id)->system_user;
    };
    const auto grants = [&](const std::string& line) {
        return protocol::text_result_packets({{"Grants for app@%"}, {{line}}}, capabilities);
    };
    EXPECT_FALSE(begun_with(grants("GRANT REPLICATION SLAVE ON *.* TO `app`@`%`")));
    EXPECT_TRUE(begun_with(grants("GRANT BACKUP_ADMIN,SYSTEM_USER ON *.* TO `app`@`%`")));
    EXPECT_FALSE(begun_with(grants("GRANT `SYSTEM_USER`@`%` TO `app`@`%`"))) << "a role's name";
    EXPECT_FALSE(begun_with(grants("GRANT ALL PRIVILEGES ON *.* TO 'app'@'%'"))) << "5.7 has none";
    EXPECT_TRUE(begun_with({tests::error_packet(1290, "no")}))
        << "not known: only its likes end it";
}

TEST_F(SqlRelay, WithoutTheRightThereIsNoDump)
{
    byte_buffer dump;
    protocol::append_binlog_dump_gtid(dump, {.server_id = 9});
    client.to_read = {dump, query("SELECT 1")};
    byte_buffer denied;
    protocol::append_error(denied, {1045, "28000", "Access denied for user 'app'@'%'"});
    answers.push_back({denied});
    EXPECT_FALSE(run());
    EXPECT_EQ(error_code(), 1227) << "as a server answers a dump";
    EXPECT_EQ(sent.size(), 1U) << "the session has ended";
}

TEST_F(SqlRelay, KillOfOurIdsReachesTheSourcesConnection)
{
    sessions.add("1.2.3.4:5", [](proxy::session_end) {}, 10);
    sessions.update(proxy::first_session_id, [](auto& info) { info.source_thread = 42; });
    client.to_read = {query("KILL QUERY 2147483648"), query("KILL 2147483649"), "0c 00000080"_hex};
    answers.push_back({ok_packet()});
    answers.push_back({ok_packet()});
    run();
    EXPECT_EQ(
        sent, (std::vector<byte_buffer>{query("KILL QUERY 42"), query("KILL CONNECTION 42")})
    );
    ASSERT_EQ(client.written.size(), 3U);
    EXPECT_EQ(protocol::parse_error(client.written[1])->code, 1094);
}

class SqlRelayKill : public SqlRelay
{
protected:
    // The relayed session and a dump.
    SqlRelayKill()
    {
        sessions.add("1.2.3.4:5", [](proxy::session_end) {}, 10);
        sessions.add("1.2.3.4:6", [this](proxy::session_end why) { told = why; }, 10);
        belongs_to(asker, "app", false);
    }
    void belongs_to(std::uint32_t session, const char* user, bool own_account)
    {
        sessions.update(session, [&](proxy::session_info& info) {
            info.user = user;
            info.own_account = own_account;
            info.dumping = session == dump;
        });
    }
    // Whether the dump ends; `grants`: the source's answer to SHOW GRANTS.
    bool kills(const std::vector<std::string>& grants)
    {
        told = proxy::session_end::none;
        id = asker;
        client.written.clear();
        client.to_read = {query("KILL " + std::to_string(dump))};
        protocol::text_result rows{{"Grants for app@%"}, {}};
        for (const std::string& line : grants)
            rows.rows.push_back({line});
        answers.clear();
        answer_rows(rows);
        run();
        if (told == proxy::session_end::none)
            EXPECT_EQ(error_code(), 1095);
        return told == proxy::session_end::killed;
    }

    static constexpr std::uint32_t asker = proxy::first_session_id;
    static constexpr std::uint32_t dump = asker + 1;
    proxy::session_end told = proxy::session_end::none;
};

TEST_F(SqlRelayKill, EndsADumpOfItsOwnAccount)
{
    belongs_to(dump, "app", false);
    EXPECT_TRUE(kills({}));
    EXPECT_TRUE(sent.empty()) << "nothing was asked";
    belongs_to(dump, "app", true);
    EXPECT_FALSE(kills({})) << "unghost's own account of that name";
}

// As the servers write it: 9.7 and 8.0 take in what an active role gives.
TEST_F(SqlRelayKill, EndsOtherDumpsByAPrivilegeOfTheAccountOrOfARole)
{
    belongs_to(dump, "other", false);
    EXPECT_TRUE(
        kills({"GRANT USAGE ON *.* TO `app`@`%`", "GRANT CONNECTION_ADMIN ON *.* TO `app`@`%`"})
    );
    EXPECT_TRUE(kills({"GRANT BACKUP_ADMIN,CONNECTION_ADMIN,XA_RECOVER_ADMIN ON *.* TO `app`@`%`"})
    );
    EXPECT_TRUE(kills({"GRANT SELECT, SUPER ON *.* TO 'app'@'%'"}));
    EXPECT_TRUE(kills({"GRANT ALL PRIVILEGES ON *.* TO 'app'@'%' WITH GRANT OPTION"}));
    EXPECT_EQ(sent, std::vector<byte_buffer>{query("SHOW GRANTS")});
}

// As the servers do it (8.0.33, 9.7.4), whatever the killer may else.
TEST_F(SqlRelayKill, EndsADumpOfASystemUserOnlyAsOne)
{
    belongs_to(dump, "other", false);
    sessions.update(dump, [](proxy::session_info& info) { info.system_user = true; });
    EXPECT_FALSE(kills({"GRANT SUPER ON *.* TO `app`@`%`"}));
    EXPECT_FALSE(kills({"GRANT CONNECTION_ADMIN ON *.* TO `app`@`%`"}));
    EXPECT_FALSE(kills({"GRANT SYSTEM_USER ON *.* TO `app`@`%`"})) << "it is no right to kill";
    EXPECT_TRUE(kills({"GRANT CONNECTION_ADMIN,SYSTEM_USER ON *.* TO `app`@`%`"}));
    belongs_to(dump, "app", false);
    EXPECT_FALSE(kills({"GRANT USAGE ON *.* TO `app`@`%`"})) << "its role is not active here";
    EXPECT_TRUE(kills({"GRANT SYSTEM_USER ON *.* TO `app`@`%`"}));
}

TEST_F(SqlRelayKill, TakesNothingElseForAPrivilege)
{
    belongs_to(dump, "other", false);
    for (const char* grant :
         {"GRANT SELECT, PROCESS ON *.* TO `app`@`%`",
          "GRANT CONNECTION_ADMINS,SUPERB ON *.* TO `app`@`%`",
          "GRANT ALL PRIVILEGES ON `d`.* TO `app`@`%`",
          "GRANT `SUPER`@`%` TO `app`@`%`",
          "GRANT SELECT (`, SUPER, ON *.* TO `) ON `d`.`t` TO `app`@`%`",
          "GRANT SELECT (A, SUPER ON *.* TO x) ON `d`.`t` TO 'app'@'%'",
          "GRANT SELECT (\"a\", SUPER, \"b\") ON *.* TO `app`@`%`",
          "GRANT  ON *.* TO `app`@`%`",
          "GRANT , ON *.* TO `app`@`%`",
          "REVOKE SUPER ON *.* TO `app`@`%`",
          "GRANT SUPER",
          ""})
        EXPECT_FALSE(kills({grant})) << grant;
    EXPECT_FALSE(kills({}));
}

TEST_F(SqlRelayKill, RefusesWhereTheSourceDoesNotTell)
{
    belongs_to(dump, "other", false);
    client.to_read = {query("KILL " + std::to_string(dump))};
    answers.push_back({tests::error_packet(1105, "no")});
    id = asker;
    run();
    EXPECT_EQ(error_code(), 1095);
    EXPECT_EQ(told, proxy::session_end::none);
}

TEST_F(SqlRelay, TheFileOfALoadGoesToTheSource)
{
    client.to_read = {query("LOAD DATA LOCAL INFILE 'x' INTO TABLE t"), "310a"_hex, {}, "0e"_hex};
    answers.push_back({"fb 78"_hex});
    answers.emplace_back();
    answers.push_back({"00 01 00 0200 0000"_hex});
    answers.push_back({ok_packet()});
    run();
    ASSERT_EQ(sent.size(), 4U);
    EXPECT_EQ(sent[1], "310a"_hex);
    EXPECT_TRUE(sent[2].empty());
    EXPECT_EQ(client.written.size(), 3U);
}

TEST_F(SqlRelay, ManglesNothingOfLargeCommands)
{
    byte_buffer large = query("INSERT INTO t VALUES ('");
    large.resize((1U << 24) + 77, 'x');
    client.to_read = {large, "0e"_hex};
    answers.push_back({ok_packet()});
    answers.push_back({ok_packet()});
    run();
    ASSERT_EQ(sent.size(), 2U);
    EXPECT_EQ(sent[0], large);
}

TEST_F(SqlRelay, EndsWhereTheClientMakesNoSense)
{
    client.to_read = {byte_buffer{}};
    EXPECT_FALSE(run());
    EXPECT_EQ(error_code(), 1835);
}

TEST_F(SqlRelay, EndsWhereTheSourceMakesNoSense)
{
    client.to_read = {query("SELECT 1")};
    answers.push_back({"fe"_hex});
    EXPECT_THROW(run(), std::system_error);
}

TEST_F(SqlRelay, ACommandOutOfOrderEndsTheSession)
{
    client.to_read = {query("SELECT 1")};
    client.number_of_filled = 3;
    EXPECT_FALSE(run());
    EXPECT_EQ(error_code(), 1156);
}

}  // namespace
