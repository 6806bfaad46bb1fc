#include "proxy/command/stop_text.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace proxy {
namespace {

constexpr const char* then = "CREATE TABLE `t` (\n"
                             "  `id` int NOT NULL AUTO_INCREMENT,\n"
                             "  `a` int DEFAULT NULL,\n"
                             "  PRIMARY KEY (`id`)\n"
                             ") ENGINE=InnoDB AUTO_INCREMENT=17 DEFAULT CHARSET=utf8mb4";
constexpr const char* now = "CREATE TABLE `t` (\n"
                            "  `id` int NOT NULL AUTO_INCREMENT,\n"
                            "  `a` bigint DEFAULT NULL,\n"
                            "  PRIMARY KEY (`id`),\n"
                            "  KEY `a` (`a`)\n"
                            ") ENGINE=InnoDB AUTO_INCREMENT=99 DEFAULT CHARSET=utf8mb4";

TEST(DefinitionDifference, IsOfLines)
{
    EXPECT_EQ(
        definition_difference(then, now),
        "-   `a` int DEFAULT NULL\n"
        "+   `a` bigint DEFAULT NULL\n"
        "+   KEY `a` (`a`)\n"
    );
    EXPECT_EQ(definition_difference(then, then), "");
    EXPECT_EQ(definition_difference("", ""), "");
}

TEST(DefinitionDifference, CountersAreNone)
{
    EXPECT_EQ(definition_difference(") AUTO_INCREMENT=17 X", ") AUTO_INCREMENT=18 X"), "");
    EXPECT_EQ(definition_difference(") AUTO_INCREMENT=17", ")"), "");
    EXPECT_NE(definition_difference("  `a` x AUTO_INCREMENT=1", "  `a` x AUTO_INCREMENT=2"), "")
        << "no option of the table";
}

nlohmann::json look()
{
    return {
        {"stop",
         {{"id", "b.000001:4"},
          {"text", "why"},
          {"original", {{"schema", "d"}, {"table", "t"}}},
          {"ghost", {{"schema", "d"}, {"table", "_t_gho"}}}}},
        {"alter", "ADD c int"},
        {"disturbed_by", "another statement changed d.t at b.000001:3"},
        {"definition_then", then},
        {"definition_now", now},
        {"definition_trouble", ""},
    };
}

TEST(StopLook, ShowsWhatTheWordDependsOn)
{
    EXPECT_EQ(
        describe_stop_look(look()),
        "Stopped at b.000001:4: why\n"
        "  table       d.t\n"
        "  ghost       d._t_gho\n"
        "  alter       ADD c int\n"
        "  disturbed   another statement changed d.t at b.000001:3\n"
        "  Its definition at the verdict (-), and at the source now (+):\n"
        "-   `a` int DEFAULT NULL\n"
        "+   `a` bigint DEFAULT NULL\n"
        "+   KEY `a` (`a`)\n"
    );
}

TEST(StopLook, SaysWhatIsNotKnown)
{
    nlohmann::json seen = look();
    seen["definition_now"] = then;
    EXPECT_NE(describe_stop_look(seen).find("what it was at the verdict"), std::string::npos);
    seen["definition_now"] = "";
    EXPECT_NE(describe_stop_look(seen).find("there is no d.t now"), std::string::npos);
    seen["definition_then"] = "";
    EXPECT_NE(describe_stop_look(seen).find("No definition of it"), std::string::npos);
    seen["definition_trouble"] = "connection refused";
    EXPECT_NE(describe_stop_look(seen).find("connection refused"), std::string::npos);
    seen["stop"]["original"] = {{"schema", ""}, {"table", ""}};
    EXPECT_EQ(describe_stop_look(seen).find("definition"), std::string::npos);
}

TEST(StopLook, OfAWord)
{
    EXPECT_EQ(consequence_of("pass", ""), "what the source wrote");
    EXPECT_EQ(consequence_of("empty", ""), "an empty transaction");
    EXPECT_EQ(consequence_of("sql", "DO 1"), "the statement: DO 1");
    EXPECT_EQ(
        describe_word({{"word", "sql"}, {"sql", "DO 1"}, {"given_by", "alice"}, {"given_at", "x"}}),
        "  resumed     --sql 'DO 1' by alice at x\n"
    );
}

}  // namespace
}  // namespace proxy
