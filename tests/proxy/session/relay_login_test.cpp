#include "protocol/auth.hpp"
#include "protocol/response.hpp"
#include "proxy/session/relay_login.hpp"
#include "tests/support/hex.hpp"
#include "tests/support/run_awaitable.hpp"
#include "tests/support/scripted_stream.hpp"

#include <gtest/gtest.h>

namespace {

namespace capability = protocol::capability;
using namespace tests::literals;
using protocol::byte_buffer;
using tests::modern;
using tests::ok_packet;

byte_buffer switch_to(std::string_view plugin)
{
    byte_buffer packet;
    protocol::append_auth_switch(packet, {std::string(plugin), byte_buffer(20, std::uint8_t{'s'})});
    return packet;
}

asio::awaitable<proxy::source_wire> hand_over(std::unique_ptr<tests::scripted_stream> source)
{
    if (!source)
        throw std::system_error(asio::error::connection_refused, "connect");
    co_return proxy::source_wire{.stream = std::move(source), .can_tls = true};
}

// A client that has sent its login to us, and a source that has greeted.
class RelayLogin : public testing::Test
{
protected:
    RelayLogin()
    {
        protocol::greeting hello;
        hello.server_version = "9.7.4";
        hello.connection_id = 17;
        hello.capabilities = modern | capability::ssl;
        hello.plugin = protocol::sha2_plugin;
        append_greeting(greeting, hello);
        asked.capabilities = modern;
        asked.user = "app";
        asked.plugin = protocol::sha2_plugin;
        asked.proof = byte_buffer(32, 1);
    }

    std::optional<proxy::source_connection> run(std::vector<byte_buffer> source_says)
    {
        auto source = std::make_unique<tests::scripted_stream>();
        source->to_read.push_back(greeting);
        for (byte_buffer& packet : source_says)
            source->to_read.push_back(std::move(packet));
        at_source = source.get();
        held = std::move(source);
        const proxy::dial_source dial = [this] { return hand_over(std::move(held)); };
        return log_in(dial, shared);
    }
    std::optional<proxy::source_connection>
    log_in(const proxy::dial_source& dial, std::uint32_t capabilities)
    {
        auto found = tests::run(proxy::log_in_at_source(
            client,
            asked,
            capabilities,
            {.dial = dial, .name = "db:3306", .tls = tls, .proofs = proofs()}
        ));
        denied = found.denied;
        return std::move(found.connection);
    }

    proxy::proof_terms proofs() const
    {
        return {.key = key, .source_key = pinned, .replication_only = replication_only};
    }
    // From here on the source has no TLS.
    void greet_without_tls()
    {
        greeting.clear();
        protocol::greeting hello;
        hello.server_version = "9.7.4";
        hello.capabilities = modern;
        hello.plugin = protocol::sha2_plugin;
        append_greeting(greeting, hello);
    }

