#include "rewrite/tool/tool.hpp"
#include "tests/support/all_tools.hpp"

#include <gtest/gtest.h>
#include <set>

namespace {

using namespace rewrite;

TEST(Tool, IsFoundByItsNumberAndItsName)
{
    std::set<std::string_view> names;
    for (const tool_description* one : tests::all_tools()) {
        EXPECT_TRUE(is_tool(static_cast<std::uint8_t>(one->which)));
        EXPECT_EQ(&description_of(one->which), one);
        EXPECT_EQ(to_text(one->which), one->name);
        EXPECT_EQ(tool_named(one->name), one->which);
        names.insert(one->name);
    }
    EXPECT_EQ(names.size(), tests::all_tools().size());
    EXPECT_FALSE(is_tool(0));
    EXPECT_FALSE(tool_named("a tool"));
    EXPECT_EQ(tool_named("pt-osc"), tool::pt_osc);
    EXPECT_EQ(to_text(static_cast<tool>(99)), "unknown tool");
}

TEST(Tool, KeepsItsNumberInSavedState)
{
    EXPECT_EQ(static_cast<int>(tool::gh_ost), 1);
    EXPECT_EQ(static_cast<int>(tool::pt_osc), 2);
}

TEST(Tool, AnswersEveryQuestion)
{
    const std::string_view text = "CREATE TABLE a (id int)";
    const lexical_rules rules;
    const statement read = read_statement(text, "d", rules, name_case::sensitive);
    for (const tool_description* one : tests::all_tools()) {
        EXPECT_FALSE(one->is_marked(read)) << one->name;
        EXPECT_FALSE(one->marks_rows(text)) << one->name;
        EXPECT_FALSE(one->copies_in_part(text)) << one->name;
        EXPECT_FALSE(one->is_helper_of({"d", "a"}, {"d", "b"})) << one->name;
        EXPECT_FALSE(one->nominate(read)) << one->name;
        EXPECT_FALSE(one->binds({read, text, "d", rules, name_case::sensitive})) << one->name;
        EXPECT_FALSE(one->is_own_trigger("SET NEW.a = 1", {"d", "b"})) << one->name;
        EXPECT_FALSE(one->is_notes({})) << one->name;
        EXPECT_FALSE(one->notes_run({}, {"d", "b"})) << one->name;
        EXPECT_EQ(one->ghost_of({"d", "a"}).schema, "d") << one->name;
        EXPECT_NE(one->ghost_of({"d", "a"}).table, "a") << one->name;
    }
    EXPECT_FALSE(nominate(read));
    EXPECT_FALSE(binding_of({read, text, "d", rules, name_case::sensitive}));
}

}  // namespace
