#include "proxy/net/tls.hpp"
#include "proxy/session/server.hpp"
#include "proxy/source/client_conversation.hpp"
#include "tests/support/collected_log.hpp"
#include "tests/support/event_builder.hpp"
#include "tests/support/hex.hpp"
#include "tests/support/run_awaitable.hpp"
#include "tests/support/temp_folder.hpp"

#include <asio/read.hpp>
#include <asio/steady_timer.hpp>
#include <fstream>
#include <future>
#include <gtest/gtest.h>
#include <thread>

namespace {

using namespace std::chrono_literals;
using namespace tests::literals;
using protocol::byte_buffer;
using protocol::byte_view;

// A server on a free port of this machine, with one clean file, and our own client towards it.
class Server : public testing::Test
{
public:
    Server()
    {
        std::ofstream(folder / "password") << "secret\n";
        listen.where = {"127.0.0.1", 0};
        listen.threads = 2;
        listen.accounts.push_back({.name = "repl", .password_file = folder / "password"});
        auto known = std::make_shared<proxy::source_facts>();
        known->version = "9.7.4";
        known->version_number = 90704;
        known->server_id = 7;
        known->gtid_mode = "ON";
        known->binlog_checksum = "CRC32";
        facts.set(known);

        made.format().previous_gtids({});
        made.gtid(1).begin().table_map(7, "d", "t").write_rows(7, 1).xid(1);
        const byte_buffer bytes = made.file();
        std::ofstream(folder / "bin.1000000001", std::ios::binary) << protocol::as_text(bytes);
        proxy::file_list list;
        list.files.push_back({.name = "bin.1000000001", .path = folder / "bin.1000000001"});
        log.set_files(list);
        log.publish(bytes.size());
    }

    void start()
    {
        serving = std::make_unique<proxy::server>(
            listen, folder.path(), proxy::served_log{.log = log, .facts = facts}, said.lines
        );
    }
    asio::awaitable<proxy::client_conversation>
    log_in(proxy::tls_mode mode, std::string password = "secret", std::string user = "repl")
    {
        auto stream = std::make_unique<proxy::socket_stream>(
            co_await proxy::connect_to("127.0.0.1", serving->port(), 5s), 1U << 24
        );
        stream->allow_tls(client_tls.current(), proxy::tls_role::client);
        proxy::client_conversation client({std::move(stream), true, {}}, "unghost");
        co_await client.login(
            {.user = std::move(user), .password = std::move(password), .tls = mode}
        );
        co_return client;
    }
    // False: with the error of a wrong password.
    bool lets_in(std::string password, std::string user = "repl")
    {
        const auto come = [](Server& test, std::string password, std::string user
                          ) -> asio::awaitable<void> {
            co_await test.log_in(proxy::tls_mode::disabled, std::move(password), std::move(user));
        };
        try {
            tests::run(come(*this, std::move(password), std::move(user)));
            return true;
        } catch (const proxy::source_error& error) {
            EXPECT_EQ(error.code, 1045) << error.what();
            return false;
        }
    }
    asio::awaitable<std::size_t> dump(proxy::client_conversation& client, std::uint16_t flags)
    {
        co_await client.execute("SET @source_binlog_checksum = 'CRC32'");
        byte_buffer command;
        protocol::append_binlog_dump(
            command, {.position = 4, .flags = flags, .server_id = 5, .file = "bin.1000000001"}
        );
        co_await client.send(command);
        std::size_t events = 0;
        while (events < made.events().size() + 1) {
            const byte_view packet = co_await client.stream().read();
            if (!protocol::is_ok(packet))
                break;
            ++events;
        }
        co_return events;
    }