    byte_buffer greeting;
    protocol::login asked;
    std::uint32_t shared = modern;  // capabilities of the client
    proxy::tls_mode tls = proxy::tls_mode::preferred;
    const protocol::rsa_key key = protocol::rsa_key::make();
    std::string pinned;
    bool replication_only = false;
    bool denied = false;  // the last one
    tests::scripted_stream client;
    tests::scripted_stream* at_source = nullptr;  // valid while the connection is held
    std::unique_ptr<tests::scripted_stream> held;
};

TEST_F(RelayLogin, TheSourceIsMadeToAskForTheProof)
{
    client.to_read = {"aabb"_hex};
    const auto connection = run({switch_to(protocol::native_plugin), ok_packet()});
    ASSERT_TRUE(connection);
    EXPECT_EQ(connection->thread_id, 17U);
    const auto login = protocol::parse_login(at_source->written.at(0));
    ASSERT_TRUE(login);
    EXPECT_EQ(login->user, "app");
    EXPECT_EQ(login->plugin, proxy::no_such_plugin);
    EXPECT_TRUE(login->proof.empty());
    EXPECT_EQ(at_source->written.at(1), "aabb"_hex);
    EXPECT_EQ(client.written.at(0), switch_to(protocol::native_plugin));
    EXPECT_EQ(client.written.at(1), ok_packet());
}

TEST_F(RelayLogin, FastAndFullExchangesArePassedOn)
{
    client.to_read = {byte_buffer(32, 2)};
    EXPECT_TRUE(run({switch_to(protocol::sha2_plugin), "01 03"_hex, ok_packet()}));

    client = {};
    client.to_read = {byte_buffer(32, 2), "02"_hex, "cccc"_hex};
    const auto connection =
        run({switch_to(protocol::sha2_plugin), "01 04"_hex, "01 2d2d2d2d"_hex, ok_packet()});
    ASSERT_TRUE(connection);
    EXPECT_EQ(at_source->written.at(2), "02"_hex);
    EXPECT_EQ(at_source->written.at(3), "cccc"_hex);
}

TEST_F(RelayLogin, TlsOfTheClientMeansTlsToTheSource)
{
    client.tls = true;
    client.to_read = {byte_buffer(32, 2), "736563726574 00"_hex};
    const auto connection = run({switch_to(protocol::sha2_plugin), "01 04"_hex, ok_packet()});
    ASSERT_TRUE(connection);
    EXPECT_TRUE(at_source->tls);
    EXPECT_TRUE(protocol::is_tls_request(at_source->written.at(0)));
    EXPECT_EQ(at_source->written.at(3), "736563726574 00"_hex);
}

TEST_F(RelayLogin, APasswordSaidUnderTlsIsSealedForASourceWithoutIt)
{
    greet_without_tls();
    byte_buffer key_packet;
    protocol::append_auth_more_data(key_packet, protocol::as_bytes(key.public_key_pem()));

    for (const std::string_view plugin : {protocol::sha2_plugin, protocol::sha256_plugin}) {
        const bool sha2 = plugin == protocol::sha2_plugin;
        client = {};
        client.tls = true;
        client.to_read = {"736563726574 00"_hex};
        if (sha2)
            client.to_read.push_front(byte_buffer(32, 2));
        std::vector<byte_buffer> says{switch_to(plugin)};
        if (sha2)
            says.push_back("01 04"_hex);
        says.push_back(key_packet);
        says.push_back(ok_packet());
        const auto connection = run(std::move(says));
        ASSERT_TRUE(connection);
        EXPECT_FALSE(at_source->tls);
        protocol::challenge scramble;
        scramble.fill('s');
        const auto clear = key.decrypt_password(at_source->written.back(), scramble);
        ASSERT_TRUE(clear);
        EXPECT_EQ(*clear, "736563726574 00"_hex);
    }
}

// Who sits in between and sends a key of his own reads nothing.
TEST_F(RelayLogin, WithAPinnedKeyPasswordsAreSealedByNoOther)
{
    greet_without_tls();
    pinned = key.public_key_pem();
    byte_buffer other_key;
    protocol::append_auth_more_data(
        other_key, protocol::as_bytes(protocol::rsa_key::make().public_key_pem())
    );
    // A client in TLS: the source's key is not even asked for.
    client.tls = true;
    client.to_read = {byte_buffer(32, 2), "736563726574 00"_hex};
    const auto connection = run({switch_to(protocol::sha2_plugin), "01 04"_hex, ok_packet()});
    ASSERT_TRUE(connection);
    protocol::challenge scramble;
    scramble.fill('s');
    EXPECT_EQ(
        key.decrypt_password(at_source->written.back(), scramble).value(), "736563726574 00"_hex
    );
    EXPECT_EQ(at_source->written.size(), 3U);

    // One in clear asks for it itself.
    client = {};
    client.to_read = {byte_buffer(32, 2), "02"_hex, "cccc"_hex};
    EXPECT_FALSE(run({switch_to(protocol::sha2_plugin), "01 04"_hex, other_key, ok_packet()}));
    const auto error = protocol::parse_error(client.written.back());
    ASSERT_TRUE(error);
    EXPECT_NE(error->message.find("source.public_key"), std::string::npos);
    EXPECT_EQ(client.to_read.size(), 1U) << "it sealed nothing";

    byte_buffer own_key;
    protocol::append_auth_more_data(own_key, protocol::as_bytes(key.public_key_pem() + "\n"));
    client = {};
    client.to_read = {byte_buffer(32, 2), "02"_hex, "cccc"_hex};
    EXPECT_TRUE(run({switch_to(protocol::sha2_plugin), "01 04"_hex, own_key, ok_packet()}));
}

// One row of one column, as a server answers a query that asked for no CLIENT_DEPRECATE_EOF.
std::vector<byte_buffer> row_of(const std::string& value)
{
    return protocol::text_result_packets({.columns = {"value"}, .rows = {{value}}}, modern);
}

std::vector<byte_buffer> after(std::vector<byte_buffer> first, std::vector<byte_buffer> then)
{
    std::ranges::move(then, std::back_inserter(first));
    return first;
}

TEST_F(RelayLogin, ASourceThatShallUseTlsGetsNothingWithoutIt)
{
    greeting.clear();
    protocol::greeting hello;  // somebody in between took CLIENT_SSL out of it
    hello.server_version = "9.7.4";
    hello.capabilities = modern;
    hello.plugin = protocol::sha2_plugin;
    append_greeting(greeting, hello);
    for (const auto mode :
         {proxy::tls_mode::required, proxy::tls_mode::verify_ca, proxy::tls_mode::verify_identity})
        for (const bool client_tls : {false, true}) {
            tls = mode;
            client = {};
            client.tls = client_tls;
            // There is nothing more to read: an attempt to log in would throw.
            EXPECT_FALSE(run({}));
            EXPECT_EQ(protocol::parse_error(client.written.at(0))->code, 3159);
            EXPECT_EQ(client.written.size(), 1U);
        }
}

TEST_F(RelayLogin, AClientInClearIsTakenToTheSourceByTls)
{
    tls = proxy::tls_mode::required;
    for (const std::string_view plugin : {protocol::sha2_plugin, protocol::sha256_plugin}) {
        client = {};
        protocol::challenge scramble;
        scramble.fill('s');
        const auto sealed =
            protocol::encrypt_password("secret", scramble, key.public_key_pem()).value();
        const bool sha2 = plugin == protocol::sha2_plugin;
        std::vector<byte_buffer> says{switch_to(plugin)};
        if (sha2) {
            client.to_read = {byte_buffer(32, 2), "02"_hex, sealed};
            says.push_back("01 04"_hex);
        } else {
            client.to_read = {"01"_hex, sealed};
        }
        says.push_back(ok_packet());
        says = after(std::move(says), row_of("0"));
        says = after(std::move(says), row_of("CREATE USER `app`@`%` REQUIRE NONE PASSWORD EXPIRE"));
        const auto connection = run(std::move(says));
        ASSERT_TRUE(connection) << plugin;
        EXPECT_TRUE(at_source->tls);
        const std::size_t proof = sha2 ? 3 : 2;  // behind the TLS request and the login
        EXPECT_EQ(at_source->written.at(proof), "736563726574 00"_hex);
        EXPECT_EQ(client.written.back(), ok_packet());
    }
}

TEST_F(RelayLogin, AClientInClearThatTheSourceWouldNotHaveIsRefused)
{
    tls = proxy::tls_mode::required;
    const auto code_for = [&](const std::string& everyone, const std::string& account) {
        client = {};
        client.to_read = {"aabb"_hex};
        std::vector<byte_buffer> says{switch_to(protocol::native_plugin), ok_packet()};
        says = after(std::move(says), row_of(everyone));
        if (everyone == "0")
            says = after(std::move(says), row_of(account));
        EXPECT_FALSE(run(std::move(says)));
        return protocol::parse_error(client.written.back())->code;
    };
    EXPECT_EQ(code_for("1", ""), 3159);
    EXPECT_EQ(code_for("0", "CREATE USER `app`@`%` REQUIRE SSL"), 1045);
    EXPECT_EQ(code_for("0", "CREATE USER `app`@`%` REQUIRE X509"), 1045);
    EXPECT_EQ(code_for("0", "CREATE USER `a REQUIRE NONE`@`%` REQUIRE SSL"), 1045);
    EXPECT_EQ(code_for("0", "what is this"), 1045);

    byte_buffer expired;
    protocol::append_error(expired, {1820, "HY000", "You must reset your password"});
    client = {};
    client.to_read = {"aabb"_hex};
    EXPECT_FALSE(run({switch_to(protocol::native_plugin), ok_packet(), expired, expired}));
    EXPECT_EQ(protocol::parse_error(client.written.back())->code, 1045);
}

TEST_F(RelayLogin, OnlyReplicationComesInWhereItIsToldSo)
{
    replication_only = true;
    client.tls = true;
    const auto comes_in = [&](const std::string& grants) {
        client.to_read = {"aabb"_hex};
        return run(after({switch_to(protocol::native_plugin), ok_packet()}, row_of(grants)))
            .has_value();
    };
    EXPECT_TRUE(comes_in("GRANT SELECT, REPLICATION SLAVE ON *.* TO `app`@`%`"));
    EXPECT_TRUE(comes_in("GRANT ALL PRIVILEGES ON *.* TO `app`@`%`"));
    EXPECT_FALSE(comes_in("GRANT SELECT ON *.* TO `app`@`%`"));
    EXPECT_EQ(protocol::parse_error(client.written.back())->code, 1045);
    EXPECT_FALSE(comes_in("GRANT REPLICATION SLAVE ON `d`.* TO `app`@`%`"));
}

TEST_F(RelayLogin, APasswordSealedWithAnotherKeyIsRefused)
{
    tls = proxy::tls_mode::required;
    client.to_read = {byte_buffer(32, 2), byte_buffer(256, 7)};
    byte_buffer refusal;
    protocol::append_error(refusal, {1045, "28000", "Access denied"});
    EXPECT_FALSE(run({switch_to(protocol::sha2_plugin), "01 04"_hex, refusal}));
    const auto error = protocol::parse_error(client.written.back());
    EXPECT_NE(error->message.find("--get-server-public-key"), std::string::npos);
}

TEST_F(RelayLogin, AClearPasswordNeverTravelsInClear)
{
    greeting.clear();
    protocol::greeting hello;
    hello.server_version = "9.7.4";
    hello.capabilities = modern;
    append_greeting(greeting, hello);
    client.tls = true;
    client.to_read = {"736563726574 00"_hex};
    EXPECT_FALSE(run({switch_to(protocol::clear_plugin)}));
    EXPECT_EQ(protocol::parse_error(client.written.back())->code, 3159);
}

TEST_F(RelayLogin, RefusalsAreTheSourcesOwn)
{
    client.to_read = {"aabb"_hex};
    byte_buffer refusal;
    protocol::append_error(refusal, {1045, "28000", "Access denied for user 'app'@'proxy'"});
    EXPECT_FALSE(run({switch_to(protocol::native_plugin), refusal}));
    EXPECT_EQ(client.written.back(), refusal);
    EXPECT_TRUE(denied);
}

TEST_F(RelayLogin, AnErrorInPlaceOfTheGreetingGetsAState)
{
    greeting.clear();
    protocol::append_error(greeting, {1040, "", "Too many connections"});
    EXPECT_FALSE(run({}));
    const auto error = protocol::parse_error(client.written.back());
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code, 1040);
    EXPECT_EQ(error->state, "08004");
}

