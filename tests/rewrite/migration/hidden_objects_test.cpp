#include "rewrite/migration/hidden_objects.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rewrite;

TEST(HiddenObjects, AreFoundByWholeNamesWithoutCopying)
{
    hidden_objects hidden;
    EXPECT_TRUE(hidden.empty());
    hidden.hide({"d", "g"}, {.role = helper_role::ghost, .migration = 7});
    ASSERT_TRUE(hidden.find(table_name_view{"d", "g"}));
    EXPECT_EQ(hidden.find(table_name_view{"d", "g"})->migration, 7U);
    EXPECT_FALSE(hidden.find(table_name{"d", "G"}));
    EXPECT_FALSE(hidden.find(table_name{"dg", ""}));
    hidden.free({"d", "g"});
    EXPECT_TRUE(hidden.empty());
}

TEST(HiddenObjects, AreListedByMigrationAndBySchema)
{
    hidden_objects hidden;
    hidden.hide({"a", "x"}, {.migration = 1});
    hidden.hide({"b", "y"}, {.migration = 1});
    hidden.hide({"b", "z"}, {.migration = 2});
    EXPECT_EQ(hidden.names_of(1).size(), 2U);
    EXPECT_EQ(hidden.names_in("b").size(), 2U);
    EXPECT_EQ(hidden.names().size(), 3U);
}

}  // namespace
