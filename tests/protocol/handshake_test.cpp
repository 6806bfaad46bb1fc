#include "protocol/handshake.hpp"
#include "tests/support/hex.hpp"

#include <gtest/gtest.h>

using namespace protocol;
using namespace tests::literals;

namespace {

challenge letters()
{
    challenge scramble{};
    for (std::size_t i = 0; i < scramble.size(); ++i)
        scramble[i] = static_cast<std::uint8_t>('a' + i);
    return scramble;
}

constexpr std::uint32_t login_capabilities =
    capability::long_password | capability::protocol_41 | capability::secure_connection |
    capability::connect_with_db | capability::plugin_auth | capability::plugin_auth_lenenc |
    capability::connect_attributes;

login full_login()
{
    return {
        .capabilities = login_capabilities,
        .max_packet = 1U << 24,
        .collation = 255,
        .user = "repl",
        .proof = byte_buffer(32, 7),
        .database = "shop",
        .plugin = "caching_sha2_password",
        .attributes = {{"_client_name", "libmysql"}, {"program_name", "mysqld"}},
    };
}

}  // namespace

TEST(Greeting, IsWrittenFieldByField)
{
    byte_buffer out;
    append_greeting(
        out,
        {.server_version = "9.7.4",
         .connection_id = 0x80000001,
         .scramble = letters(),
         .capabilities = 0xdfff8a08,
         .collation = 255,
         .status = 2,
         .plugin = "sha"}
    );
    EXPECT_EQ(
        out,
        "0a 392e372e34 00 01000080 6162636465666768 00 088a ff 0200 ffdf 15"
        "00000000000000000000 696a6b6c6d6e6f7071727374 00 736861 00"_hex
    );
}

TEST(Greeting, ReadsBackWhatWasWritten)
{
    for (const std::uint32_t plugin : {capability::plugin_auth, 0U}) {
        const greeting hello{
            .server_version = "8.0.33-log",
            .connection_id = 12,
            .scramble = letters(),
            .capabilities = capability::protocol_41 | capability::secure_connection | plugin,
            .collation = 45,
            .status = 3,
            .plugin = plugin != 0 ? "mysql_native_password" : "",
        };
        byte_buffer out;
        append_greeting(out, hello);
        EXPECT_EQ(parse_greeting(out), hello);
        for (std::size_t size = 0; size < out.size(); ++size)
            EXPECT_EQ(parse_greeting(byte_view(out).first(size)).error(), errc::truncated) << size;
    }
}

// Sent by MySQL 8.0.33 and 9.7.4 to one of their clients each.
TEST(Greeting, OfRealServersIsReadAndWrittenBackAsItWas)
{
    const std::pair<std::string_view, byte_buffer> real[] = {
        {"8.0.33",
         "0a382e302e333300090000002113230e4358576100ffffff0200ffdf150000000000000000000003"
         "41306c667a4f0c5c6f0d360063616368696e675f736861325f70617373776f726400"_hex},
        {"9.7.4-2",
         "0a392e372e342d320009000000157e5e73481e492e00ffffff0200ffdf1500000000000000000000"
         "01102c492149343d720254570063616368696e675f736861325f70617373776f726400"_hex},
    };
    for (const auto& [version, packet] : real) {
        const auto hello = parse_greeting(packet);
        ASSERT_TRUE(hello);
        EXPECT_EQ(hello->server_version, version);
        EXPECT_EQ(hello->connection_id, 9U);
        EXPECT_EQ(hello->plugin, "caching_sha2_password");
        EXPECT_TRUE(hello->capabilities & capability::ssl);
        EXPECT_EQ(hello->status, 2);
        byte_buffer out;
        append_greeting(out, *hello);
        EXPECT_EQ(out, packet);
    }
}

TEST(Greeting, OfAnotherProtocolIsUnsupported)
{
    EXPECT_EQ(parse_greeting("09 352e30 00"_hex).error(), errc::unsupported);
    byte_buffer out;
    greeting old;
    old.capabilities = capability::protocol_41;
    append_greeting(out, old);
    EXPECT_EQ(parse_greeting(out).error(), errc::unsupported);
}