TEST_F(RelayLogin, AClientThatLeavesIsNoBrokenHandshakeForTheSource)
{
    byte_buffer refusal;
    protocol::append_error(refusal, {1045, "28000", "Access denied"});
    auto source = std::make_unique<tests::scripted_stream>();
    source->to_read = {switch_to(protocol::native_plugin), refusal};
    EXPECT_THROW(
        tests::run(proxy::pass_proofs(client, *source, modern, {.key = key})), std::system_error
    );
    EXPECT_EQ(source->written.size(), 1U);
    EXPECT_TRUE(source->to_read.empty());
}

TEST_F(RelayLogin, ASourceThatCannotBeReachedIsNamed)
{
    const proxy::dial_source dial = [] { return hand_over(nullptr); };
    EXPECT_FALSE(log_in(dial, modern));
    EXPECT_FALSE(denied) << "nobody is at fault";
    EXPECT_NE(
        protocol::parse_error(client.written.back())->message.find("db:3306"), std::string::npos
    );
}

TEST_F(RelayLogin, AClientThatNamesNoPluginsIsAskedForItsOwnOnly)
{
    shared = capability::protocol_41 | capability::secure_connection;
    client.to_read = {"aabb"_hex};
    const auto connection = run({switch_to(protocol::native_plugin), ok_packet()});
    ASSERT_TRUE(connection);
    EXPECT_EQ(connection->capabilities, shared);
    EXPECT_EQ(at_source->written.at(1), "aabb"_hex);
    const auto login = protocol::parse_login(at_source->written.at(0));
    ASSERT_TRUE(login);
    EXPECT_EQ(login->plugin, proxy::no_such_plugin);

    client = {};
    byte_buffer refusal;
    protocol::append_error(refusal, {1045, "28000", "Access denied"});
    auto source = std::make_unique<tests::scripted_stream>();
    source->to_read = {switch_to(protocol::sha2_plugin), refusal};
    EXPECT_FALSE(tests::run(proxy::pass_proofs(client, *source, shared, {.key = key})));
    EXPECT_EQ(protocol::parse_error(client.written.back())->code, 1251);
    EXPECT_EQ(source->written.size(), 1U);  // no broken handshake
}

TEST_F(RelayLogin, ClientsWithoutPluginsAndSourcesThatAreLessAreRefused)
{
    const proxy::dial_source dial = [this] {
        auto source = std::make_unique<tests::scripted_stream>();
        source->to_read.push_back(greeting);
        return hand_over(std::move(source));
    };
    const auto ancient = capability::protocol_41;
    EXPECT_FALSE(log_in(dial, ancient));
    EXPECT_EQ(protocol::parse_error(client.written.back())->code, 1251);
    const auto more = modern | capability::session_track;
    EXPECT_FALSE(log_in(dial, more));
    EXPECT_EQ(protocol::parse_error(client.written.back())->code, 1105);
}

}  // namespace
