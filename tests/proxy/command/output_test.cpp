#include "proxy/command/output.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace proxy {
namespace {

// A table may be called anything, and its name goes to the terminal of whoever asks.
TEST(json_text, shows_no_control_as_it_is)
{
    const std::string name = "a\x1b[2J\x7f\xc2\x9b"
                             "31m";
    const nlohmann::json value = {{"table", name}};
    EXPECT_EQ(json_text(value), "{\n  \"table\": \"a\\u001b[2J\\u007f\\u009b31m\"\n}");
    EXPECT_EQ(nlohmann::json::parse(json_text(value)), value);
}

TEST(json_text, keeps_letters_and_replaces_what_is_no_utf8)
{
    EXPECT_EQ(json_text("gr\xc3\xbc\xc3\x9f"), "\"gr\xc3\xbc\xc3\x9f\"");
    EXPECT_EQ(json_text("\xc2"), "\"\xef\xbf\xbd\"");
}

TEST(Output, WordsThatSayHowItIsHaveAColourAtTheBeginOfALine)
{
    EXPECT_EQ(
        coloured("OK    version: 9.7\nFAIL  rights: FAIL\nOKAY\nserving\nstopped: two"),
        "\x1b[32mOK\x1b[0m    version: 9.7\n\x1b[31mFAIL\x1b[0m  rights: FAIL\nOKAY\n"
        "\x1b[32mserving\x1b[0m\n\x1b[31mstopped\x1b[0m: two"
    );
    EXPECT_EQ(coloured(""), "");
    EXPECT_EQ(coloured("\n\n"), "\n\n");
}

}  // namespace
}  // namespace proxy
