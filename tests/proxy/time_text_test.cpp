#include "proxy/time_text.hpp"

#include <gtest/gtest.h>

namespace proxy {
namespace {

TEST(TimeText, SaysTheZone)
{
    EXPECT_EQ(iso_time(0), "1970-01-01T00:00:00Z");
    EXPECT_EQ(iso_time(1'709'210'096), "2024-02-29T12:34:56Z");
    EXPECT_EQ(time_text(1'709'210'096), "2024-02-29 12:34:56 UTC");
    EXPECT_EQ(iso_time(0xffff'ffff), "2106-02-07T06:28:15Z")
        << "the last one that a header can say";
}

TEST(TimeText, IsReadAsItIsWritten)
{
    for (const std::int64_t at : {0LL, 1'709'210'096LL, 0xffff'ffffLL}) {
        EXPECT_EQ(parse_time(iso_time(at)), at);
        EXPECT_EQ(parse_time(time_text(at)), at);
    }
    EXPECT_EQ(parse_time("2024-02-29"), 1'709'164'800);
    EXPECT_EQ(parse_time("2024-02-29Z"), 1'709'164'800);
    EXPECT_EQ(parse_time("2024-02-29 UTC"), 1'709'164'800);
    EXPECT_EQ(parse_time("2024-02-29 12:34"), 1'709'210'040);
    EXPECT_EQ(parse_time("2024-02-29T12:34Z"), 1'709'210'040);
    EXPECT_EQ(parse_time("2024-02-29 12:34:56"), 1'709'210'096);
}

TEST(TimeText, RefusesWhatIsNone)
{
    for (const char* text :
         {"",
          "2024",
          "2024-02",
          "2023-02-29",
          "2024-13-01",
          "-024-01-01",
          "2024-02-29 12",
          "2024-02-29 24:00",
          "2024-02-29 12:60",
          "2024-02-29T12:34:56+01:00",
          "2024-02-29T",
          "2024-02-29 12:34:56 CET",
          "yesterday"})
        EXPECT_FALSE(parse_time(text)) << text;
}

}  // namespace
}  // namespace proxy
