#include "protocol/field_type.hpp"

#include <gtest/gtest.h>
#include <initializer_list>

namespace protocol {
namespace {

TEST(FieldType, KnowsTheSizeOfEachFixedValue)
{
    struct row
    {
        std::uint8_t type;
        std::size_t size;
        bool integer;
    };
    for (const row& expected : std::initializer_list<row>{
             {6, 0, false},  // NULL
             {1, 1, true},   // TINY
             {2, 2, true},   // SHORT
             {13, 2, true},  // YEAR
             {3, 4, true},   // LONG
             {9, 4, true},   // INT24
             {8, 8, true},   // LONGLONG
             {4, 4, false},  // FLOAT
             {5, 8, false},  // DOUBLE
         }) {
        const binary_value value = binary_value_of(expected.type);
        EXPECT_EQ(value.form, binary_form::fixed) << int{expected.type};
        EXPECT_EQ(value.size, expected.size) << int{expected.type};
        EXPECT_EQ(value.integer, expected.integer) << int{expected.type};
    }
}

TEST(FieldType, KnowsWhatComesWithItsLength)
{
    for (const std::uint8_t type : std::initializer_list<std::uint8_t>{7, 10, 11, 12})
        EXPECT_EQ(binary_value_of(type).form, binary_form::length_first) << int{type};
    for (const std::uint8_t type :
         std::initializer_list<std::uint8_t>{0, 15, 245, 246, 252, 253, 254})
        EXPECT_EQ(binary_value_of(type).form, binary_form::text) << int{type};
    EXPECT_EQ(binary_value_of(200).form, binary_form::unknown);
}

}  // namespace
}  // namespace protocol
