#include "rewrite/sql/token_cursor.hpp"

#include <gtest/gtest.h>

namespace rewrite {
namespace {

TEST(TokenCursor, TakesWordsSymbolsAndNames)
{
    token_cursor in("add `a``b` = x", {});
    EXPECT_TRUE(in.readable());
    EXPECT_FALSE(in.take("DROP"));
    EXPECT_TRUE(in.take("ADD"));
    EXPECT_EQ(in.take_name(), "a`b");
    EXPECT_EQ(in.take_name(), "") << "a symbol is no name";
    EXPECT_FALSE(in.take_symbol(','));
    EXPECT_TRUE(in.take_symbol('='));
    EXPECT_FALSE(in.take("X", "Y"));
    EXPECT_TRUE(in.take("X"));
    EXPECT_TRUE(in.is_over());
}

TEST(TokenCursor, StaysAtItsEndForEver)
{
    token_cursor in("a", {});
    for (int i = 0; i < 3; ++i)
        in.step();
    EXPECT_TRUE(in.is_over());
    EXPECT_EQ(in.now().kind, token_kind::end);
    EXPECT_EQ(in.ahead(7).kind, token_kind::end);
    EXPECT_EQ(in.take_value(), "");
}

TEST(TokenCursor, EndsAtASemicolonAndWhereATextCannotBeRead)
{
    token_cursor two("a; b", {});
    two.step();
    EXPECT_TRUE(two.is_over());
    token_cursor unreadable("a 'b", {});
    EXPECT_FALSE(unreadable.readable());
    unreadable.step();
    EXPECT_EQ(unreadable.now().kind, token_kind::end);
}

TEST(TokenCursor, TakesAValueInEachOfItsForms)
{
    EXPECT_EQ(token_cursor("'it''s' x", {}).take_value(), "it's");
    EXPECT_EQ(token_cursor("(a, (b)) x", {}).take_value(), "(a, (b))");
    EXPECT_EQ(token_cursor("InnoDB, x", {}).take_value(), "InnoDB");
    EXPECT_EQ(token_cursor(", x", {}).take_value(), "");
}

TEST(TokenCursor, SkipsAnElementWithItsParentheses)
{
    token_cursor in("c enum('a,b') CHECK ((c > f(1, 2))), d int) PARTITION BY HASH (c)", {});
    in.skip_element();
    EXPECT_TRUE(in.take_symbol(','));
    in.skip_element();
    EXPECT_TRUE(in.take_symbol(')'));
    EXPECT_TRUE(in.at_partitioning());
    EXPECT_TRUE(in.ends_element());
    token_cursor open("((a", {});
    open.skip_brackets();
    EXPECT_TRUE(open.is_over());
}

TEST(TokenCursor, GivesTextWithTheVersionCommentThatLiesInItWhole)
{
    const std::string_view text = "a /*!80000 b c */ d";
    token_cursor in(text, {});
    EXPECT_EQ(in.span(1, 3), "b c");
    EXPECT_EQ(in.text_between(1, 3), "/*!80000 b c */");
    EXPECT_EQ(in.text_between(0, 4), text);
    EXPECT_EQ(in.span(2, 2), "");
    EXPECT_EQ(in.text_between(2, 2), "");
    in.go_to(text.find('d'));
    EXPECT_TRUE(is(in.now(), "D"));
}

}  // namespace
}  // namespace rewrite
