#include "proxy/session/like_pattern.hpp"

#include <gtest/gtest.h>
#include <string>

namespace proxy {
namespace {

TEST(LikePattern, MatchesAsSqlDoes)
{
    for (const auto& [text, pattern] : {
             std::pair("", ""),
             std::pair("", "%"),
             std::pair("", "%%"),
             std::pair("server_id", "server_id"),
             std::pair("server_id", "server%"),
             std::pair("server_id", "%id"),
             std::pair("server_id", "%"),
             std::pair("server_id", "s%_i%"),
             std::pair("server_id", "server\\_id"),
             std::pair("server_id", "_________"),
             std::pair("abcabd", "%ab_"),
             std::pair("aab", "%ab"),
             std::pair("a%b", "a\\%b"),
             std::pair("a\\", "a\\"),
             std::pair("mississippi", "%iss%ip%i"),
         })
        EXPECT_TRUE(matches_like(text, pattern)) << text << " LIKE " << pattern;
}

TEST(LikePattern, RefusesWhatSqlRefuses)
{
    for (const auto& [text, pattern] : {
             std::pair("a", ""),
             std::pair("", "_"),
             std::pair("", "a"),
             std::pair("server_id", "server"),
             std::pair("server", "server_id"),
             std::pair("server", "server\\_"),
             std::pair("serverxid", "server\\_id"),
             std::pair("server_id", "%ids"),
             std::pair("server_id", "__________"),
             std::pair("axb", "a\\%b"),
             std::pair("mississippi", "%iss%ip%x"),
         })
        EXPECT_FALSE(matches_like(text, pattern)) << text << " LIKE " << pattern;
}

TEST(LikePattern, APatternMadeToBeSlowIsNot)
{
    const std::string text(64, 'a');
    std::string pattern;
    for (int i = 0; i < 30'000; ++i)
        pattern += "%";
    EXPECT_FALSE(matches_like(text, pattern + "!"));
    pattern.clear();
    for (int i = 0; i < 30'000; ++i)
        pattern += "%a";
    EXPECT_FALSE(matches_like(text, pattern));
    EXPECT_FALSE(matches_like(text, "%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a!"));
}

}  // namespace
}  // namespace proxy
