#include "protocol/capabilities.hpp"
#include "protocol/response.hpp"
#include "tests/support/hex.hpp"

#include <gtest/gtest.h>

using namespace protocol;
using namespace tests::literals;

TEST(Ok, IsWrittenFieldByField)
{
    byte_buffer out;
    append_ok(out, {.affected_rows = 3, .last_insert_id = 300, .status = 2, .warnings = 1});
    EXPECT_EQ(out, "00 03 fc2c01 0200 0100"_hex);
    EXPECT_TRUE(is_ok(out));
    EXPECT_FALSE(is_eof(out));
    EXPECT_FALSE(is_error(out));
}

TEST(Ok, ReadsBackWhatWasWritten)
{
    const ok answer{
        .affected_rows = 70000, .last_insert_id = 1ULL << 40, .status = 3, .warnings = 9
    };
    byte_buffer out;
    append_ok(out, answer);
    const auto parsed = parse_ok(out);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(*parsed, answer);
    for (std::size_t size = 0; size < out.size(); ++size)
        EXPECT_EQ(parse_ok(byte_view(out).first(size)).error(), errc::truncated) << size;
}

TEST(Ok, IgnoresWhatSessionTrackingAdds)
{
    const auto parsed = parse_ok("00 00 00 0240 0000 00 0a 01 08 07 6461746162617365"_hex);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->status, 0x4002);
}

TEST(Eof, HasTwoForms)
{
    byte_buffer old_form;
    append_eof(old_form, 0);
    EXPECT_EQ(old_form, "fe 0000 0200"_hex);
    EXPECT_TRUE(is_eof(old_form));

    byte_buffer new_form;
    append_eof(new_form, capability::deprecate_eof);
    EXPECT_EQ(new_form, "fe 00 00 0200 0000"_hex);
    EXPECT_TRUE(is_eof(new_form));
    EXPECT_FALSE(is_ok(new_form));
}

TEST(Eof, CarriesStatusInEitherForm)
{
    EXPECT_EQ(parse_ok("fe 0100 0a00"_hex), (ok{.status = 10, .warnings = 1}));
    EXPECT_EQ(parse_ok("fe 00 00 0a00 0100"_hex), (ok{.status = 10, .warnings = 1}));
    EXPECT_EQ(parse_ok("fe 0100 0a"_hex).error(), errc::truncated);
}

TEST(Eof, IsNotARowWithAValueOf16MiB)
{
    byte_buffer row = "fe 0000000100000000"_hex;
    row.resize(row.size() + (1 << 24));
    EXPECT_FALSE(is_eof(row));
}

TEST(ServerError, IsWrittenWithItsState)
{
    byte_buffer out;
    append_error(out, {.code = 1236, .state = "HY000", .message = "purged"});
    EXPECT_EQ(out, "ff d404 23 4859303030 707572676564"_hex);
    EXPECT_TRUE(is_error(out));
}

TEST(ServerError, ReadsBackWhatWasWritten)
{
    for (const server_error& answer :
         {server_error{1045, "28000", "Access denied"},
          server_error{1040, "", "Too many"},
          server_error{1, "HY000", ""}}) {
        byte_buffer out;
        append_error(out, answer);
        const auto parsed = parse_error(out);
        ASSERT_TRUE(parsed);
        EXPECT_EQ(*parsed, answer);
    }
}

TEST(ServerError, RefusesACutCodeOrState)
{
    const auto packet = "ff d404 23 4859303030 70"_hex;
    for (std::size_t size = 0; size < 9; ++size) {
        if (size == 3)
            continue;  // code alone: an error without a state and without a text
        EXPECT_EQ(parse_error(byte_view(packet).first(size)).error(), errc::truncated) << size;
    }
    EXPECT_EQ(parse_error("00 d404"_hex).error(), errc::bad_value);
}

TEST(TextResult, IsCountColumnsRowsAndAnEndAfterEach)
{
    const text_result answer{
        .columns = {"File", "Position"},
        .rows = {{"b.1", "4"}, {"b.2", std::nullopt}},
        .numbers = {1},
    };
    const auto packets = text_result_packets(answer, 0);
    ASSERT_EQ(packets.size(), 7U);
    EXPECT_EQ(packets[0], "02"_hex);
    EXPECT_EQ(packets[1], "03646566 00 00 00 0446696c65 00 0c ff00 00100000 fd 0000 00 0000"_hex);
    EXPECT_EQ(
        packets[2], "03646566 00 00 00 08506f736974696f6e 00 0c 3f00 14000000 08 0080 00 0000"_hex
    );
    EXPECT_EQ(packets[3], "fe 0000 0200"_hex);
    EXPECT_EQ(packets[4], "03622e31 0134"_hex);
    EXPECT_EQ(packets[5], "03622e32 fb"_hex);
    EXPECT_EQ(packets[6], "fe 0000 0200"_hex);
}

TEST(TextResult, HasNoEndAfterColumnsWithDeprecateEof)
{
    const auto packets = text_result_packets({{"a"}, {{"1"}}}, capability::deprecate_eof);
    ASSERT_EQ(packets.size(), 4U);
    EXPECT_EQ(packets[2], "0131"_hex);
    EXPECT_EQ(packets[3], "fe 00 00 0200 0000"_hex);
}

TEST(TextResult, SaysThatDefinitionsFollowIfTheyAreOptional)
{
    const auto packets = text_result_packets({{"a"}, {}}, capability::optional_resultset_metadata);
    EXPECT_EQ(packets.front(), "01 01"_hex);
}

TEST(TextResult, ReadsBackWhatWasWritten)
{
    const text_row row{"a", std::nullopt, "", std::string(300, 'x')};
    const auto packets = text_result_packets({{"w", "x", "y", "z"}, {row}}, 0);
    EXPECT_EQ(parse_column_name(packets[2]), "x");
    const byte_buffer& packet = packets[6];
    EXPECT_EQ(parse_text_row(packet, 4), row);
    for (std::size_t size = 0; size < packet.size(); ++size)
        EXPECT_EQ(parse_text_row(byte_view(packet).first(size), 4).error(), errc::truncated)
            << size;
}

TEST(TextRow, RefusesMoreOrFewerValuesThanColumns)
{
    EXPECT_EQ(parse_text_row("0131 0132"_hex, 1).error(), errc::bad_value);
    EXPECT_EQ(parse_text_row("0131 0132"_hex, 3).error(), errc::truncated);
    EXPECT_EQ(parse_text_row("0131"_hex, std::size_t{1} << 60).error(), errc::truncated);
}

TEST(ColumnName, RefusesEveryShorterDefinition)
{
    const auto packet = text_result_packets({{"Position"}, {}}, 0)[1];
    EXPECT_EQ(parse_column_name(packet), "Position");
    for (std::size_t size = 0; size < packet.size(); ++size)
        EXPECT_EQ(parse_column_name(byte_view(packet).first(size)).error(), errc::truncated)
            << size;
}
