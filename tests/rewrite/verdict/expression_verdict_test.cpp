#include "rewrite/verdict/expression_verdict.hpp"

#include <gtest/gtest.h>

namespace rewrite {
namespace {

std::string objection_of(std::string_view expression, const lexical_rules& rules = {})
{
    const auto table = parse_create_table(
        "CREATE TABLE `t` (`a` int, `v` varchar(9), `dt` datetime, `ts` timestamp NULL, `left` int)"
    );
    const std::vector<token> tokens = tokenize(expression, rules);
    return objection_to_expression(std::span(tokens).first(tokens.size() - 1), *table, nullptr);
}

TEST(ExpressionVerdict, KnowsWhatComesToTheSameEverywhere)
{
    for (const std::string_view expression :
         {"(a + 1)",
          "(`a` * -2 % 3)",
          "(lower(v))",
          "(`left` + left(v, 2))",
          "(a IN (1, 2) AND NOT (v LIKE 'x%'))",
          "(CASE WHEN a IS NULL THEN 'x' ELSE v END)",
          "(CAST(v AS CHAR(3)))",
          "(CAST(a AS DECIMAL(10, 2)))",
          "(YEAR(dt))",
          "(ts IS NULL)"})
        EXPECT_EQ(objection_of(expression), "") << expression;
}

TEST(ExpressionVerdict, NamesWhatMayNot)
{
    EXPECT_EQ(
        objection_of("(a / 2)"), "the digits of a quotient depend on div_precision_increment"
    );
    EXPECT_EQ(objection_of("(HOUR(ts))"), "it reads the session: its time zone");
    EXPECT_EQ(objection_of("(@x)"), "it cannot be read");
    EXPECT_EQ(objection_of(""), "it cannot be read");
    for (const std::string_view name : {"RAND", "NOW", "USER", "UUID", "POW", "f", "DATE_FORMAT"}) {
        const std::string call = "(" + std::string(name) + "(a))";
        EXPECT_EQ(
            objection_of(call),
            "`" + std::string(name) + "` is not known to come to the same on every server"
        );
    }
    EXPECT_NE(objection_of("(CURRENT_TIMESTAMP)"), "");
    EXPECT_NE(objection_of("(nope)"), "");
    EXPECT_NE(objection_of("(_latin1'x')"), "");
    EXPECT_NE(objection_of("(a MEMBER OF ('[1]'))"), "");
    EXPECT_NE(objection_of("(d.f(a))"), "");
}

TEST(ExpressionVerdict, ReadsNamesByTheSessionsRules)
{
    EXPECT_EQ(objection_of("(HOUR(\"ts\"))", {.ansi_quotes = true}), objection_of("(HOUR(ts))"));
}

TEST(ExpressionVerdict, TakesConstantsAlone)
{
    const auto constant = [](std::string_view expression) {
        const std::vector<token> tokens = tokenize(expression, {});
        return objection_to_constant(std::span(tokens).first(tokens.size() - 1));
    };
    EXPECT_EQ(constant("(json_object('a', 1))"), "");
    EXPECT_EQ(constant("(1 + 1)"), "");
    EXPECT_NE(constant("(a)"), "");
    EXPECT_NE(constant("(now())"), "");
    EXPECT_NE(constant("(uuid())"), "");
}

}  // namespace
}  // namespace rewrite
