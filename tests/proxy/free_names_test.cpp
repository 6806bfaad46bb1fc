#include "proxy/free_names.hpp"

#include <gtest/gtest.h>

namespace {

using namespace proxy;
using rewrite::change_scope;
using rewrite::coordinate;
using rewrite::table_name;

const table_name gho{"d", "_t_gho"};

coordinate place_at(std::uint64_t position)
{
    return {1, "b.000001", position};
}

free_names listed_at(std::uint64_t place, const std::vector<table_name>& names)
{
    free_names made;
    made.keep_lists();
    made.accept("d", place_at(place), names);
    return made;
}

TEST(FreeNames, AreThoseThatAListLacksFromItsPlaceOn)
{
    const free_names known = listed_at(200, {{"d", "t"}, {"d", "_t_ghc"}});
    EXPECT_FALSE(known.is_free(gho, place_at(199)));
    EXPECT_TRUE(known.is_free(gho, place_at(200)));
    EXPECT_TRUE(known.is_free(gho, {1, "b.000002", 4}));
    EXPECT_FALSE(known.is_free(gho, {2, "b.000001", 300})) << "another server's log";
    EXPECT_FALSE(known.is_free({"d", "_t_ghc"}, place_at(300))) << "it is there";
    EXPECT_FALSE(known.is_free({"e", "_t_gho"}, place_at(300))) << "nobody listed that schema";
}

TEST(FreeNames, AreNotWhatAStatementNamedSince)
{
    const std::vector<rewrite::schema_change> changes = {
        {change_scope::table, gho},
        {change_scope::schema, {"d", ""}},
        {change_scope::everything, {}}
    };
    for (const rewrite::schema_change& change : changes) {
        free_names known = listed_at(200, {});
        known.on_change(change, place_at(300));
        EXPECT_FALSE(known.is_free(gho, place_at(300)));
        known.accept("d", place_at(299), {});
        EXPECT_FALSE(known.is_free(gho, place_at(400))) << "the statement may not show in the list";
        known.accept("d", place_at(300), {});
        EXPECT_TRUE(known.is_free(gho, place_at(400)));
    }
    free_names known = listed_at(200, {});
    known.on_change({change_scope::table, {"d", "t"}}, place_at(300));
    known.on_change({change_scope::table, {"e", "_t_gho"}}, place_at(300));
    known.on_change({change_scope::triggers, {"d", ""}}, place_at(300));
    EXPECT_TRUE(known.is_free(gho, place_at(300)));
}

// The source is asked while the log goes on: what it changes meanwhile counts.
TEST(FreeNames, HearTheLogBeforeTheListCame)
{
    free_names known;
    known.keep_lists();
    known.on_change({change_scope::table, gho}, place_at(300));
    known.accept("d", place_at(200), {});
    EXPECT_FALSE(known.is_free(gho, place_at(400)));
    EXPECT_TRUE(known.is_free({"d", "_t_ghc"}, place_at(400)));
}

TEST(FreeNames, SayWhichSchemaIsToBeListedAgain)
{
    free_names known = listed_at(200, {});
    EXPECT_EQ(known.take_stale(), std::nullopt);
    known.on_change({change_scope::table, {"d", "t"}}, place_at(300));
    EXPECT_EQ(known.take_stale(), std::nullopt) << "no tool's table";
    known.on_change({change_scope::table, gho}, place_at(300));
    known.on_change({change_scope::table, {"new", "t"}}, place_at(310));
    EXPECT_EQ(known.take_stale(), "d");
    EXPECT_EQ(known.take_stale(), "new");
    EXPECT_EQ(known.take_stale(), std::nullopt);
}

TEST(FreeNames, AreNoneWhereTheyAreManyOrForgotten)
{
    free_names known = listed_at(200, {});
    for (int i = 0; i <= 10'000; ++i)
        known.on_change(
            {change_scope::table, {"d", "_" + std::to_string(i) + "_gho"}}, place_at(300)
        );
    EXPECT_FALSE(known.is_free({"d", "_0_gho"}, place_at(300)));
    EXPECT_FALSE(known.is_free(gho, place_at(300)));
    known.accept("d", place_at(300), {});
    EXPECT_TRUE(known.is_free(gho, place_at(300)));
    known.forget_all();
    EXPECT_FALSE(known.is_free(gho, place_at(300)));
    free_names off;
    off.accept("d", place_at(200), {});
    EXPECT_FALSE(off.is_free(gho, place_at(300))) << "nobody wants to know";
}

}  // namespace
