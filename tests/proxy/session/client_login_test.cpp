#include "protocol/capabilities.hpp"
#include "proxy/session/client_login.hpp"
#include "tests/support/run_awaitable.hpp"
#include "tests/support/scripted_stream.hpp"

#include <gtest/gtest.h>

namespace {

namespace capability = protocol::capability;
using protocol::byte_buffer;
using tests::modern;

const protocol::rsa_key& key()
{
    static const protocol::rsa_key made = protocol::rsa_key::make();
    return made;
}

asio::awaitable<bool> check_password(protocol::byte_buffer clear, protocol::stored_password stored)
{
    co_return protocol::is_password(clear, stored);
}

class ClientLogin : public testing::Test
{
protected:
    ClientLogin() { accounts.add("repl", "secret"); }

    proxy::login_terms terms()
    {
        return {
            .server_version = "9.7.4",
            .connection_id = 0x80000001,
            .scramble = first,
            .second = second,
            .capabilities = offered,
            .tls = true,
            .require_tls = require_tls,
            .peer_host = "10.0.0.3",
            .accounts = accounts,
            .key = key(),
            .is_password = check_password,
        };
    }
    byte_buffer login(std::string user, std::string_view plugin, byte_buffer proof) const
    {
        protocol::login asked;
        asked.capabilities = modern;
        asked.user = std::move(user);
        asked.plugin = plugin;
        asked.proof = std::move(proof);
        byte_buffer packet;
        protocol::append_login(packet, asked);
        return packet;
    }
    asio::awaitable<std::optional<proxy::client>> come_in()
    {
        const proxy::login_terms how = terms();
        std::optional<protocol::login> asked = co_await proxy::greet(peer, how);
        if (!asked)
            co_return std::nullopt;
        co_return co_await proxy::log_in(peer, how, std::move(*asked));
    }
    std::optional<proxy::client> run() { return tests::run(come_in()); }
    std::uint16_t error_code() const
    {
        const auto error = protocol::parse_error(peer.written.back());
        return error ? error->code : 0;
    }

