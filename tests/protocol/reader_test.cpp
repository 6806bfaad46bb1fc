#include "protocol/reader.hpp"
#include "protocol/writer.hpp"
#include "tests/support/hex.hpp"

#include <gtest/gtest.h>

using namespace protocol;
using namespace tests::literals;

TEST(Reader, TakesValuesOneAfterAnother)
{
    const auto bytes =
        "2a 0102 010203 01020304 010203040506 0102030405060708 616263 6400 03656667 ff"_hex;
    reader in(bytes);
    EXPECT_EQ(in.u8(), 0x2a);
    EXPECT_EQ(in.u16(), 0x0201);
    EXPECT_EQ(in.u24(), 0x030201U);
    EXPECT_EQ(in.u32(), 0x04030201U);
    EXPECT_EQ(in.u48(), 0x060504030201U);
    EXPECT_EQ(in.u64(), 0x0807060504030201U);
    EXPECT_EQ(in.text(3), "abc");
    EXPECT_EQ(in.text_nul(), "d");
    EXPECT_EQ(in.text_lenenc(), "efg");
    EXPECT_EQ(in.remaining(), 1U);
    EXPECT_EQ(in.rest().size(), 1U);
    EXPECT_TRUE(in.ok());
}

TEST(Reader, ReadsLengthEncodedNumbersOfEverySize)
{
    const auto bytes = "fa fcfb00 fd000001 fe0000000001000000"_hex;
    reader in(bytes);
    EXPECT_EQ(in.lenenc(), 250U);
    EXPECT_EQ(in.lenenc(), 251U);
    EXPECT_EQ(in.lenenc(), 1U << 16);
    EXPECT_EQ(in.lenenc(), 1ULL << 32);
    EXPECT_TRUE(in.ok());
    EXPECT_EQ(in.remaining(), 0U);
}

TEST(Reader, RefusesNullAndErrorMarksAsLengths)
{
    for (const auto& bytes : {"fb 0000000000000000"_hex, "ff 0000000000000000"_hex}) {
        reader in(bytes);
        in.lenenc();
        EXPECT_FALSE(in.ok());
    }
}

TEST(Reader, StaysFailedAfterAReadPastTheEnd)
{
    const auto bytes = "0102"_hex;
    reader in(bytes);
    EXPECT_EQ(in.u32(), 0U);
    EXPECT_FALSE(in.ok());
    EXPECT_EQ(in.u8(), 0);  // though a byte would have been there
    EXPECT_EQ(in.remaining(), 0U);
    EXPECT_FALSE(in.ok());
}

TEST(Reader, RefusesLengthsThatNoMemoryCouldHold)
{
    const auto bytes = "fe ffffffffffffffff 00"_hex;
    reader in(bytes);
    EXPECT_TRUE(in.bytes(in.lenenc()).empty());
    EXPECT_FALSE(in.ok());
}

TEST(Reader, RefusesTextWithoutItsNul)
{
    const auto bytes = "6162"_hex;
    reader in(bytes);
    EXPECT_EQ(in.text_nul(), "");
    EXPECT_FALSE(in.ok());
}

TEST(Writer, WritesWhatTheReaderReads)
{
    byte_buffer out;
    writer to(out);
    to.u8(1).u16(2).u24(3).u32(4).u48(5).u64(6).text_lenenc("ab").text_nul("c").zeros(2);
    EXPECT_EQ(out, "01 0200 030000 04000000 050000000000 0600000000000000 026162 6300 0000"_hex);
}

TEST(Writer, ChoosesTheShortestLengthEncoding)
{
    for (const std::uint64_t value :
         {0ULL, 250ULL, 251ULL, 0xffffULL, 0x10000ULL, 0xffffffULL, 0x1000000ULL, ~0ULL}) {
        SCOPED_TRACE(value);
        byte_buffer out;
        writer(out).lenenc(value);
        const std::size_t expected = value < 251         ? 1
                                     : value <= 0xffff   ? 3
                                     : value <= 0xffffff ? 4
                                                         : 9;
        EXPECT_EQ(out.size(), expected);
        reader in(out);
        EXPECT_EQ(in.lenenc(), value);
        EXPECT_TRUE(in.ok());
    }
}
