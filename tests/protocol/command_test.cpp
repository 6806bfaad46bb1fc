#include "protocol/capabilities.hpp"
#include "protocol/command.hpp"
#include "tests/support/hex.hpp"

#include <gtest/gtest.h>

using namespace protocol;
using namespace tests::literals;

namespace {

constexpr std::uint32_t with_attributes = capability::query_attributes;

}  // namespace

TEST(BinlogDump, HasPositionFlagsServerIdAndFile)
{
    const auto packet = "12 7bed0000 0200 d11b0000 622e303031"_hex;
    const auto dump = parse_binlog_dump(packet);
    ASSERT_TRUE(dump);
    EXPECT_EQ(dump->position, 60795U);
    EXPECT_EQ(dump->flags, dump_heartbeat_v2);
    EXPECT_EQ(dump->server_id, 7121U);
    EXPECT_EQ(dump->file, "b.001");

    byte_buffer out;
    append_binlog_dump(out, *dump);
    EXPECT_EQ(out, packet);
}

TEST(BinlogDump, MayNameNoFile)
{
    const auto packet = "12 04000000 0000 01000000"_hex;
    const auto dump = parse_binlog_dump(packet);
    ASSERT_TRUE(dump);
    EXPECT_EQ(dump->file, "");
    for (std::size_t size = 0; size < packet.size(); ++size)
        EXPECT_EQ(parse_binlog_dump(byte_view(packet).first(size)).error(), errc::truncated)
            << size;
}

TEST(BinlogDump, CutsNulBytesOffTheName)
{
    EXPECT_EQ(parse_binlog_dump("12 04000000 0000 01000000 622e31 00"_hex)->file, "b.1");
    EXPECT_EQ(parse_binlog_dump("12 04000000 0000 01000000 000000"_hex)->file, "");
}

TEST(BinlogDumpGtid, HasASetBehindNameAndPosition)
{
    const auto packet = "1e 0000 d11b0000 03000000 622e31 0400000000000000 30000000"
                        "0100000000000000 d393a88ae8b711f1ab7402fc00000001 0100000000000000"
                        "0100000000000000 d100000000000000"_hex;
    const auto dump = parse_binlog_dump_gtid(packet);
    ASSERT_TRUE(dump);
    EXPECT_EQ(dump->flags, 0);
    EXPECT_EQ(dump->server_id, 7121U);
    EXPECT_EQ(dump->file, "b.1");
    EXPECT_EQ(dump->position, 4U);
    EXPECT_EQ(to_text(dump->seen), "d393a88a-e8b7-11f1-ab74-02fc00000001:1-208");

    byte_buffer out;
    append_binlog_dump_gtid(out, *dump);
    EXPECT_EQ(out, packet);
    for (std::size_t size = 0; size < packet.size(); ++size)
        EXPECT_FALSE(parse_binlog_dump_gtid(byte_view(packet).first(size))) << size;
}

TEST(BinlogDumpGtid, RefusesLengthsBeyondThePacket)
{
    EXPECT_EQ(
        parse_binlog_dump_gtid("1e 0000 01000000 ffffffff 622e31 0400000000000000 00000000"_hex)
            .error(),
        errc::truncated
    );
    EXPECT_EQ(
        parse_binlog_dump_gtid("1e 0000 01000000 00000000 0400000000000000 ffffffff 0000"_hex)
            .error(),
        errc::truncated
    );
}

TEST(BinlogDumpGtid, TakesANameOfNulBytesAsNone)
{
    const auto dump = parse_binlog_dump_gtid(
        "1e 0400 01000000 03000000 000000 0400000000000000 08000000 0000000000000000"_hex
    );
    ASSERT_TRUE(dump);
    EXPECT_EQ(dump->file, "");
    EXPECT_TRUE(dump->seen.empty());
}

TEST(RegisterSlave, ReadsBackWhatWasWritten)
{
    const register_slave registration{
        .server_id = 7,
        .host = "replica-1",
        .user = "repl",
        .password = "",
        .port = 3307,
        .source_id = 9,
    };
    byte_buffer out;
    append_register_slave(out, registration);
    EXPECT_EQ(out, "15 07000000 09 7265706c6963612d31 04 7265706c 00 eb0c 00000000 09000000"_hex);
    const auto parsed = parse_register_slave(out);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(*parsed, registration);
    for (std::size_t size = 0; size < out.size(); ++size)
        EXPECT_EQ(parse_register_slave(byte_view(out).first(size)).error(), errc::truncated)
            << size;
}

TEST(Commands, AreNotTakenForEachOther)
{
    const auto packet = "15 00000000 00 00 00 0000 00000000 00000000"_hex;
    EXPECT_EQ(parse_binlog_dump(packet).error(), errc::bad_value);
    EXPECT_EQ(parse_binlog_dump_gtid(packet).error(), errc::bad_value);
    EXPECT_EQ(parse_query_text(packet, 0).error(), errc::bad_value);
    EXPECT_EQ(parse_register_slave("12 00000000"_hex).error(), errc::bad_value);
}

