#include "protocol/ascii.hpp"
#include "proxy/source/facts_query.hpp"
#include "tests/support/fake_source.hpp"
#include "tests/support/run_awaitable.hpp"

#include <gtest/gtest.h>

namespace {

using namespace proxy;
using tests::run;
using tests::server_uuid;
using tests::source_script;

protocol::text_result one(std::string value)
{
    return {.columns = {"x"}, .rows = {{std::move(value)}}};
}

// What information_schema.TABLES has.
protocol::text_result shown(
    std::string format,
    std::string options,
    std::optional<std::string> engine = "InnoDB",
    std::optional<std::string> bytes = "13314398617",
    std::optional<std::string> table_rows = "1000000"
)
{
    return {
        .columns = {"ENGINE", "ROW_FORMAT", "CREATE_OPTIONS", "default", "bytes", "TABLE_ROWS"},
        .rows =
            {{std::move(engine),
              std::move(format),
              std::move(options),
              "dynamic",
              std::move(bytes),
              std::move(table_rows)}}
    };
}

source_script knowing(std::string version)
{
    source_script script;
    script.version = std::move(version);
    script.answers["SELECT @@lower_case_table_names"] = one("0");
    script.answers["SELECT @@server_uuid"] = one(server_uuid);
    script.answers["SELECT CURRENT_USER()"] = one("repl@%");
    script.answers["SHOW GRANTS"] = one("GRANT SELECT, PROCESS, TRIGGER ON *.* TO `repl`@`%`");
    script.answers["SHOW CREATE TABLE"] = {
        .columns = {"Table", "Create Table"}, .rows = {{"t", "CREATE TABLE `t` (...)"}}
    };
    script.answers["SELECT ENGINE"] = shown("Dynamic", "");
    script.answers["SELECT @@GLOBAL.time_zone"] = {
        .columns = {"time_zone", "sql_mode", "shown", "shifts"},
        .rows = {{"SYSTEM", "NO_ZERO_DATE", "1", "0"}}
    };
    script.answers["SELECT TRIGGER_NAME"] = {
        .columns = {"a", "b", "c", "d"}, .rows = {{"tr", "BEFORE", "INSERT", "SET NEW.a = 1"}}
    };
    script.answers["SELECT FOR_NAME"] = {
        .columns = {"FOR_NAME", "REF_NAME"},
        .rows = {{"d1/c", "d1/t"}, {"d1/c", "d1/t"}, {"d1/other", "d1/T"}}
    };
    const protocol::text_result status{
        .columns = {"File", "Position"}, .rows = {{"b.000007", "5000000000"}}
    };
    script.answers["SHOW MASTER STATUS"] = status;
    script.answers["SHOW BINARY LOG STATUS"] = status;
    return script;
}

struct asking
{
    tests::fake_source source;
    dial_source dial = source.dial();
    facts_query query{
        "db1:3306", {.user = "repl", .password = "secret", .tls = tls_mode::disabled}, dial
    };

