#include "protocol/auth.hpp"
#include "proxy/source/client_conversation.hpp"
#include "tests/support/run_awaitable.hpp"
#include "tests/support/scripted_stream.hpp"

#include <gtest/gtest.h>

namespace {

using namespace proxy;
using protocol::byte_buffer;
using tests::error_packet;
using tests::ok_packet;
using tests::run;

constexpr std::uint32_t server_capabilities = 0x00ffffffU;  // all of 5.7
const client_login monty{.user = "monty", .password = "secret", .tls = tls_mode::preferred};

protocol::challenge challenge_of(char fill)
{
    protocol::challenge scramble;
    scramble.fill(static_cast<std::uint8_t>(fill));
    return scramble;
}

byte_buffer greeting_packet(std::string_view plugin, bool tls)
{
    protocol::greeting hello;
    hello.server_version = "8.0.41";
    hello.scramble = challenge_of('a');
    hello.capabilities =
        tls ? server_capabilities : server_capabilities & ~protocol::capability::ssl;
    hello.plugin = plugin;
    byte_buffer packet;
    protocol::append_greeting(packet, hello);
    return packet;
}
byte_buffer more_data(protocol::byte_view data)
{
    byte_buffer packet;
    protocol::append_auth_more_data(packet, data);
    return packet;
}
byte_buffer switch_packet(std::string plugin)
{
    byte_buffer packet;
    const auto scramble = challenge_of('b');
    protocol::append_auth_switch(
        packet, {.plugin = std::move(plugin), .data = {scramble.begin(), scramble.end()}}
    );
    return packet;
}

// A conversation over a script, with the script at hand.
struct scripted
{
    scripted(std::vector<byte_buffer> script, bool can_tls = true)
    {
        auto stream = std::make_unique<tests::scripted_stream>();
        wire = stream.get();
        wire->to_read.assign(script.begin(), script.end());
        source = std::make_unique<client_conversation>(
            source_wire{.stream = std::move(stream), .can_tls = can_tls, .set_read_limit = {}},
            "db1:3306"
        );
    }
    std::unique_ptr<client_conversation> source;
    tests::scripted_stream* wire = nullptr;
};

source_error error_of(scripted& script, const client_login& how)
{
    try {
        run(script.source->login(how));
    } catch (const source_error& error) {
        return error;
    }
    ADD_FAILURE() << "logged in";
    return {trouble::passing, "none"};
}

protocol::login login_of(const scripted& script, std::size_t number)
{
    const auto login = protocol::parse_login(script.wire->written.at(number));
    EXPECT_TRUE(login);
    return login ? *login : protocol::login{};
}

const byte_buffer sha2_fast{protocol::sha2_fast_ok};
const byte_buffer sha2_full{protocol::sha2_full};

TEST(ClientConversation, ProvesThePasswordByTheFastPathInClearText)
{
    scripted script(
        {greeting_packet("caching_sha2_password", false), more_data(sha2_fast), ok_packet()}
    );
    run(script.source->login(monty));
    EXPECT_TRUE(script.source->usable());
    ASSERT_EQ(script.wire->written.size(), 1u);
    const auto login = login_of(script, 0);
    EXPECT_EQ(login.user, "monty");
    EXPECT_EQ(login.plugin, "caching_sha2_password");
    EXPECT_TRUE(
        protocol::proves_sha2(login.proof, challenge_of('a'), protocol::store_password("secret"))
    );
}

TEST(ClientConversation, SendsTheWholePasswordOnlyInTls)
{
    scripted script(
        {greeting_packet("caching_sha2_password", true), more_data(sha2_full), ok_packet()}
    );
    run(script.source->login(monty));
    EXPECT_TRUE(script.wire->tls);
    ASSERT_EQ(script.wire->written.size(), 3u);
    EXPECT_TRUE(protocol::is_tls_request(script.wire->written[0]));
    const byte_buffer clear = script.wire->written[2];
    EXPECT_EQ(protocol::as_text(clear), std::string_view("secret\0", 7));
}

TEST(ClientConversation, EncryptsTheWholePasswordWithTheServersKeyInClearText)
{
    const auto key = protocol::rsa_key::make();
    scripted script({
        greeting_packet("caching_sha2_password", false),
        more_data(sha2_full),
        more_data(protocol::as_bytes(key.public_key_pem())),
        ok_packet(),
    });
    run(script.source->login(monty));
    ASSERT_EQ(script.wire->written.size(), 3u);
    EXPECT_EQ(script.wire->written[1], byte_buffer{protocol::sha2_ask_key});
    const auto clear = key.decrypt_password(script.wire->written[2], challenge_of('a'));
    ASSERT_TRUE(clear);
    EXPECT_TRUE(protocol::is_password(*clear, protocol::store_password("secret")));
}

TEST(ClientConversation, WithAPinnedKeyAsksForNoneAndTakesNone)
{
    const auto key = protocol::rsa_key::make();
    client_login how = monty;
    how.public_key = key.public_key_pem();
    scripted script(
        {greeting_packet("caching_sha2_password", false), more_data(sha2_full), ok_packet()}
    );
    run(script.source->login(how));
    ASSERT_EQ(script.wire->written.size(), 2u);
    const auto clear = key.decrypt_password(script.wire->written[1], challenge_of('a'));
    ASSERT_TRUE(clear);
    EXPECT_TRUE(protocol::is_password(*clear, protocol::store_password("secret")));

    // sha256_password asks in any case; what answers is not used.
    scripted other({
        greeting_packet("sha256_password", false),
        more_data(protocol::as_bytes(protocol::rsa_key::make().public_key_pem())),
        ok_packet(),
    });
    run(other.source->login(how));
    ASSERT_EQ(other.wire->written.size(), 2u);
    EXPECT_TRUE(key.decrypt_password(other.wire->written[1], challenge_of('a')));
}

TEST(ClientConversation, AnswersASwitchWithTheNewPluginsProofOfTheNewScramble)
{
    scripted script({
        greeting_packet("caching_sha2_password", false),
        switch_packet("mysql_native_password"),
        ok_packet(),
    });
    run(script.source->login(monty));
    ASSERT_EQ(script.wire->written.size(), 2u);
    EXPECT_TRUE(protocol::proves_native(
        script.wire->written[1], challenge_of('b'), protocol::store_password("secret")
    ));
}

TEST(ClientConversation, KeepsAClearPasswordFromAnUnencryptedWire)
{
    scripted script(
        {greeting_packet("caching_sha2_password", false), switch_packet("mysql_clear_password")}
    );
    const auto error = error_of(script, monty);
    EXPECT_EQ(error.kind, trouble::refused);
    EXPECT_NE(std::string(error.what()).find("source.tls"), std::string::npos);
    EXPECT_EQ(script.wire->written.size(), 1u);
}

TEST(ClientConversation, RefusesAServerWithoutTlsWhenTlsIsRequired)
{
    client_login how = monty;
    how.tls = tls_mode::required;
    scripted script({greeting_packet("caching_sha2_password", false)});
    const auto error = error_of(script, how);
    EXPECT_EQ(error.kind, trouble::refused);
    const std::string text = error.what();
    EXPECT_NE(text.find("Give the source a certificate"), std::string::npos) << text;
    // Who sits in between is not helped to the password.
    EXPECT_EQ(text.find("disabled"), std::string::npos) << text;
    EXPECT_EQ(text.find("preferred"), std::string::npos) << text;
    EXPECT_TRUE(script.wire->written.empty());
}

TEST(ClientConversation, SaysWhatToDoAboutARefusedLogin)
{
    scripted script(
        {greeting_packet("mysql_native_password", false), error_packet(1045, "Access denied")}
    );
    const auto error = error_of(script, monty);
    EXPECT_EQ(error.kind, trouble::refused);
    EXPECT_EQ(error.code, 1045);
    EXPECT_NE(std::string(error.what()).find("db1:3306"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("source.password_file"), std::string::npos);
    EXPECT_EQ(std::string(error.what()).find("secret"), std::string::npos);
}

TEST(ClientConversation, TakesTooManyConnectionsInPlaceOfAGreetingAsPassing)
{
    byte_buffer packet;
    protocol::append_error(packet, {.code = 1040, .state = "", .message = "Too many connections"});
    scripted script({packet});
    const auto error = error_of(script, monty);
    EXPECT_EQ(error.kind, trouble::passing);
    EXPECT_EQ(error.code, 1040);
}

TEST(ClientConversation, FailsWhereverTheLoginBreaksOff)
{
    const auto key = protocol::rsa_key::make();
    const std::vector<byte_buffer> whole{
        greeting_packet("caching_sha2_password", false),
        switch_packet("caching_sha2_password"),
        more_data(sha2_full),
        more_data(protocol::as_bytes(key.public_key_pem())),
        ok_packet(),
    };
    for (std::size_t size = 0; size < whole.size(); ++size) {
        SCOPED_TRACE(size);
        scripted script({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
        EXPECT_THROW(run(script.source->login(monty)), std::system_error);
        EXPECT_FALSE(script.source->usable());
        // The same step answered by nonsense.
        scripted nonsense({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
        nonsense.wire->to_read.push_back({0x77, 0x01});
        EXPECT_THROW(run(nonsense.source->login(monty)), source_error);
    }
    scripted script(whole);
    run(script.source->login(monty));
    EXPECT_TRUE(script.source->usable());
}

scripted logged_in(const std::vector<byte_buffer>& answers)
{
    std::vector<byte_buffer> all{greeting_packet("mysql_native_password", false), ok_packet()};
    all.insert(all.end(), answers.begin(), answers.end());
    scripted script(all);
    run(script.source->login(monty));
    return script;
}

TEST(ClientConversation, GivesTheRowsOfAnAnswer)
{
    auto script = logged_in(protocol::text_result_packets(
        {.columns = {"a", "b"}, .rows = {{"1", std::nullopt}, {"", "x"}}}, 0
    ));
    const auto answer = run(script.source->query("SELECT 1"));
    EXPECT_EQ(answer.columns, (std::vector<std::string>{"a", "b"}));
    ASSERT_EQ(answer.rows.size(), 2u);
    EXPECT_EQ(answer.rows[0][0], "1");
    EXPECT_EQ(answer.rows[0][1], std::nullopt);
    EXPECT_EQ(answer.rows[1][0], "");
    EXPECT_EQ(protocol::as_text(script.wire->written.back()).substr(1), "SELECT 1");
}

TEST(ClientConversation, StaysUsableAfterARefusedStatement)
{
    auto script = logged_in({error_packet(1227, "Access denied; you need"), ok_packet()});
    EXPECT_THROW(run(script.source->query("SHOW BINARY LOGS")), source_error);
    EXPECT_TRUE(script.source->usable());
    run(script.source->execute("SET @a = 1"));
}

TEST(ClientConversation, RefusesAnAnswerOverTheLimitAndIsOfNoUseAfterIt)
{
    auto script = logged_in(
        protocol::text_result_packets({.columns = {"a"}, .rows = {{"12345"}, {"67890"}}}, 0)
    );
    EXPECT_THROW(run(script.source->query("SELECT 1", 8)), source_error);
    EXPECT_FALSE(script.source->usable());
}

}  // namespace