TEST(QueryText, IsAllBehindTheCommandByte)
{
    byte_buffer out;
    append_query_command(out, "SELECT 1");
    EXPECT_EQ(out, "03 53454c4543542031"_hex);
    EXPECT_EQ(parse_query_text(out, 0), "SELECT 1");
    EXPECT_EQ(parse_query_text("03"_hex, 0), "");
    EXPECT_EQ(parse_query_text({}, 0).error(), errc::truncated);
}

TEST(QueryText, FollowsTwoCountsWithQueryAttributes)
{
    const auto packet = "03 00 01 53454c4543542031"_hex;
    EXPECT_EQ(parse_query_text(packet, with_attributes), "SELECT 1");
    EXPECT_EQ(
        parse_query_text(byte_view(packet).first(1), with_attributes).error(), errc::truncated
    );
    EXPECT_EQ(
        parse_query_text(byte_view(packet).first(2), with_attributes).error(), errc::truncated
    );
}

TEST(QueryText, FollowsTheAttributesOfEveryKnownType)
{
    // VARCHAR "xy", LONGLONG, NULL bit set, DATETIME of 4 bytes, TINY, DOUBLE
    const auto attributes = "03 06 01 04 01"
                            "fe00 0161 0880 0162 fd00 0163 0c00 0164 0100 0165 0500 0166"
                            "027879 0807060504030201 04e9070b19 2a 000000000000f03f"_hex;
    byte_buffer packet = attributes;
    const byte_view text = as_bytes("DO 1");
    packet.insert(packet.end(), text.begin(), text.end());
    EXPECT_EQ(parse_query_text(packet, with_attributes), "DO 1");
    for (std::size_t size = 0; size < attributes.size(); ++size)
        EXPECT_EQ(
            parse_query_text(byte_view(packet).first(size), with_attributes).error(),
            errc::truncated
        ) << size;
}

TEST(QueryText, IsRefusedBehindAttributesOfUnknownShape)
{
    // type 242, two parameter sets, types not sent along
    for (const auto& packet :
         {"03 01 01 00 01 f200 00 00 44"_hex,
          "03 01 02 00 01 0300 00 00000000 44"_hex,
          "03 01 01 00 00 00000000 44"_hex})
        EXPECT_EQ(parse_query_text(packet, with_attributes).error(), errc::unsupported);
}

TEST(QueryText, IsRefusedBehindMoreAttributesThanThereAreBytes)
{
    EXPECT_EQ(
        parse_query_text("03 fe ffffffffffffffff 01 00 01"_hex, with_attributes).error(),
        errc::truncated
    );
}

TEST(ChangeUser, IsReadBackInEachOfItsForms)
{
    const change_user request{
        .user = "app",
        .proof = "0102030405"_hex,
        .database = "shop",
        .collation = 45,
        .plugin = "mysql_native_password",
        .attributes = "02 6b31 02 7631"_hex,
    };
    constexpr std::uint32_t all =
        capability::secure_connection | capability::plugin_auth | capability::connect_attributes;
    byte_buffer packet;
    append_change_user(packet, request, all);
    EXPECT_EQ(parse_change_user(packet, all), request);

    change_user plain = request;
    plain.plugin.clear();
    plain.attributes.clear();
    for (const std::uint32_t capabilities : {capability::secure_connection, 0U}) {
        packet.clear();
        append_change_user(packet, plain, capabilities);
        EXPECT_EQ(parse_change_user(packet, capabilities), plain) << capabilities;
    }
}

TEST(ChangeUser, MayEndAfterTheDatabase)
{
    const auto packet = "11 6100 00 6200"_hex;
    const auto request = parse_change_user(packet, capability::secure_connection);
    ASSERT_TRUE(request);
    EXPECT_EQ(request->user, "a");
    EXPECT_EQ(request->database, "b");
    EXPECT_EQ(request->collation, 255);
    for (std::size_t size = 1; size < packet.size(); ++size)
        EXPECT_EQ(
            parse_change_user(byte_view(packet).first(size), capability::secure_connection).error(),
            errc::truncated
        ) << size;
    EXPECT_EQ(parse_change_user("0e"_hex, 0).error(), errc::bad_value);
}

TEST(QueryCommand, IsReadBackWithAndWithoutAttributes)
{
    for (const std::uint32_t capabilities : {0U, with_attributes}) {
        byte_buffer packet;
        append_query_command(packet, "DO 1", capabilities);
        EXPECT_EQ(parse_query_text(packet, capabilities), "DO 1");
    }
}
