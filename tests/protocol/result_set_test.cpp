#include "protocol/capabilities.hpp"
#include "protocol/result_set.hpp"
#include "tests/support/hex.hpp"
#include "tests/support/prefixes.hpp"

#include <gtest/gtest.h>

using namespace protocol;
using namespace tests::literals;

namespace {

const text_result status{
    {"File", "Position", "Note"}, {{"bin.000001", "157", std::nullopt}, {"x", "4", ""}}, {1}
};

}  // namespace

TEST(ResultSet, TextRowsAreReadAndWrittenBack)
{
    for (const std::uint32_t capabilities : {0U, capability::deprecate_eof}) {
        const auto packets = text_result_packets(status, capabilities);
        const auto answer = parse_result_set(packets, row_format::text, capabilities);
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->rows, status.rows);
        EXPECT_EQ(answer->columns.at(1).name, "Position");
        EXPECT_EQ(result_set_packets(*answer), packets);
    }
}

TEST(ResultSet, BinaryRowsAreReadAndWrittenBack)
{
    auto packets = text_result_packets(status, capability::deprecate_eof);
    packets[4] = "00 10 0a62696e2e303030303031 9d00000000000000"_hex;  // third is NULL
    packets[5] = "00 00 0178 0400000000000000 00"_hex;
    auto answer = parse_result_set(packets, row_format::binary, capability::deprecate_eof);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->rows, status.rows);
    EXPECT_EQ(result_set_packets(*answer), packets);

    answer->rows[0][1] = "none";
    EXPECT_FALSE(result_set_packets(*answer));
    answer->rows[0].pop_back();
    EXPECT_FALSE(result_set_packets(*answer));
}

TEST(ResultSet, OtherAnswersAreNone)
{
    for (const byte_buffer& first :
         {"00 00 00 0200 0000"_hex,
          "ff 1504 23 3238303030"_hex,
          "01"_hex,
          "00"_hex,
          "fe ffffffffffffffff"_hex,
          byte_buffer{}})
        EXPECT_FALSE(parse_result_set({first}, row_format::text, 0));
    EXPECT_FALSE(parse_result_set({}, row_format::text, 0));
    auto packets = text_result_packets(status, 0);
    packets.back() = "ff 2505 23 3730313030"_hex;  // the rows ended in an error
    EXPECT_FALSE(parse_result_set(packets, row_format::text, 0));
}

TEST(ResultSet, CutPacketsAreRefused)
{
    const auto packets = text_result_packets(status, 0);
    for (const std::size_t which : {1UL, 5UL})  // a definition, a row
        tests::expect_every_shorter_prefix_refused(packets[which], [&](const byte_buffer& prefix) {
            auto cut = packets;
            cut[which] = prefix;
            // Of a definition all up to the type is read.
            return prefix.size() + 5 >= packets[which].size() && which == 1
                       ? result<result_set>(tl::unexpected(errc::truncated))
                       : parse_result_set(cut, row_format::text, 0);
        });
}