TEST(TlsRequest, IsTheHeadOfALogin)
{
    const tls_request request{
        .capabilities = capability::ssl | capability::protocol_41,
        .max_packet = 1U << 30,
        .collation = 45,
    };
    byte_buffer out;
    append_tls_request(out, request);
    EXPECT_EQ(out, "000a0000 00000040 2d 0000000000000000000000000000000000000000000000"_hex);
    EXPECT_TRUE(is_tls_request(out));
    EXPECT_EQ(parse_tls_request(out), request);
    for (std::size_t size = 0; size < out.size(); ++size) {
        EXPECT_FALSE(is_tls_request(byte_view(out).first(size)));
        EXPECT_EQ(parse_tls_request(byte_view(out).first(size)).error(), errc::truncated) << size;
    }
}

TEST(TlsRequest, IsNotALogin)
{
    login request = full_login();
    request.capabilities |= capability::ssl;
    byte_buffer out;
    append_login(out, request);
    EXPECT_FALSE(is_tls_request(out));
    EXPECT_EQ(parse_tls_request(out).error(), errc::bad_value);

    byte_buffer without_tls;
    append_tls_request(without_tls, {.capabilities = capability::protocol_41});
    EXPECT_FALSE(is_tls_request(without_tls));
}

TEST(Login, ReadsBackWhatWasWrittenWithAnyCapabilities)
{
    constexpr std::uint32_t optional[] = {
        capability::secure_connection,
        capability::connect_with_db,
        capability::plugin_auth,
        capability::plugin_auth_lenenc,
        capability::connect_attributes,
    };
    for (unsigned bits = 0; bits < 32; ++bits) {
        SCOPED_TRACE(bits);
        login request = full_login();
        request.capabilities = capability::protocol_41;
        for (unsigned i = 0; i < 5; ++i)
            request.capabilities |= (bits >> i & 1) != 0 ? optional[i] : 0;
        if (!(request.capabilities & capability::connect_with_db))
            request.database.clear();
        if (!(request.capabilities & capability::plugin_auth))
            request.plugin.clear();
        if (!(request.capabilities & capability::connect_attributes))
            request.attributes.clear();
        byte_buffer out;
        append_login(out, request);
        EXPECT_EQ(parse_login(out), request);
    }
}

TEST(Login, MayEndBeforePluginAndAttributesOnly)
{
    const login request = full_login();
    byte_buffer out;
    append_login(out, request);
    const std::size_t before_plugin = 32 + 5 + 33 + 5;
    const std::size_t before_attributes = before_plugin + 22;
    for (std::size_t size = 0; size < out.size(); ++size) {
        SCOPED_TRACE(size);
        const auto parsed = parse_login(byte_view(out).first(size));
        if (size == before_plugin || size == before_attributes) {
            ASSERT_TRUE(parsed);
            EXPECT_EQ(parsed->database, request.database);
            EXPECT_EQ(parsed->plugin, size == before_plugin ? "" : request.plugin);
            EXPECT_TRUE(parsed->attributes.empty());
        } else {
            EXPECT_EQ(parsed.error(), errc::truncated);
        }
    }
}

