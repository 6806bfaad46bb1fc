#include "protocol/ascii.hpp"

#include <gtest/gtest.h>

namespace protocol {
namespace {

TEST(Ascii, FoldsLettersAndLeavesEveryOtherByte)
{
    for (int code = 0; code < 256; ++code) {
        const auto c = static_cast<char>(code);
        const bool is_capital = code >= 'A' && code <= 'Z';
        const bool is_small = code >= 'a' && code <= 'z';
        EXPECT_EQ(lower(c), is_capital ? static_cast<char>(code + 32) : c) << code;
        EXPECT_EQ(upper(c), is_small ? static_cast<char>(code - 32) : c) << code;
        EXPECT_EQ(is_letter(c), is_capital || is_small) << code;
        EXPECT_EQ(is_digit(c), code >= '0' && code <= '9') << code;
    }
    EXPECT_EQ(lower("Käse_1 ÄÖ"), "käse_1 ÄÖ");
    EXPECT_EQ(upper("Käse_1 äö"), "KäSE_1 äö");
}

TEST(Ascii, ComparesWithoutCaseByteForByte)
{
    EXPECT_TRUE(equal_without_case("", ""));
    EXPECT_TRUE(equal_without_case("Order_1", "oRDER_1"));
    EXPECT_FALSE(equal_without_case("order", "orders"));
    EXPECT_FALSE(equal_without_case("ä", "Ä"));
    EXPECT_FALSE(equal_without_case("[", "{"));
    EXPECT_FALSE(equal_without_case("@", "`"));
}

TEST(Ascii, KnowsTextThatHasOtherBytes)
{
    EXPECT_TRUE(is_ascii(""));
    EXPECT_TRUE(is_ascii("a\x7f\n"));
    EXPECT_FALSE(is_ascii("a\x80"));
    EXPECT_FALSE(is_ascii("\xff"));
}

}  // namespace
}  // namespace protocol
