#include "rewrite/verdict/block_bound.hpp"

#include <gtest/gtest.h>

namespace rewrite {
namespace {

TEST(BlockBound, CountsWhatTakesTimeByTheTablesSize)
{
    EXPECT_FALSE(blocks(cost::nothing));
    EXPECT_FALSE(blocks(cost::instant));
    EXPECT_TRUE(blocks(cost::in_place));
    EXPECT_TRUE(blocks(cost::rebuild));
}

TEST(BlockBound, LetsPassWhatIsLargerAndWhatMayBe)
{
    const block_bound bound{.largest = 1 << 20, .setting = "block = \"1MiB\""};
    EXPECT_EQ(objection_to_blocking(cost::rebuild, 1 << 20, bound), "");
    EXPECT_NE(objection_to_blocking(cost::rebuild, (1 << 20) + 1, bound), "");
    EXPECT_NE(objection_to_blocking(cost::in_place, (1 << 20) + 1, bound), "");
    EXPECT_NE(objection_to_blocking(cost::in_place, std::nullopt, bound), "");
    EXPECT_EQ(objection_to_blocking(cost::instant, std::nullopt, bound), "");
    EXPECT_EQ(objection_to_blocking(cost::rebuild, std::nullopt, {}), "");
    EXPECT_EQ(objection_to_blocking(cost::rebuild, UINT64_MAX, {}), "");
}

TEST(BlockBound, OfNothingLetsPassAnEmptyTableToo)
{
    EXPECT_NE(objection_to_blocking(cost::rebuild, 0, {.largest = 0}), "");
}

TEST(BlockBound, OfRelease01IsAboutRebuildsAlone)
{
    const block_bound bound{.largest = 0, .only_rebuilds = true};
    EXPECT_EQ(objection_to_blocking(cost::in_place, 9, bound), "");
    EXPECT_NE(objection_to_blocking(cost::rebuild, 9, bound), "");
}

TEST(BlockBound, NamesCostSizeAndSetting)
{
    const auto said = [](std::uint64_t bytes) {
        const std::string text = objection_to_blocking(
            cost::rebuild, bytes, {.largest = 0, .setting = "block = \"pass\""}
        );
        const std::string begin =
            "rebuilds the table at a replica, whose applier waits for it; the table has ";
        const std::string end = ", and block = \"pass\"";
        EXPECT_TRUE(text.starts_with(begin) && text.ends_with(end)) << text;
        return text.substr(begin.size(), text.size() - begin.size() - end.size());
    };
    EXPECT_EQ(said(1023), "1023 bytes");
    EXPECT_EQ(said(16 << 10), "16.0 KiB");
    EXPECT_EQ(said((1 << 20) - 1), "1023.9 KiB");
    EXPECT_EQ(said(1 << 20), "1.0 MiB");
    EXPECT_EQ(said(13'314'398'617), "12.3 GiB");
    EXPECT_EQ(said(5ULL << 50), "5120.0 TiB");
}

}  // namespace
}  // namespace rewrite