    std::uint32_t offered = 0;  // by the source
    bool require_tls = false;
    proxy::account_book accounts;
    protocol::challenge first{1,  2,  3,  4,  5,  6,  7,  8,  9,  10,
                              11, 12, 13, 14, 15, 16, 17, 18, 19, 20};
    protocol::challenge second{9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9};
    tests::scripted_stream peer;
};

TEST_F(ClientLogin, OffersWhatTheSourceCanButWhatItCannotPassOn)
{
    offered = ~0U;
    EXPECT_THROW(run(), std::system_error);
    const auto hello = protocol::parse_greeting(peer.written.at(0));
    ASSERT_TRUE(hello);
    EXPECT_EQ(
        ~hello->capabilities, capability::optional_resultset_metadata | capability::multi_factor
    );
}

TEST_F(ClientLogin, RefusesAClientWithoutTlsWhereItIsRequired)
{
    require_tls = true;
    peer.to_read.push_back(
        login("repl", protocol::sha2_plugin, protocol::sha2_proof("secret", first))
    );
    EXPECT_FALSE(run());
    EXPECT_EQ(error_code(), 3159);
    peer.tls = true;
    peer.to_read = {
        login("repl", protocol::sha2_plugin, {}), protocol::sha2_proof("secret", second)
    };
    EXPECT_TRUE(run());
}

TEST_F(ClientLogin, GreetsWithOwnIdAndScrambleAndTheSourcesVersion)
{
    EXPECT_THROW(run(), std::system_error);
    const auto hello = protocol::parse_greeting(peer.written.at(0));
    ASSERT_TRUE(hello);
    EXPECT_EQ(hello->server_version, "9.7.4");
    EXPECT_EQ(hello->connection_id, 0x80000001);
    EXPECT_EQ(hello->scramble, first);
    EXPECT_EQ(hello->plugin, protocol::sha2_plugin);
    EXPECT_NE(hello->capabilities & capability::ssl, 0U);
    EXPECT_NE(hello->capabilities & capability::compress, 0U);
}

TEST_F(ClientLogin, AdmitsByTheFastPath)
{
    peer.to_read = {
        login("repl", protocol::sha2_plugin, protocol::sha2_proof("secret", first)),
        protocol::sha2_proof("secret", second)
    };
    const auto found = run();
    ASSERT_TRUE(found);
    EXPECT_EQ(found->user, "repl");
    ASSERT_EQ(peer.written.size(), 4U);
    EXPECT_EQ(peer.written[2], (byte_buffer{1, protocol::sha2_fast_ok}));
    EXPECT_TRUE(protocol::is_ok(peer.written[3]));
    EXPECT_EQ(peer.numbers, (std::vector<std::uint8_t>{0, 2, 4, 5}));
}

// As accounts of the source are asked: by a switch, whatever the login packet proves.
TEST_F(ClientLogin, TheFirstAnswerDoesNotTellWhoseAnAccountIs)
{
    byte_buffer asked;
    protocol::append_auth_switch(
        asked, {std::string(protocol::sha2_plugin), byte_buffer(second.begin(), second.end())}
    );
    for (const char* user : {"repl", "nobody"})
        for (const char* password : {"secret", "wrong"}) {
            peer = {};
            peer.to_read = {
                login(user, protocol::sha2_plugin, protocol::sha2_proof(password, first))
            };
            EXPECT_THROW(run(), std::system_error);
            EXPECT_EQ(peer.written.at(1), asked) << user << ' ' << password;
        }
}

TEST_F(ClientLogin, RefusesAWrongPasswordInTheServersWords)
{
    peer.tls = true;
    const auto wrong = protocol::as_bytes("wrong");
    peer.to_read = {
        login("repl", protocol::sha2_plugin, {}),
        protocol::sha2_proof("wrong", second),
        byte_buffer(wrong.begin(), wrong.end())
    };
    EXPECT_FALSE(run());
    const auto error = protocol::parse_error(peer.written.back());
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code, 1045);
    EXPECT_EQ(error->state, "28000");
    EXPECT_EQ(error->message, "Access denied for user 'repl'@'10.0.0.3' (using password: YES)");
}

TEST_F(ClientLogin, RefusesAnUnknownUserLikeAWrongPassword)
{
    peer.tls = true;
    const auto password = protocol::as_bytes("secret");
    peer.to_read = {
        login("nobody", protocol::sha2_plugin, {}),
        protocol::sha2_proof("secret", second),
        byte_buffer(password.begin(), password.end())
    };
    EXPECT_FALSE(run());
    EXPECT_EQ(error_code(), 1045);
    EXPECT_EQ(peer.written.at(2), (byte_buffer{1, protocol::sha2_full}));
}

// pymysql 1.0.2 proves the NUL behind a switch's scramble as well, and a server asks on.
TEST_F(ClientLogin, AsksForThePasswordItselfWhereAProofDoesNotFit)
{
    peer.tls = true;
    const auto password = protocol::as_bytes("secret");
    peer.to_read = {
        login("repl", protocol::sha2_plugin, {}),
        byte_buffer(32, 7),
        byte_buffer(password.begin(), password.end())
    };
    EXPECT_TRUE(run());
}

TEST_F(ClientLogin, RefusesAnEmptyPassword)
{
    peer.to_read = {login("repl", protocol::sha2_plugin, {}), byte_buffer{0}};
    EXPECT_FALSE(run());
    const auto error = protocol::parse_error(peer.written.back());
    ASSERT_TRUE(error);
    EXPECT_EQ(error->message, "Access denied for user 'repl'@'10.0.0.3' (using password: NO)");
}

