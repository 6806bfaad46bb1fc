#include "rewrite/sql/column_text.hpp"
#include "rewrite/verdict/value_change.hpp"

#include <gtest/gtest.h>

namespace rewrite {
namespace {

table_column of_type(std::string_view text)
{
    const std::vector<token> tokens = tokenize(text, {});
    return read_column(std::span(tokens).first(tokens.size() - 1), {}).column;
}

bool same(std::string_view before, std::string_view after, std::uint32_t version = 80033)
{
    return becomes_the_same(of_type(before), of_type(after), version);
}

TEST(ValueChange, BecomesTheSameWhereServersConvertAlike)
{
    for (const auto& [a, b] : std::initializer_list<std::pair<const char*, const char*>>{
             {"bigint", "int"},
             {"int", "int unsigned"},
             {"int unsigned", "int"},
             {"int", "decimal(5,2)"},
             {"bigint", "double"},
             {"int", "varchar(3)"},
             {"int", "char(3)"},
             {"int", "text"},
             {"decimal(10,2)", "decimal(5,1)"},
             {"decimal(10,2)", "double"},
             {"float", "double"},
             {"double", "decimal(10,2)"},
             {"varchar(40)", "varchar(10)"},
             {"text", "varchar(20)"},
             {"char(60)", "char(10)"},
             {"varbinary(60)", "varbinary(3)"},
             {"bit(8)", "bit(3)"},
             {"bit(8)", "tinyint"},
             {"enum('a','b')", "enum('b')"},
             {"enum('a','bc')", "varchar(2)"},
             {"enum('a','\xc3\xa9\xc3\xa9')", "char(2)"},
             {"enum('a','b')", "text"},
             {"datetime(6)", "datetime"},
             {"time(6)", "time(2)"},
             {"timestamp(6)", "timestamp"},
         })
        EXPECT_TRUE(same(a, b)) << a << " to " << b;
}

TEST(ValueChange, IsNotTakenForTheSameWhereTheyDoNot)
{
    for (const auto& [a, b] : std::initializer_list<std::pair<const char*, const char*>>{
             {"float", "int"},
             {"float", "varchar(30)"},
             {"double", "int"},
             {"double(10,2)", "decimal(10,2)"},
             {"float", "double(10,2)"},
             {"int(5) zerofill", "int"},
             {"int", "date"},
             {"int", "enum('1')"},
             {"enum('a','bc')", "varchar(1)"},
             {"enum('a','b')", "tinytext"},
             {"enum('a','b')", "text(10)"},
             {"enum('a','b')", "blob"},
             {"enum('1','2')", "int"},
             {"varchar(9)", "enum('a')"},
             {"int", "bit(8)"},
             {"int", "json"},
             {"decimal(10,2)", "int"},
             {"bit(64)", "bigint"},
             {"bit(8)", "varchar(9)"},
             {"varchar(9)", "char(9)"},
             {"char(9)", "varchar(9)"},
             {"text", "blob"},
             {"text", "text(10)"},
             {"binary(9)", "binary(3)"},
             {"set('a','b')", "set('a')"},
             {"json", "text"},
             {"year", "int"},
             {"date", "datetime"},
             {"datetime", "timestamp"},
             {"point", "geometry"},
         })
        EXPECT_FALSE(same(a, b)) << a << " to " << b;
}

// Bits of numbers, and lengths of texts.
TEST(ValueChange, IsAnotherBeforeMySql8)
{
    EXPECT_FALSE(same("int unsigned", "int", 50722));
    EXPECT_TRUE(same("int", "int unsigned", 50722));
    EXPECT_FALSE(same("text", "tinytext", 50722));
    EXPECT_TRUE(same("text", "varchar(20)", 50722));
}

}  // namespace
}  // namespace rewrite
