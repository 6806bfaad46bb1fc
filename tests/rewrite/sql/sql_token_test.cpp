#include "rewrite/sql/sql_token.hpp"

#include <gtest/gtest.h>
#include <vector>

namespace rewrite {
namespace {

std::vector<token> tokens(std::string_view text, const lexical_rules& rules = {})
{
    std::vector<token> all;
    tokenizer lexer(text, rules);
    for (token t = lexer.next(); t.kind != token_kind::end; t = lexer.next()) {
        all.push_back(t);
        if (t.kind == token_kind::bad)
            break;
    }
    return all;
}

// The tokens' texts with a bar between them.
std::string cut(std::string_view text, const lexical_rules& rules = {})
{
    std::string all;
    for (const token& t : tokens(text, rules)) {
        all += all.empty() ? "" : "|";
        all += t.kind == token_kind::bad ? "BAD" : t.text;
    }
    return all;
}

std::string kinds(std::string_view text, const lexical_rules& rules = {})
{
    std::string all;
    for (const token& t : tokens(text, rules))
        all += "ewnsd.!"[static_cast<std::size_t>(t.kind)];
    return all;
}

TEST(SqlToken, CutsWordsNamesStringsNumbersAndSymbols)
{
    EXPECT_EQ(cut("select `a``b`,'it''s' from t1"), "select|`a``b`|,|'it''s'|from|t1");
    EXPECT_EQ(kinds("select `a``b`,'it''s' from t1"), "wn.sww");
    EXPECT_EQ(cut("a:=1<>-2"), "a|:|=|1|<|>|-|2");
    EXPECT_EQ(cut(""), "");
    EXPECT_EQ(cut(" \t\r\n\v\f"), "");
}

TEST(SqlToken, KnowsEveryFormOfNumber)
{
    EXPECT_EQ(kinds("1 1.5 .5 1. 1e5 1.5E-3 0x4f 0b01 x'4f' X'4F' b'01' 1e+5"), "dddddddddddd");
    EXPECT_EQ(kinds("1a 0xg 0b2 1e 0x"), "wwwww") << "names that begin with digits";
    EXPECT_EQ(kinds("x'4g'"), "!");
}

TEST(SqlToken, TakesDigitsBehindADotAsAName)
{
    EXPECT_EQ(cut("db.1st"), "db|.|1st");
    EXPECT_EQ(kinds("db.1e5"), "w.w");
    EXPECT_EQ(kinds("`db`.123"), "n.w");
    EXPECT_EQ(cut("db . t"), "db|.|t");
    EXPECT_EQ(kinds("select .5"), "wd");
}

TEST(SqlToken, TakesDollarAndHighBytesIntoWords)
{
    EXPECT_EQ(cut("a$b \xc3\xa4_1"), "a$b|\xc3\xa4_1");
    EXPECT_EQ(
        cut("a\xa0"
            "b",
            {.charset = 8}),
        "a|b"
    ) << "a hard blank in latin1";
}

TEST(SqlToken, EndsAStringByItsModeOnly)
{
    EXPECT_EQ(cut(R"('a\'b' c)"), R"('a\'b'|c)");
    EXPECT_EQ(cut(R"('a\' c)", {.no_backslash_escapes = true}), R"('a\'|c)");
    EXPECT_EQ(kinds(R"("a" 'b')"), "ss");
    EXPECT_EQ(kinds(R"("a" 'b')", {.ansi_quotes = true}), "ns");
    EXPECT_EQ(cut(R"('a"b' "a'b")"), R"('a"b'|"a'b")");
    EXPECT_EQ(cut(R"(`a\` b)"), R"(`a\`|b)") << "no escapes in names";
}

TEST(SqlToken, SeesAnIntroducerAsAWord)
{
    EXPECT_EQ(cut("_utf8'a' N'b' _latin1 0x41"), "_utf8|'a'|N|'b'|_latin1|0x41");
}

TEST(SqlToken, TakesHostsAndVariablesForStringsNotKeywords)
{
    EXPECT_EQ(cut("root@127.0.0.1 x"), "root|@|127.0.0.1|x");
    EXPECT_EQ(kinds("@from @@global.sql_mode @`a`"), ".s..s.n");
    EXPECT_EQ(cut("`u`@`h`"), "`u`|@|`h`");
}

TEST(SqlToken, SkipsComments)
{
    EXPECT_EQ(cut("a /* x */ b # c\nd -- e\nf"), "a|b|d|f");
    EXPECT_EQ(cut("a--b"), "a|-|-|b") << "two minus signs";
    EXPECT_EQ(cut("a --"), "a");
    EXPECT_EQ(cut("a --\tb\nc"), "a|c");
    EXPECT_EQ(cut("a/**/b /***/ c"), "a|b|c");
    EXPECT_EQ(cut("select /*+ MAX_EXECUTION_TIME(1) */ 1"), "select|1");
    EXPECT_EQ(cut("a /* b"), "a|BAD");
    EXPECT_EQ(cut("a # '"), "a");
    EXPECT_EQ(cut("'a /* b' c */"), "'a /* b'|c|*|/");
}

TEST(SqlToken, GivesTheFirstCommentBeforeAToken)
{
    tokenizer lexer("create /* gh-ost */ /* x */ table t -- tail", {});
    lexer.next();
    EXPECT_EQ(lexer.comment(), "");
    lexer.next();
    EXPECT_EQ(lexer.comment(), " gh-ost ");
    lexer.next();
    EXPECT_EQ(lexer.comment(), "");
    EXPECT_EQ(lexer.next().kind, token_kind::end);
    EXPECT_EQ(lexer.comment(), " tail");
}

TEST(SqlToken, EntersAVersionCommentThatTheServerExecutes)
{
    EXPECT_EQ(cut("a /*!b*/ /*!50100 c*/ /*!99999 d*/ e"), "a|b|c|e");
    EXPECT_EQ(cut("/*!080033 a*/ /*!080034 b*/ c"), "a|c");
    EXPECT_EQ(cut("/*!50100 a*/ /*!80000 b */", {.server_version = 50744}), "a");
    EXPECT_EQ(cut("/*!501001*/", {.server_version = 50744}), "1") << "five digits before 8.0";
    EXPECT_EQ(cut("/*!50100 a /* in */ b */ c"), "a|b|c");
    EXPECT_EQ(cut("/*!99999 a /* in */ b */ c"), "c");
    EXPECT_EQ(cut("a /*!50100 b"), "a|b|BAD");

    const auto all = tokens("a /*!50100 b */ c");
    ASSERT_EQ(all.size(), 3U);
    EXPECT_FALSE(all[0].in_version_comment);
    EXPECT_TRUE(all[1].in_version_comment);
    EXPECT_FALSE(all[2].in_version_comment);
}

TEST(SqlToken, ReadsVersionCommentsAsMariaDbDoesIfTheServerIsOne)
{
    EXPECT_EQ(cut("/*M! a*/ /*M!100100 b*/ c"), "c");
    const lexical_rules mariadb{.server_version = 101106};
    EXPECT_EQ(cut("/*M! a*/ /*M!100100 b*/ /*!80000 d*/ /*!50100 e*/ c", mariadb), "a|b|e|c");
}

TEST(SqlToken, KeepsTrailBytesOfClientCharsetsTogether)
{
    // 0x5c behind a lead byte is no backslash, 0x60 no quote.
    EXPECT_EQ(cut("'\x81\x5c' a", {.charset = 28}), "'\x81\x5c'|a");
    EXPECT_EQ(cut("`\x81\x60` a", {.charset = 13}), "`\x81\x60`|a");
    EXPECT_EQ(cut("'\xa1\x5c' a", {.charset = 1}), "'\xa1\x5c'|a");
    EXPECT_EQ(cut("'\x81\x30\x81\x30' a", {.charset = 248}), "'\x81\x30\x81\x30'|a");
    EXPECT_EQ(cut("`a\x81\x60`", {.charset = 95}), "`a\x81\x60`");
    // The same bytes in UTF-8's rules.
    EXPECT_EQ(cut("'\x81\x5c' a"), "BAD");
    // A lead byte without a trail byte is alone.
    EXPECT_EQ(cut("'\x81' a", {.charset = 28}), "'\x81'|a");
}

TEST(SqlToken, CallsAnUnterminatedQuoteBadAndStops)
{
    for (const std::string_view text : {"'a", "`a", "\"a", "'a\\'", "`a``"}) {
        SCOPED_TRACE(text);
        tokenizer lexer(text, {});
        EXPECT_EQ(lexer.next().kind, token_kind::bad);
        EXPECT_EQ(lexer.next().kind, token_kind::end);
    }
}

TEST(SqlToken, ResolvesNamesAndStrings)
{
    EXPECT_EQ(name_of(tokens("`a``b`")[0]), "a`b");
    EXPECT_EQ(name_of(tokens("ab")[0]), "ab");
    EXPECT_EQ(name_of(tokens("\"a\"\"b\"", {.ansi_quotes = true})[0]), "a\"b");
    EXPECT_EQ(string_of(tokens(R"('a''b\n\0\'\%\x')")[0], {}), std::string("a'b\n\0'\\%x", 9));
    const lexical_rules plain{.no_backslash_escapes = true};
    EXPECT_EQ(string_of(tokens(R"('a\n')", plain)[0], plain), "a\\n");
    const lexical_rules gbk{.charset = 28};
    EXPECT_EQ(string_of(tokens("'\x81\x5cn'", gbk)[0], gbk), "\x81\x5cn");
}

TEST(SqlToken, ResolvesEveryEscapeOfAString)
{
    const auto value = [](std::string_view text, const lexical_rules& rules = {}) {
        return string_of(tokenize(text, rules).front(), rules);
    };
    EXPECT_EQ(value(R"('\0\b\n\r\t\Z')"), std::string("\0\b\n\r\t\x1a", 6));
    EXPECT_EQ(value(R"('100\% \_ \x \' ')"), R"(100\% \_ x ' )");
    EXPECT_EQ(value(R"('a\n')", {.no_backslash_escapes = true}), R"(a\n)");
    EXPECT_EQ(value("word"), "word") << "no string";
}

TEST(SqlToken, ConvertsLatin1NamesToUtf8)
{
    const lexical_rules latin1{.charset = 8};
    EXPECT_EQ(name_in_utf8(tokens("`\xe4\x80`", latin1)[0], latin1), "\xc3\xa4\xe2\x82\xac");
    EXPECT_TRUE(converts("\xe4", latin1));
    EXPECT_TRUE(converts("a", {.charset = 28}));
    EXPECT_FALSE(converts("\xe4\xe4", {.charset = 28}));
    EXPECT_FALSE(converts("\xe4", {.charset = 51})) << "cp1251";
}

TEST(SqlToken, ComparesWordsWithoutCase)
{
    EXPECT_TRUE(is(tokens("tAbLe")[0], "TABLE"));
    EXPECT_FALSE(is(tokens("`table`")[0], "TABLE"));
    EXPECT_FALSE(is(tokens("tables")[0], "TABLE"));
}

}  // namespace
}  // namespace rewrite