TEST_F(ClientLogin, AdmitsTheNativePluginWhenTheClientAsksForIt)
{
    peer.to_read = {
        login("repl", protocol::native_plugin, {}), protocol::native_proof("secret", second)
    };
    EXPECT_TRUE(run());
    const auto asked = protocol::parse_auth_switch(peer.written.at(1));
    ASSERT_TRUE(asked);
    EXPECT_EQ(asked->plugin, protocol::native_plugin);
    EXPECT_EQ(asked->data, byte_buffer(second.begin(), second.end()));
}

TEST_F(ClientLogin, SwitchesAnyOtherPluginToCachingSha2)
{
    peer.to_read = {
        login("repl", "client_ed25519", byte_buffer(64, 7)), protocol::sha2_proof("secret", second)
    };
    EXPECT_TRUE(run());
    const auto asked = protocol::parse_auth_switch(peer.written.at(1));
    ASSERT_TRUE(asked);
    EXPECT_EQ(asked->plugin, protocol::sha2_plugin);
}

TEST_F(ClientLogin, TakesThePasswordItselfOnlyUnderTls)
{
    byte_buffer request;
    protocol::append_tls_request(request, {modern | capability::ssl, 1U << 24, 255});
    const std::string_view clear("secret\0", 7);
    const auto password = protocol::as_bytes(clear);
    peer.to_read = {
        request,
        login("repl", protocol::sha2_plugin, {}),
        byte_buffer(5, 1),
        byte_buffer(password.begin(), password.end())
    };
    EXPECT_TRUE(run());
    EXPECT_TRUE(peer.tls);
    EXPECT_EQ(peer.written.at(2), (byte_buffer{1, protocol::sha2_full}));
    EXPECT_EQ(peer.numbers, (std::vector<std::uint8_t>{0, 3, 5, 7}));
}

TEST_F(ClientLogin, TakesASealedPasswordOverPlainTcp)
{
    const auto sealed = protocol::encrypt_password("secret", second, key().public_key_pem());
    ASSERT_TRUE(sealed);
    peer.to_read = {
        login("repl", protocol::sha2_plugin, {}),
        byte_buffer(5, 1),
        byte_buffer{protocol::sha2_ask_key},
        *sealed
    };
    EXPECT_TRUE(run());
    EXPECT_TRUE(protocol::as_text(peer.written.at(3)).substr(1).starts_with("-----BEGIN PUBLIC KEY")
    );
}

TEST_F(ClientLogin, RefusesAClearPasswordOverPlainTcp)
{
    const auto password = protocol::as_bytes("secret");
    peer.to_read = {
        login("repl", protocol::sha2_plugin, {}),
        byte_buffer(5, 1),
        byte_buffer(password.begin(), password.end())
    };
    EXPECT_FALSE(run());
    EXPECT_EQ(error_code(), 1045);
}

TEST_F(ClientLogin, AnswersAMalformedLoginWithAnError)
{
    const byte_buffer whole =
        login("repl", protocol::sha2_plugin, protocol::sha2_proof("secret", first));
    for (std::size_t size = 0; size < 34; ++size) {
        SCOPED_TRACE(size);
        peer = {};
        peer.to_read = {byte_buffer(whole.begin(), whole.begin() + static_cast<int>(size))};
        EXPECT_FALSE(run());
        EXPECT_EQ(error_code(), 1043);
    }
}

TEST_F(ClientLogin, EndsWithTheStreamWhereverItEnds)
{
    for (std::size_t writes = 0; writes < 4; ++writes) {
        SCOPED_TRACE(writes);
        peer = {};
        peer.fail_at_write = writes;
        peer.to_read = {
            login("repl", protocol::sha2_plugin, {}), protocol::sha2_proof("secret", second)
        };
        EXPECT_THROW(run(), std::system_error);
    }
    peer = {};
    peer.to_read = {login("repl", protocol::native_plugin, {})};
    EXPECT_THROW(run(), std::system_error);
}

}  // namespace