    rewrite::facts ask(const rewrite::table_name& table = {.schema = "d1", .table = "t"})
    {
        return run(query.ask(table, {3, *protocol::parse_uuid(server_uuid), "b.000006"}));
    }
};

TEST(FactsQuery, GivesDefinitionTriggersChildrenAndTheFence)
{
    asking test;
    test.source.scripts = {knowing("8.0.41")};
    const auto facts = test.ask();
    EXPECT_EQ(facts.missing, "");
    EXPECT_EQ(facts.create_table, "CREATE TABLE `t` (...)");
    ASSERT_EQ(facts.triggers.size(), 1u);
    EXPECT_EQ(facts.triggers[0].body, "SET NEW.a = 1");
    ASSERT_EQ(facts.children.size(), 1u);
    EXPECT_EQ(rewrite::to_text(facts.children[0]), "d1.c");
    EXPECT_EQ(
        facts.fence,
        (rewrite::coordinate{.epoch = 3, .file = "b.000007", .position = 5'000'000'000})
    );
}

TEST(FactsQuery, AsksForTheFenceLastAndInTheWordsOfTheVersion)
{
    for (const auto& [version, words] : std::vector<std::pair<std::string, std::string>>{
             {"5.7.22-log", "SHOW MASTER STATUS"},
             {"8.0.41", "SHOW MASTER STATUS"},
             {"8.4.3", "SHOW BINARY LOG STATUS"},
             {"9.7.4", "SHOW BINARY LOG STATUS"}
         }) {
        asking test;
        test.source.scripts = {knowing(version)};
        test.ask();
        EXPECT_EQ(test.source.queries[0].back(), words);
        const bool roles = std::ranges::count(test.source.queries[0], "SET ROLE ALL") == 1;
        EXPECT_EQ(roles, version != "5.7.22-log");
    }
}

TEST(FactsQuery, WantsADefinitionThatShowsOnlyWhatIsWritten)
{
    for (const auto& [version, times] : std::vector<std::pair<std::string, std::ptrdiff_t>>{
             {"5.7.21", 0}, {"5.7.22-log", 1}, {"8.0.4", 0}, {"8.0.41", 1}, {"9.7.4", 1}
         }) {
        asking test;
        test.source.scripts = {knowing(version)};
        test.ask();
        const auto& queries = test.source.queries[0];
        EXPECT_EQ(std::ranges::count(queries, "SET show_create_table_verbosity = OFF"), times)
            << version;
    }
}

TEST(FactsQuery, TellsTheSizeOfAnyEnginesTableAsItIsNow)
{
    for (const char* engine : {"InnoDB", "MyISAM"}) {
        asking test;
        test.source.scripts = {knowing("8.0.41")};
        test.source.scripts[0].answers["SELECT ENGINE"] = shown("Dynamic", "", engine);
        const rewrite::facts known = test.ask();
        EXPECT_EQ(known.bytes, 13'314'398'617U) << engine;
        EXPECT_EQ(known.rows, 1'000'000U) << engine;
    }
    for (const auto& [version, times] : std::vector<std::pair<std::string, std::ptrdiff_t>>{
             {"5.7.22-log", 0}, {"8.0.41", 1}, {"9.7.4", 1}
         }) {
        asking test;
        test.source.scripts = {knowing(version)};
        test.ask();
        const auto& queries = test.source.queries[0];
        EXPECT_EQ(std::ranges::count(queries, "SET information_schema_stats_expiry = 0"), times);
    }
}

TEST(FactsQuery, HasNoSizeWhereNoneIsShown)
{
    for (const auto& bytes : std::vector<std::optional<std::string>>{std::nullopt, "", "x", "-1"}) {
        asking test;
        test.source.scripts = {knowing("8.0.41")};
        test.source.scripts[0].answers["SELECT ENGINE"] =
            shown("Dynamic", "", "InnoDB", bytes, bytes);
        EXPECT_EQ(test.ask().bytes, std::nullopt);
    }
    asking test;
    test.source.scripts = {knowing("5.7.8")};
    EXPECT_EQ(test.ask().bytes, std::nullopt);
}

TEST(FactsQuery, TellsTheRowFormatWhereACopyGetsAnother)
{
    const auto told = [](std::string format, std::string options, std::string version = "8.0.41") {
        asking test;
        test.source.scripts = {knowing(std::move(version))};
        test.source.scripts[0].answers["SELECT ENGINE"] =
            shown(std::move(format), std::move(options));
        return test.ask().row_format;
    };
    EXPECT_EQ(told("Compact", ""), "Compact");
    EXPECT_EQ(told("Dynamic", ""), "");
    EXPECT_EQ(told("Compact", "row_format=COMPACT stats_persistent=1"), "");
    EXPECT_EQ(told("Compressed", "KEY_BLOCK_SIZE=8"), "");
    EXPECT_EQ(told("Compact", "", "5.7.8"), "") << "before there was a default to choose";
    // Written without effect when the table was made.
    EXPECT_EQ(told("Compact", "row_format=DYNAMIC"), "Compact");
    EXPECT_EQ(
        told("Dynamic", "stats_persistent=1 row_format=COMPRESSED KEY_BLOCK_SIZE=8"), "Dynamic"
    );
    EXPECT_EQ(told("Compact", "KEY_BLOCK_SIZE=8"), "Compact");
    EXPECT_EQ(told("Compact", "row_format=COMPACT KEY_BLOCK_SIZE=4"), "");
    EXPECT_EQ(told("Dynamic", "row_format=FIXED"), "");
    EXPECT_EQ(told("Compact", "row_format=FIXED"), "Compact");
}

TEST(FactsQuery, TellsTheRowFormatOfEachPartition)
{
    using rows = std::vector<protocol::text_row>;
    const auto told = [](rows partitions, std::string version = "8.0.41", std::string folds = "0") {
        asking test;
        test.source.scripts = {knowing(std::move(version))};
        test.source.scripts[0].answers["SELECT @@lower_case_table_names"] = one(std::move(folds));
        test.source.scripts[0].answers["SELECT ENGINE"] = shown("Dynamic", "partitioned");
        test.source.scripts[0].answers["SELECT NAME"] = {
            .columns = {"NAME", "ROW_FORMAT", "partitions"}, .rows = std::move(partitions)
        };
        const rewrite::facts known = test.ask({.schema = "d1", .table = "t#"});
        return known.missing.empty() ? known.row_format : "missing";
    };
    const protocol::text_row first{"d1/t@0023#p#p0", "Dynamic", "2"};
    EXPECT_EQ(told({first, {"d1/t@0023#p#p1", "Dynamic", "2"}}), "");
    EXPECT_EQ(told({first, {"d1/t@0023#p#p1", "Compact", "2"}}), "Compact");
    EXPECT_EQ(told({first, {"d1/T@0023#p#p1", "Compact", "2"}}), "missing") << "another table's";
    EXPECT_EQ(told({first, {"d1/T@0023#p#p1", "Compact", "2"}}, "8.0.41", "1"), "Compact");
    EXPECT_EQ(told({{"d1/t@0023#P#p0", "Redundant", "1"}}, "5.7.22-log"), "Redundant");
    EXPECT_EQ(told({first}), "missing") << "one of two";
    EXPECT_EQ(told({}), "missing");
}

TEST(FactsQuery, CountsNoFactsOfATableWhoseRowFormatIsNotShown)
{
    const auto missing = [](protocol::text_result answer) {
        asking test;
        test.source.scripts = {knowing("8.0.41")};
        test.source.scripts[0].answers["SELECT ENGINE"] = std::move(answer);
        return test.ask().missing;
    };
    protocol::text_result none = shown("", "");
    none.rows.clear();
    EXPECT_NE(missing(none).find("row format"), std::string::npos);
    EXPECT_NE(missing(shown("", "", std::nullopt)).find("row format"), std::string::npos);
    EXPECT_EQ(missing(shown("Fixed", "", "MyISAM")), "");
}

TEST(FactsQuery, AsksForPartitionsInTheWordsOfTheVersion)
{
    for (const auto& [version, table] : std::vector<std::pair<std::string, std::string>>{
             {"5.7.22-log", "information_schema.INNODB_SYS_TABLES"},
             {"9.7.4", "information_schema.INNODB_TABLES"}
         }) {
        asking test;
        test.source.scripts = {knowing(version)};
        test.source.scripts[0].answers["SELECT ENGINE"] = shown("Dynamic", "partitioned");
        test.ask({.schema = "d/1", .table = "t"});
        const auto& queries = test.source.queries[0];
        EXPECT_TRUE(std::ranges::any_of(queries, [&](const std::string& query) {
            return query.find(table) != std::string::npos &&
                   query.find("LOWER('d@002f1/t#p#')") != std::string::npos;
        })) << version;
    }
}

TEST(FactsQuery, NamesTheGrantWhenTheAccountDoesNotSeeEverything)
{
    asking test;
    test.source.scripts = {knowing("8.0.41")};
    test.source.scripts[0].answers["SHOW GRANTS"] =
        one("GRANT SELECT, PROCESS ON *.* TO `repl`@`%`");
    const auto facts = test.ask();
    EXPECT_EQ(
        facts.missing,
        "the account repl@% lacks TRIGGER: GRANT REPLICATION SLAVE, REPLICATION CLIENT, SELECT, "
        "TRIGGER, PROCESS ON *.* TO 'repl'@'%';"
    );
    EXPECT_EQ(facts.create_table, "");
    EXPECT_EQ(facts.fence.file, "b.000007");
}

TEST(FactsQuery, CountsNoFactsOfASchemaThatAPartialRevokeHides)
{
    asking test;
    test.source.scripts = {knowing("8.0.41")};
    test.source.scripts[0].answers["SHOW GRANTS"].rows.push_back(
        {"REVOKE SELECT ON `d1`.* FROM `repl`@`%`"}
    );
    EXPECT_NE(test.ask().missing, "");
    EXPECT_EQ(test.ask({.schema = "d2", .table = "t"}).missing, "");
}

TEST(FactsQuery, CountsNoFactsOfAnotherServer)
{
    asking test;
    test.source.scripts = {knowing("8.0.41")};
    test.source.scripts[0].answers["SELECT @@server_uuid"] = one("another");
    EXPECT_NE(test.ask().missing.find("another"), std::string::npos);
}

TEST(FactsQuery, KnowsAServerWhateverTheLettersOfItsUuid)
{
    asking test;
    test.source.scripts = {knowing("8.0.41")};
    test.source.scripts[0].answers["SELECT @@server_uuid"] = one(protocol::upper(server_uuid));
    EXPECT_EQ(test.ask().missing, "");
}

TEST(FactsQuery, GivesNoDefinitionOfATableThatDoesNotExist)
{
    asking test;
    test.source.scripts = {knowing("8.0.41")};
    test.source.scripts[0].refusals["SHOW CREATE TABLE"] = {.code = 1146, .message = "no table"};
    const auto facts = test.ask();
    EXPECT_EQ(facts.create_table, "");
    EXPECT_EQ(facts.missing, "");
}

TEST(FactsQuery, FindsChildrenInMySql57ByTheNamesOfFiles)
{
    asking test;
    test.source.scripts = {knowing("5.7.22-log")};
    test.source.scripts[0].answers["SELECT FOR_NAME"].rows = {{"d@002fx/c@0023", "d@002fx/t"}};
    const auto facts = test.ask({.schema = "d/x", .table = "t"});
    ASSERT_EQ(facts.children.size(), 1u);
    EXPECT_EQ(facts.children[0].schema, "d/x");
    EXPECT_EQ(facts.children[0].table, "c#");
    EXPECT_NE(test.ask({.schema = "d1", .table = "t\xc3\xa4"}).missing, "");
}

TEST(FactsQuery, FindsAChildInASchemaWhoseNameHoldsASlash)
{
    asking test;
    test.source.scripts = {knowing("9.7.4")};
    test.source.scripts[0].answers["SELECT FOR_NAME"].rows = {
        {"d/x/c", "d/x/t"}, {"other/c", "d/x/t"}
    };
    const auto facts = test.ask({.schema = "d/x", .table = "t"});
    ASSERT_EQ(facts.children.size(), 2u);
    EXPECT_EQ(facts.children[0], (rewrite::table_name{.schema = "d/x", .table = "c"}));
    EXPECT_EQ(facts.children[1], (rewrite::table_name{.schema = "other", .table = "c"}));
}

TEST(FactsQuery, QuotesNames)
{
    asking test;
    test.source.scripts = {knowing("8.0.41")};
    test.ask({.schema = "d'1", .table = "t`\\"});
    std::string all;
    for (const std::string& query : test.source.queries[0])
        all += query + "\n";
    EXPECT_NE(all.find("SHOW CREATE TABLE `d'1`.`t``\\`\n"), std::string::npos) << all;
    EXPECT_NE(all.find("EVENT_OBJECT_SCHEMA = 'd''1'"), std::string::npos) << all;
    EXPECT_NE(all.find("EVENT_OBJECT_TABLE = 't`\\\\'"), std::string::npos) << all;
}

TEST(FactsQuery, KeepsItsConnectionAndOpensANewOneWhenItWasClosed)
{
    asking test;
    test.source.scripts = {knowing("8.0.41"), knowing("8.0.41")};
    test.ask();
    EXPECT_EQ(test.ask().missing, "");
    EXPECT_EQ(test.source.dialled, 1u);
    test.source.scripts[0].refusals["DO 0"] = {.code = 4031, .message = "closed: inactivity"};
    EXPECT_EQ(test.ask().missing, "");
    EXPECT_EQ(test.source.dialled, 2u);
}

TEST(FactsQuery, SaysWhatASessionStartsWith)
{
    const auto known = [](std::optional<std::string> shown, std::optional<std::string> shifts) {
        asking test;
        test.source.scripts = {knowing("8.0.41")};
        test.source.scripts[0].answers["SELECT @@GLOBAL.time_zone"].rows = {
            {"Europe/Berlin", "NO_ZERO_DATE", std::move(shown), std::move(shifts)}
        };
        return test.ask();
    };
    const rewrite::facts steady = known("1", "0");
    EXPECT_EQ(steady.time_zone, "Europe/Berlin");
    EXPECT_EQ(steady.sql_mode, "NO_ZERO_DATE");
    EXPECT_FALSE(steady.zone_shifts);
    EXPECT_FALSE(steady.hides_generated_key);
    EXPECT_TRUE(known("1", "1").zone_shifts);
    EXPECT_TRUE(known("1", std::nullopt).zone_shifts) << "not known";
    EXPECT_TRUE(known("0", "0").hides_generated_key);
}

TEST(FactsQuery, FailsAtEachStepAndAsksAnewTheNextTime)
{
    const std::vector<std::string> steps{
        "SET NAMES",
        "SET sql_mode",
        "SELECT @@lower_case",
        "SELECT @@server_uuid",
        "SET ROLE ALL",
        "SELECT CURRENT_USER",
        "SHOW GRANTS",
        "SHOW CREATE TABLE",
        "SELECT ENGINE",
        "SELECT @@GLOBAL.time_zone",
        "SELECT TRIGGER",
        "SELECT FOR_NAME",
        "SHOW MASTER STATUS",
    };
    for (const std::string& step : steps) {
        SCOPED_TRACE(step);
        asking test;
        test.source.scripts.assign(2, knowing("8.0.41"));
        test.source.scripts[0].refusals[step] = {.code = 1053, .message = "shutdown"};
        EXPECT_THROW(test.ask(), source_error);
        EXPECT_EQ(test.ask().missing, "");
        EXPECT_EQ(test.source.dialled, 2u);
    }
}

}  // namespace