// Sent by the clients of MySQL 8.0.33 and 9.7.4.
TEST(Login, OfRealClientsIsReadAndWrittenBackAsItWas)
{
    const std::pair<std::string_view, byte_buffer> real[] = {
        {"8.0.33",
         "8da2bf1900000001ff0000000000000000000000000000000000000000000000736861002053eaed"
         "27bc484fe41adc57aae538b53c8e2196f90b24ab5b265773a56f0dbf3c6d7973716c006361636869"
         "6e675f736861325f70617373776f72640073045f706964053138333039095f706c6174666f726d06"
         "7838365f3634035f6f73054c696e75780c5f636c69656e745f6e616d65086c69626d7973716c076f"
         "735f7573657204726f6f740f5f636c69656e745f76657273696f6e06382e302e33330c70726f6772"
         "616d5f6e616d65056d7973716c"_hex},
        {"9.7.4",
         "8da2bf1900000001ff00000000000000000000000000000000000000000000007368610020e6fbd5"
         "a2231d2f58b0604d09ea46747b9562043c028eb7cf3e1d6bf5eeed1b906d7973716c006361636869"
         "6e675f736861325f70617373776f72640072045f706964053138333131095f706c6174666f726d06"
         "7838365f3634035f6f73054c696e75780c5f636c69656e745f6e616d65086c69626d7973716c076f"
         "735f7573657204726f6f740f5f636c69656e745f76657273696f6e05392e372e340c70726f677261"
         "6d5f6e616d65056d7973716c"_hex},
    };
    for (const auto& [version, packet] : real) {
        const auto request = parse_login(packet);
        ASSERT_TRUE(request);
        EXPECT_EQ(request->user, "sha");
        EXPECT_EQ(request->proof.size(), 32U);
        EXPECT_EQ(request->database, "mysql");
        EXPECT_EQ(request->plugin, "caching_sha2_password");
        EXPECT_EQ(request->max_packet, 1U << 24);
        ASSERT_EQ(request->attributes.size(), 7U);
        EXPECT_EQ(request->attributes[5].first, "_client_version");
        EXPECT_EQ(request->attributes[5].second, version);
        byte_buffer out;
        append_login(out, *request);
        EXPECT_EQ(out, packet);
    }
}

TEST(Login, OfTheProtocolBefore41IsUnsupported)
{
    login request = full_login();
    request.capabilities &= ~capability::protocol_41;
    byte_buffer out;
    append_login(out, request);
    EXPECT_EQ(parse_login(out).error(), errc::unsupported);
}

TEST(Login, RefusesLengthsBeyondThePacket)
{
    byte_buffer head;
    append_tls_request(head, {.capabilities = login_capabilities});
    for (const auto& tail :
         {"61 00 fe ffffffffffffffff 00"_hex,              // proof
          "61 00 00 64 00 70 00 fe ffffffffffffffff"_hex,  // attributes
          "61 00 00 64 00 70 00 03 02 61 61"_hex,          // a name without a value
          "61 00 00 64 00 70 00 03 01 61 09 61"_hex}) {    // a value beyond the block
        byte_buffer packet = head;
        packet.insert(packet.end(), tail.begin(), tail.end());
        EXPECT_EQ(parse_login(packet).error(), errc::truncated);
    }
}

TEST(AuthSwitch, EndsInANulThatIsNotPartOfTheScramble)
{
    const auto packet = "fe 736861 00 6162636465666768696a6b6c6d6e6f7071727374 00"_hex;
    const auto parsed = parse_auth_switch(packet);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->plugin, "sha");
    EXPECT_EQ(as_text(parsed->data), "abcdefghijklmnopqrst");
    byte_buffer out;
    append_auth_switch(out, *parsed);
    EXPECT_EQ(out, packet);
}

TEST(AuthSwitch, MayCarryNoData)
{
    byte_buffer out;
    append_auth_switch(out, {.plugin = "mysql_clear_password", .data = {}});
    EXPECT_EQ(parse_auth_switch(out), (auth_switch{"mysql_clear_password", {}}));
}

TEST(AuthSwitch, RefusesWhatIsCutOrNotOne)
{
    EXPECT_EQ(parse_auth_switch({}).error(), errc::truncated);
    EXPECT_EQ(
        parse_auth_switch("fe"_hex).error(), errc::unsupported
    );  // asks for a proof before 4.1
    EXPECT_EQ(parse_auth_switch("fe 7368"_hex).error(), errc::truncated);
    EXPECT_EQ(parse_auth_switch("00 736861 00 61"_hex).error(), errc::bad_value);
}

TEST(AuthMoreData, IsAMarkAndTheData)
{
    byte_buffer out;
    append_auth_more_data(out, "03"_hex);
    EXPECT_EQ(out, "01 03"_hex);
}
