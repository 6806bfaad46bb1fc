#include "rewrite/sql/column_text.hpp"
#include "rewrite/verdict/column_type.hpp"

#include <gtest/gtest.h>

namespace rewrite {
namespace {

table_column column(std::string_view definition)
{
    const std::vector<token> tokens = tokenize(definition, {});
    return read_column(std::span(tokens).first(tokens.size() - 1), {}).column;
}

std::optional<cost> widened(std::string_view before, std::string_view after)
{
    return widening(column(before), column(after));
}

TEST(ColumnType, IsTheSameWhateverIsLeftOutOrOnlyShown)
{
    for (const auto& [a, b] : std::initializer_list<std::pair<const char*, const char*>>{
             {"int", "int(11)"},
             {"decimal", "decimal(10)"},
             {"decimal(10)", "decimal(10,0)"},
             {"bit", "bit(1)"},
             {"char", "char(1)"},
             {"time", "time(0)"},
             {"year", "year(4)"},
             {"vector", "vector(2048)"},
             {"bool", "tinyint(1)"},
         })
        EXPECT_TRUE(same_type(column(a), column(b))) << a << " and " << b;
    EXPECT_FALSE(same_type(column("int"), column("int unsigned")));
    EXPECT_FALSE(same_type(column("int(5) zerofill"), column("int(6) zerofill")));
    EXPECT_FALSE(same_type(column("enum('a')"), column("enum('a','b')")));
    EXPECT_FALSE(same_type(column("real"), column("real"))) << "double or float, by sql_mode";
}

TEST(ColumnType, WidensWhereEveryValueStays)
{
    using enum cost;
    EXPECT_EQ(widened("int", "bigint"), rebuild);
    EXPECT_EQ(widened("int unsigned", "bigint"), rebuild);
    EXPECT_EQ(widened("tinyint unsigned", "smallint"), rebuild);
    EXPECT_EQ(widened("char(10)", "char(20)"), rebuild);
    EXPECT_EQ(widened("decimal(5,2)", "decimal(7,3)"), rebuild);
    EXPECT_EQ(widened("datetime", "datetime(3)"), rebuild);
    EXPECT_EQ(widened("bit(3)", "bit(4)"), rebuild);
    EXPECT_EQ(widened("enum('a')", "enum('a','b')"), instant);
    EXPECT_EQ(widened("enum('a','b')", "enum('b','c','a')"), rebuild) << "copied by their text";
    EXPECT_EQ(
        widened("set('a','b','c','d','e','f','g','h')", "set('a','b','c','d','e','f','g','h','i')"),
        rebuild
    );
    EXPECT_EQ(widened("tinytext", "longtext"), rebuild);
    EXPECT_EQ(widened("tinyblob", "blob"), rebuild);
    EXPECT_EQ(widened("varchar(20)", "text"), rebuild);
    EXPECT_EQ(widened("varbinary(20)", "varbinary(30)"), in_place);
}

TEST(ColumnType, GrowsInPlaceWithinTheLengthByteOfTheCharset)
{
    using enum cost;
    EXPECT_EQ(widened("varchar(20) charset latin1", "varchar(255) charset latin1"), in_place);
    EXPECT_EQ(widened("varchar(20) charset latin1", "varchar(256) charset latin1"), rebuild);
    EXPECT_EQ(widened("varchar(20) charset utf8mb4", "varchar(63) charset utf8mb4"), in_place);
    EXPECT_EQ(widened("varchar(20) charset utf8mb4", "varchar(64) charset utf8mb4"), rebuild);
    EXPECT_EQ(widened("varchar(20) charset utf8", "varchar(85) charset utf8"), in_place);
    EXPECT_EQ(widened("varchar(20) charset utf8", "varchar(86) charset utf8"), rebuild);
    EXPECT_EQ(widened("varchar(20) charset gbk", "varchar(127) charset gbk"), in_place);
    EXPECT_EQ(widened("varchar(20) charset gbk", "varchar(128) charset gbk"), rebuild);
    EXPECT_EQ(widened("varchar(256) charset latin1", "varchar(999) charset latin1"), in_place);
    EXPECT_EQ(widened("varchar(60) charset utf8mb4", "tinytext charset utf8mb4"), rebuild);
    EXPECT_EQ(widened("varchar(64) charset utf8mb4", "tinytext charset utf8mb4"), std::nullopt);
}

TEST(ColumnType, IsNoWideningWhereAValueMayChange)
{
    for (const auto& [a, b] : std::initializer_list<std::pair<const char*, const char*>>{
             {"bigint", "int"},
             {"int", "int unsigned"},
             {"int", "varchar(20)"},
             {"int(5) zerofill", "bigint(5) zerofill"},
             {"decimal(5,2)", "decimal(6,4)"},
             {"decimal(5,2)", "double"},
             {"datetime(3)", "datetime"},
             {"set('a','b')", "set('b','a','c')"},
             {"enum('a','b')", "enum('a')"},
             {"bigint unsigned", "bigint"},
             {"int unsigned", "int"},
             {"int unsigned", "mediumint"},
             {"int", "bigint unsigned"},
             {"int(5) zerofill", "bigint"},
             {"decimal(5,2) unsigned", "decimal(7,2)"},
             {"char(20)", "char(10)"},
             {"char(10)", "varchar(20)"},
             {"char(10)", "text"},
             {"binary(10)", "binary(20)"},
             {"text", "tinytext"},
             {"text", "blob"},
             {"text", "text(10)"},
             {"float", "double"},
         })
        EXPECT_EQ(widened(a, b), std::nullopt) << a << " to " << b;
}

}  // namespace
}  // namespace rewrite
