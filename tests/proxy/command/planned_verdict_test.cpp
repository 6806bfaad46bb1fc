#include "proxy/command/commands.hpp"
#include "proxy/command/explain_alter.hpp"
#include "tests/support/temp_folder.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace proxy {
namespace {

bool holds(const std::string& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

planned_verdict folding()
{
    planned_verdict planned;
    planned.table = rewrite::table_name{"shop", "orders"};
    planned.clauses = "ADD INDEX (a)";
    planned.ruling = {
        .what = rewrite::outcome::fold,
        .reason = "ADD INDEX on `a`",
        .price = rewrite::cost::in_place
    };
    planned.has_definition = true;
    planned.rows = 1'234'567;
    planned.bytes = 13'314'398'617;
    return planned;
}

TEST(PlannedVerdict, TellsClassChecksAndWhatTheyCost)
{
    planned_verdict planned = folding();
    EXPECT_EQ(
        to_text(planned),
        "shop.orders: ADD INDEX (a)\n"
        "  verdict     fold: ADD INDEX on `a`\n"
        "  class       same: the ALTER alone gives the same table\n"
        "  tool        gh-ost\n"
        "  checked     the columns that the table has after the cut-over, by name and type\n"
        "  replica     in place: reads all rows, and its applier waits (12.4 GiB)\n"
        "\n"
        "Consumers will get it as one ALTER TABLE when the tool cuts over.\n"
    );
    planned.ruling.rests_on.counted = true;
    planned.counts = true;
    const std::string counted = to_text(planned);
    EXPECT_TRUE(holds(counted, "class       counted: ")) << counted;
    EXPECT_TRUE(holds(counted, "the number of rows in both tables\n")) << counted;
    EXPECT_TRUE(holds(counted, "source      counts about 1,234,567 rows, once\n")) << counted;
    planned.counts = false;
    planned.uncounted = "it has no GTIDs";
    EXPECT_TRUE(holds(to_text(planned), "the rows are not counted: it has no GTIDs\n"));
}

TEST(PlannedVerdict, OfAPassNamesSettingsAndWays)
{
    planned_verdict planned = folding();
    planned.ruling = {.what = rewrite::outcome::pass, .reason = "why"};
    planned.settings = "unproven = \"fold\" in [fold.table.\"shop.orders\"]";
    planned.ways = {{{"ADD c int NULL", "MODIFY c int"}, "existing rows have NULL in `c`"}};
    const std::string text = to_text(planned);
    EXPECT_TRUE(holds(text, "class       passed: ")) << text;
    EXPECT_TRUE(holds(text, "folded with unproven = \"fold\"")) << text;
    EXPECT_TRUE(holds(
        text,
        "2 migrations fold:\n  1. ADD c int NULL\n  2. MODIFY c int\n"
        "  (existing rows have NULL in `c`)\n"
    )) << text;
    EXPECT_EQ(exit_code_of(planned), exit_finding);
}

TEST(PlannedVerdict, IsPrintedAsJson)
{
    planned_verdict planned = folding();
    planned.counts = true;
    planned.ruling.rests_on.lenient = true;
    const nlohmann::json made = to_json(planned);
    EXPECT_EQ(made["class"], "lenient");
    EXPECT_EQ(made["tool"], "gh-ost");
    EXPECT_EQ(made["checks"], nlohmann::json({"columns", "rows"}));
    EXPECT_EQ(made["rows"], 1'234'567);
    EXPECT_EQ(made["bytes"], 13'314'398'617);
    EXPECT_EQ(made["cost"], "in place");
    EXPECT_TRUE(made["ways"].empty());
    EXPECT_FALSE(made.contains("error"));
    planned.rows.reset();
    planned.refusal = "no such table";
    EXPECT_TRUE(to_json(planned)["rows"].is_null());
    EXPECT_EQ(to_json(planned)["error"], "no such table");
    EXPECT_EQ(to_json(planned)["exit_code"], exit_usage);
}

TEST(ExplainAlter, JudgesClausesWithoutATable)
{
    const planned_verdict planned = explain_without_table({.alter = "ADD COLUMN c int"});
    EXPECT_EQ(exit_code_of(planned), exit_good);
    const std::string text = to_text(planned);
    EXPECT_TRUE(text.starts_with("any table: ADD COLUMN c int\n  verdict     fold: ")) << text;
    EXPECT_TRUE(holds(text, "no triggers\n")) << text;
    EXPECT_TRUE(holds(text, "instant: changes the dictionary alone, at the least")) << text;
    EXPECT_TRUE(to_json(planned)["table"].is_null());
    EXPECT_FALSE(to_json(planned)["has_definition"]);
    EXPECT_FALSE(to_json(planned)["lacks"].empty());
    EXPECT_EQ(
        exit_code_of(explain_without_table({.alter = "ADD d datetime DEFAULT NOW()"})), exit_finding
    );
    EXPECT_EQ(exit_code_of(explain_without_table({.alter = "ADD COLUM c int"})), exit_usage);
}

TEST(ExplainAlter, JudgesByADump)
{
    const tests::temp_folder folder;
    std::ofstream(folder / "before.sql") << "USE `shop`;\nCREATE TABLE `t` (\n"
                                            "  `id` int NOT NULL,\n  PRIMARY KEY (`id`)\n"
                                            ") ENGINE=InnoDB;\n";
    const auto explained = [&](const std::string& alter, const std::string& table) {
        return explain_by_dump(
            folder / "before.sql",
            rewrite::name_case::sensitive,
            {.alter = alter, .table = table, .which = rewrite::tool::pt_osc}
        );
    };
    EXPECT_EQ(exit_code_of(explained("ADD c int", "shop.t")), exit_good);
    EXPECT_EQ(to_json(explained("ADD c int", "shop.t"))["tool"], "pt-online-schema-change");
    const planned_verdict passed = explained("ADD c datetime DEFAULT NOW()", "shop.t");
    EXPECT_EQ(exit_code_of(passed), exit_finding);
    ASSERT_EQ(passed.ways.size(), 1U);
    EXPECT_EQ(passed.ways[0].steps[0], "ADD c datetime NULL");
    EXPECT_EQ(
        explained("DROP nope", "shop.t").refusal,
        "MySQL would refuse this ALTER: there is no column `nope`"
    );
    const planned_verdict missing = explained("ADD c int", "shop.nope");
    EXPECT_EQ(exit_code_of(missing), exit_usage);
    EXPECT_TRUE(holds(missing.refusal, "has no table shop.nope")) << missing.refusal;
    EXPECT_FALSE(missing.lacks.empty()) << "what holds for any table is told";
    EXPECT_THROW(explained("ADD c int", "t"), command_error);
}

TEST(ExplainAlter, KnowsTheToolsNames)
{
    EXPECT_EQ(parse_tool("gh-ost"), rewrite::tool::gh_ost);
    EXPECT_EQ(parse_tool("pt-osc"), rewrite::tool::pt_osc);
    EXPECT_EQ(parse_tool("pt-online-schema-change"), rewrite::tool::pt_osc);
    EXPECT_THROW(parse_tool("ghost"), command_error);
}

}  // namespace
}  // namespace proxy
