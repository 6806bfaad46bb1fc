#include "proxy/command/migration_filter.hpp"

#include <gtest/gtest.h>
#include <stdexcept>

namespace proxy {
namespace {

using rewrite::migration_state;

constexpr std::int64_t noon = 1'709'208'000;  // 2024-02-29 12:00:00 UTC

rewrite::migration_summary
one(std::uint64_t id, const std::string& table, migration_state state, std::int64_t ended)
{
    rewrite::migration_summary made;
    made.id = id;
    made.original = {id % 2 == 0 ? "shop" : "crm", table};
    made.ghost = {made.original.schema, "_" + table + "_gho"};
    made.state = state;
    made.times.began = static_cast<std::uint32_t>(noon - 86'400);
    made.times.ended = static_cast<std::uint32_t>(ended);
    return made;
}

// The numbers of those that are listed, in their order.
std::vector<std::uint64_t> listed(const migration_filter::options& given)
{
    const std::vector<rewrite::migration_summary> all{
        one(4, "orders", migration_state::folding, 0),
        one(3, "orders", migration_state::cut_over, noon - 60),
        one(2, "orders", migration_state::ended, noon - 7200),
        one(1, "items", migration_state::disturbed, 0),
    };
    std::vector<std::uint64_t> ids;
    for (const auto& left : migration_filter(given, noon).of(all))
        ids.push_back(left.id);
    return ids;
}

std::string refusal_of(const migration_filter::options& given)
{
    try {
        const migration_filter taken(given, noon);
        return {};
    } catch (const std::runtime_error& wrong) {
        return wrong.what();
    }
}

using ids = std::vector<std::uint64_t>;

TEST(MigrationFilter, WithoutOptionsTakesAll)
{
    EXPECT_EQ(listed({}), (ids{4, 3, 2, 1}));
}

TEST(MigrationFilter, FindsATableByEitherName)
{
    EXPECT_EQ(listed({.table = "orders"}), (ids{4, 3, 2}));
    EXPECT_EQ(listed({.table = "shop.orders"}), (ids{4, 2}));
    EXPECT_EQ(listed({.table = "`shop`.`orders`"}), (ids{4, 2}));
    EXPECT_EQ(listed({.table = "crm._items_gho"}), (ids{1}));
    EXPECT_EQ(listed({.table = "shop.items"}), ids{});
}

TEST(MigrationFilter, SinceKeepsWhatRunsAndWhatHappenedLater)
{
    EXPECT_EQ(listed({.since = "2m"}), (ids{4, 3, 1}));
    EXPECT_EQ(listed({.since = "2h"}), (ids{4, 3, 2, 1}));
    EXPECT_EQ(listed({.since = "2024-02-29 11:59"}), (ids{4, 3, 1}));
    EXPECT_EQ(listed({.since = "2024-02-29T11:59:01Z"}), (ids{4, 1}));
    EXPECT_EQ(listed({.since = "2024-02-29"}), (ids{4, 3, 2, 1}));
}

TEST(MigrationFilter, StatesAndLimit)
{
    EXPECT_EQ(listed({.states = {"cut_over", "ended"}}), (ids{3, 2}));
    EXPECT_EQ(listed({.states = {"cut over"}}), (ids{3})) << "as the JSON calls it";
    EXPECT_EQ(listed({.limit = 2}), (ids{4, 3}));
    EXPECT_EQ(listed({.table = "orders", .states = {"ended"}, .limit = 1}), (ids{2}));
    EXPECT_EQ(listed({.limit = 0}), ids{});
}

TEST(MigrationFilter, SaysWhatIsWrong)
{
    EXPECT_EQ(
        refusal_of({.states = {"folded"}}),
        "--state: \"folded\" should be one of folding, passing, cut_over, ended, disturbed"
    );
    EXPECT_NE(refusal_of({.since = "yesterday"}).find("--since: \"yesterday\""), std::string::npos);
    EXPECT_NE(refusal_of({.table = "a.b.c"}).find("--table: \"a.b.c\""), std::string::npos);
}

}  // namespace
}  // namespace proxy