    tests::temp_folder folder;
    tests::event_builder made;
    proxy::listen_config listen;
    proxy::publication log;
    proxy::facts_board facts;
    tests::collected_log said;  // to be read once the server has stopped
    proxy::tls_settings client_tls{[] {
        return proxy::make_client_tls({}, proxy::client_certificate::none);
    }};
    std::unique_ptr<proxy::server> serving;
};

asio::awaitable<protocol::server_error> read_error(proxy::packet_stream& from)
{
    const auto error = protocol::parse_error(co_await from.read());
    co_return error ? *error : protocol::server_error{};
}

TEST_F(Server, ServesSeveralClientsWithAndWithoutTls)
{
    start();
    const auto talk = [](Server& test, proxy::tls_mode mode) -> asio::awaitable<void> {
        auto client = co_await test.log_in(mode);
        EXPECT_EQ(client.stream().encrypted(), mode != proxy::tls_mode::disabled);
        EXPECT_GE(client.hello().connection_id, proxy::first_session_id);
        const auto result = co_await client.query("SELECT @@server_id, VERSION()");
        EXPECT_EQ(result.rows.at(0).at(0), "7");
        const std::size_t events = co_await test.dump(client, protocol::dump_non_block);
        EXPECT_EQ(events, test.made.events().size() + 1);
    };
    for (int i = 0; i < 4; ++i) {
        tests::run(talk(*this, proxy::tls_mode::disabled));
        tests::run(talk(*this, proxy::tls_mode::required));
    }
}

// 2001:db8::/32 is for documentation: the address is nobody's.
TEST_F(Server, NamesAnAddressOfIpv6InBrackets)
{
    listen.where = {"2001:db8::1", 3307};
    try {
        start();
        FAIL() << "it listens there";
    } catch (const std::system_error& error) {
        EXPECT_NE(std::string(error.what()).find("[2001:db8::1]:3307"), std::string::npos);
    }
}

TEST_F(Server, RefusesTheClientThatIsOneTooMany)
{
    listen.max_connections = 1;
    start();
    const auto talk = [](Server& test) -> asio::awaitable<void> {
        auto first = co_await test.log_in(proxy::tls_mode::disabled);
        proxy::socket_stream second(
            co_await proxy::connect_to("127.0.0.1", test.serving->port(), 5s)
        );
        EXPECT_EQ(
            protocol::as_text(co_await second.read()),
            "\xff\x10\x04"
            "Too many connections"
        ) << "without an SQL state, in front of a greeting";
    };
    tests::run(talk(*this));
}

TEST_F(Server, SaysInPlaceOfAGreetingThatItDoesNotKnowItsSource)
{
    facts.set(std::make_shared<proxy::source_facts>());
    listen.login_timeout = 1s;
    start();
    const auto talk = [](Server& test) -> asio::awaitable<void> {
        proxy::socket_stream client(
            co_await proxy::connect_to("127.0.0.1", test.serving->port(), 5s)
        );
        const byte_view packet = co_await client.read();
        EXPECT_TRUE(protocol::as_text(packet).starts_with("\xff\x6a\x04"
                                                          "unghost has not reached")
        ) << protocol::as_text(packet);
    };
    tests::run(talk(*this));
}

TEST_F(Server, NamesTheAccountWhoseLoginItRefuses)
{
    start();
    EXPECT_FALSE(lets_in("wrong"));
    EXPECT_FALSE(lets_in("wrong", "x\n\x1b[2J" + std::string(500, 'y')));
    serving->stop();
    EXPECT_TRUE(said.has("): login as 'repl' refused\n")) << said.text();
    EXPECT_TRUE(said.has("): login as 'x\\x0a\\x1b[2Jyyyyy")) << said.text();
    EXPECT_TRUE(said.has("yyyyy...' refused\n")) << said.text();
    EXPECT_FALSE(said.has(std::string(130, 'y')));
}

TEST_F(Server, LetsAnOwnAccountWaitAfterWrongPasswords)
{
    start();
    for (int i = 0; i < 5; ++i)
        EXPECT_FALSE(lets_in("wrong"));
    const auto began = std::chrono::steady_clock::now();
    EXPECT_TRUE(lets_in("secret"));
    EXPECT_GE(std::chrono::steady_clock::now() - began, 200ms);
}

TEST_F(Server, EndsALoginThatTakesTooLong)
{
    listen.login_timeout = 1s;
    start();
    const auto talk = [](Server& test) -> asio::awaitable<void> {
        proxy::socket_stream client(
            co_await proxy::connect_to("127.0.0.1", test.serving->port(), 5s)
        );
        co_await client.read();
        client.set_read_limit(5s);
        co_await client.read();
    };
    try {
        tests::run(talk(*this));
        FAIL() << "it was not ended";
    } catch (const std::system_error& error) {
        EXPECT_EQ(error.code(), asio::error::eof);
    }
    EXPECT_EQ(serving->sessions().size(), 0U);
}

TEST_F(Server, TakesNoLargePacketBeforeALogin)
{
    start();
    const auto talk = [](Server& test) -> asio::awaitable<void> {
        proxy::socket_stream client(
            co_await proxy::connect_to("127.0.0.1", test.serving->port(), 5s)
        );
        co_await client.read();
        // The header alone: bytes that the server leaves unread could reset the connection before
        // we have read its answer.
        co_await client.send_frames(byte_view("a08601 01"_hex));
        const auto error = co_await read_error(client);
        EXPECT_EQ(error.code, 1043);
    };
    tests::run(talk(*this));
    serving->stop();
    EXPECT_TRUE(said.has("packet: " + make_error_code(protocol::errc::too_large).message()))
        << said.text();
}

TEST_F(Server, EndsTheOlderDumpOfTheSameReplica)
{
    start();
    const auto talk = [](Server& test) -> asio::awaitable<void> {
        auto older = co_await test.log_in(proxy::tls_mode::disabled);
        co_await older.execute("SET @replica_uuid = 'one'");
        co_await test.dump(older, 0);
        auto newer = co_await test.log_in(proxy::tls_mode::disabled);
        co_await newer.execute("SET @replica_uuid = 'one'");
        co_await test.dump(newer, 0);
        const auto error = co_await read_error(older.stream());
        EXPECT_EQ(error.code, 1236);
        EXPECT_TRUE(error.message.starts_with("A replica with the same server_uuid/server_id"));
    };
    tests::run(talk(*this));
}

TEST_F(Server, TellsDumpsThatItEndsAndStops)
{
    start();
    const auto talk = [](Server& test) -> asio::awaitable<void> {
        auto idle = co_await test.log_in(proxy::tls_mode::required);
        auto dumping = co_await test.log_in(proxy::tls_mode::required);
        co_await test.dump(dumping, 0);
        test.serving->stop();
        EXPECT_TRUE(protocol::is_eof(co_await dumping.stream().read()));
    };
    tests::run(talk(*this));
    EXPECT_EQ(serving->sessions().size(), 0U);
}

TEST_F(Server, SendsWhatIsPublishedWhileAConsumerWaits)
{
    const std::uint64_t whole = log.end();
    log.publish(whole - made.events().back().size());
    start();
    const auto talk = [](Server& test, std::uint64_t end) -> asio::awaitable<void> {
        auto client = co_await test.log_in(proxy::tls_mode::disabled);
        std::thread later([&] {
            std::this_thread::sleep_for(50ms);
            test.log.publish(end);
        });
        const std::size_t events = co_await test.dump(client, 0);
        later.join();
        EXPECT_EQ(events, test.made.events().size() + 1);
    };
    tests::run(talk(*this, whole));
}

TEST_F(Server, DisconnectsAConsumerThatStopsReading)
{
    for (std::uint64_t number = 2; number <= 40; ++number)
        made.gtid(number)
            .begin()
            .table_map(7, "d", "t")
            .write_rows(7, 1, byte_buffer(1U << 20, 7))
            .xid(number);
    const byte_buffer bytes = made.file();
    std::ofstream(folder / "bin.1000000001", std::ios::binary) << protocol::as_text(bytes);
    log.publish(bytes.size());
    listen.write_timeout = 100ms;
    start();
    const auto talk = [](Server& test) -> asio::awaitable<void> {
        auto client = co_await test.log_in(proxy::tls_mode::disabled);
        co_await client.execute("SET @source_binlog_checksum = 'CRC32'");
        byte_buffer command;
        protocol::append_binlog_dump(command, {.position = 4, .server_id = 5});
        co_await client.send(command);
        asio::steady_timer pause(co_await asio::this_coro::executor);
        for (int tries = 0; tries < 1000 && test.serving->sessions().size() > 0; ++tries) {
            pause.expires_after(20ms);
            co_await pause.async_wait(asio::use_awaitable);
        }
        EXPECT_EQ(test.serving->sessions().size(), 0U);
    };
    tests::run(talk(*this));
}

asio::awaitable<proxy::source_wire> refused()
{
    throw std::system_error(asio::error::connection_refused);
    co_return proxy::source_wire{};
}

TEST_F(Server, SaysForHowLongOneOfItsThreadsStandsStill)
{
    std::promise<void> entered;
    std::promise<void> release;
    const proxy::dial_source blocks = [&] {
        entered.set_value();
        release.get_future().wait();
        return refused();
    };
    serving = std::make_unique<proxy::server>(
        listen,
        folder.path(),
        proxy::served_log{.log = log, .facts = facts, .dial = blocks},
        said.lines
    );
    const auto comes_round = [this] {  // a call leaves a question, the next one sees its answer
        for (int tries = 0; tries < 1000; ++tries, std::this_thread::sleep_for(20ms))
            if (serving->silent() == 0s && tries > 0)
                return true;
        return false;
    };
    EXPECT_TRUE(comes_round());
    const auto come = [](Server& test) -> asio::awaitable<void> {
        co_await test.log_in(proxy::tls_mode::disabled, "secret", "app");
    };
    std::thread client([&] { EXPECT_THROW(tests::run(come(*this)), proxy::source_error); });
    EXPECT_EQ(entered.get_future().wait_for(20s), std::future_status::ready);
    serving->silent();
    std::this_thread::sleep_for(300ms);
    const auto shorter = serving->silent();
    EXPECT_GE(shorter, 300ms) << "the other thread, which comes round, hides nothing";
    std::this_thread::sleep_for(100ms);
    EXPECT_GE(serving->silent(), shorter + 100ms);
    release.set_value();
    client.join();
    EXPECT_TRUE(comes_round());
}

TEST_F(Server, EndsASessionByItsId)
{
    start();
    const auto talk = [](Server& test) -> asio::awaitable<void> {
        auto victim = co_await test.log_in(proxy::tls_mode::disabled);
        auto other = co_await test.log_in(proxy::tls_mode::disabled);
        co_await victim.execute("SELECT 1");
        co_await other.execute("KILL " + std::to_string(victim.hello().connection_id));
        std::error_code ended;
        try {
            co_await victim.stream().read();
        } catch (const std::system_error& error) {
            ended = error.code();
        }
        EXPECT_EQ(ended, asio::error::eof);
        const auto list = co_await other.query("SHOW PROCESSLIST");
        EXPECT_EQ(list.rows.back().at(0), std::to_string(other.hello().connection_id));
        EXPECT_EQ(list.rows.back().at(1), "repl");
    };
    tests::run(talk(*this));
}

}  // namespace
