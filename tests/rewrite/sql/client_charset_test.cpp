#include "rewrite/sql/client_charset.hpp"

#include <gtest/gtest.h>

namespace rewrite {
namespace {

TEST(ClientCharset, KnowsTheFamilyOfACollation)
{
    EXPECT_EQ(family_of(255), charset_family::utf8);
    EXPECT_EQ(family_of(33), charset_family::utf8);
    EXPECT_EQ(family_of(63), charset_family::utf8);
    EXPECT_EQ(family_of(8), charset_family::latin1);
    EXPECT_EQ(family_of(28), charset_family::gbk);
    EXPECT_EQ(family_of(95), charset_family::sjis);
    EXPECT_EQ(family_of(84), charset_family::big5);
    EXPECT_EQ(family_of(250), charset_family::gb18030);
    EXPECT_EQ(family_of(51), charset_family::other) << "cp1251";
    EXPECT_EQ(family_of(1024 + 28), charset_family::gbk) << "MariaDB's gbk_chinese_nopad_ci";
    EXPECT_EQ(family_of(2304), charset_family::utf8) << "MariaDB's utf8mb4_uca1400_ai_ci";
}

TEST(ClientCharset, TellsACharacterByItsLeadAndTrailBytes)
{
    EXPECT_EQ(size_of_character("\x81\x40", charset_family::gbk), 2U);
    EXPECT_EQ(size_of_character("\x81\x7f", charset_family::gbk), 1U);
    EXPECT_EQ(size_of_character("\x81", charset_family::gbk), 1U);
    EXPECT_EQ(size_of_character("\x81\x30\x81\x30", charset_family::gb18030), 4U);
    EXPECT_EQ(size_of_character("\x81\x30\x81", charset_family::gb18030), 1U);
    EXPECT_EQ(size_of_character("\xa0\x40", charset_family::sjis), 1U);
    EXPECT_EQ(size_of_character("\xe0\x5c", charset_family::sjis), 2U);
    EXPECT_EQ(size_of_character("\xa1\x80", charset_family::big5), 1U);
    EXPECT_EQ(size_of_character("\xe8\xa1\xa8", charset_family::utf8), 1U);
}

TEST(ClientCharset, ConvertsLatin1BothWays)
{
    for (int code = 0; code < 256; ++code) {
        const std::string byte(1, static_cast<char>(code));
        EXPECT_EQ(latin1_of_utf8(utf8_of_latin1(byte)), byte) << code;
    }
    EXPECT_EQ(utf8_of_latin1("a\x80\xe4"), "a€ä");
    EXPECT_EQ(latin1_of_utf8("表"), std::nullopt);
}

}  // namespace
}  // namespace rewrite
