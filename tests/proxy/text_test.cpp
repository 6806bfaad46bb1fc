#include "proxy/text.hpp"

#include <gtest/gtest.h>

namespace proxy {
namespace {

TEST(Text, SaysASizeInTheLargestUnitThatIsFull)
{
    EXPECT_EQ(size_text(0), "0 bytes");
    EXPECT_EQ(size_text(1023), "1023 bytes");
    EXPECT_EQ(size_text(1024), "1.0 KiB");
    EXPECT_EQ(size_text(1363149), "1.3 MiB");
    EXPECT_EQ(size_text(~std::uint64_t{0}), "16.0 EiB");
}

TEST(Text, SaysADurationInTheUnitThatFillsTwice)
{
    EXPECT_EQ(duration_text(119), "119 s");
    EXPECT_EQ(duration_text(120), "2 min");
    EXPECT_EQ(duration_text(7199), "119 min");
    EXPECT_EQ(duration_text(7200), "2 h");
    EXPECT_EQ(duration_text(172800), "2 days");
}

TEST(Text, ShortensBetweenCharacters)
{
    EXPECT_EQ(shortened("abcd", 4), "abcd");
    EXPECT_EQ(shortened("abcde", 4), "abcd...");
    EXPECT_EQ(shortened("ab\xc3\xa9", 3), "ab...");
    EXPECT_EQ(shortened("\xa9\xa9\xa9", 2), "...");
}

TEST(Text, ShowsWhatWouldMoveATerminalOrForgeALine)
{
    EXPECT_EQ(one_line("t\x1b[2J\r\n\x7f"), "t\\x1b[2J\\x0d\\x0a\\x7f");
    EXPECT_EQ(
        one_line("\xc2\x9b"
                 "31m \xc3\xa9 \xc2"),
        "\\xc2\\x9b31m \xc3\xa9 \xc2"
    );
    EXPECT_EQ(one_line(std::string_view("\0", 1)), "\\x00");
    EXPECT_EQ(printable("a\n\tb\x1b"), "a\n\tb\\x1b");
    EXPECT_EQ(one_line("plain"), "plain");
}

}  // namespace
}  // namespace proxy
