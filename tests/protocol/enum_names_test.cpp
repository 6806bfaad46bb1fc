#include "protocol/enum_names.hpp"

#include <cstdint>
#include <gtest/gtest.h>

namespace protocol {
namespace {

enum class light : std::uint8_t {
    red,
    green,
};
enum class step : std::uint8_t {
    one = 1,
    two = 2,
};

TEST(EnumNames, KnowsWhichNumbersAreEnumerators)
{
    static_assert(is_enumerator<light::red>());
    static_assert(is_enumerator<light{1}>());
    static_assert(!is_enumerator<light{2}>());
    static_assert(!is_enumerator<step{0}>());
    static_assert(is_enumerator<step{2}>());
}

TEST(EnumNames, GivesTheNameOfEachAndUnknownForANumberOfNone)
{
    constexpr enum_names<light, 2> lights{{"red", "green"}};
    EXPECT_EQ(lights[light::red], "red");
    EXPECT_EQ(lights[light::green], "green");
    EXPECT_EQ(lights[light{2}], "unknown");
    EXPECT_EQ(lights[light{255}], "unknown");

    constexpr enum_names<step, 2, 1> steps{{"one", "two"}};
    EXPECT_EQ(steps[step::one], "one");
    EXPECT_EQ(steps[step::two], "two");
    EXPECT_EQ(steps[step{0}], "unknown");
}

TEST(EnumNames, FindsAnEnumeratorByItsName)
{
    constexpr enum_names<step, 2, 1> steps{{"one", "two"}};
    EXPECT_EQ(steps.find("two"), step::two);
    EXPECT_EQ(steps.find("three"), std::nullopt);
}

}  // namespace
}  // namespace protocol
