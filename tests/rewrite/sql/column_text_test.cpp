#include "rewrite/sql/column_text.hpp"

#include <gtest/gtest.h>

namespace rewrite {
namespace {

column_text read_column(std::string_view definition, const lexical_rules& rules = {})
{
    const std::vector<token> tokens = tokenize(definition, rules);
    return read_column(std::span(tokens).first(tokens.size() - 1), rules);
}

std::string other_of(std::string_view definition)
{
    return read_column(definition).column.other;
}

TEST(ColumnText, CallsTypesByTheServersOwnWords)
{
    for (const auto& [typed, type] : std::initializer_list<std::pair<const char*, const char*>>{
             {"INTEGER", "int"},
             {"Int1", "tinyint"},
             {"int8", "bigint"},
             {"dec(5)", "decimal"},
             {"numeric", "decimal"},
             {"double precision", "double"},
             {"character varying(10)", "varchar"},
             {"char varying(10)", "varchar"},
             {"bool", "tinyint"},
             {"float(24)", "float"},
             {"float(25)", "double"},
             {"float(7,3)", "float"},
             {"geomcollection", "geometrycollection"},
             {"character(10)", "char"},
             {"long", "mediumtext"},
             {"LONG VARCHAR", "mediumtext"},
             {"long varcharacter", "mediumtext"},
             {"long char varying", "mediumtext"},
             {"long character varying", "mediumtext"},
             {"long varbinary", "mediumblob"},
             {"long byte", "mediumblob"},
             {"char(10) byte", "binary"},
             {"char byte", "binary"},
             {"char varying(10) byte", "varbinary"},
             {"tinytext byte", "tinyblob"},
             {"text(20) byte", "blob"},
             {"longtext byte", "longblob"},
         })
        EXPECT_EQ(read_column(typed).column.type, type) << typed;
    EXPECT_EQ(read_column("boolean").column.numbers, (std::vector<std::uint64_t>{1}));
    EXPECT_TRUE(read_column("float(25)").column.numbers.empty());
}

TEST(ColumnText, ReadsAttributesInAnyOrder)
{
    const auto all = read_column(
        "int signed unsigned zerofill not null auto_increment unique key comment 'it''s' visible "
        "invisible"
    );
    EXPECT_TRUE(all.column.is_unsigned);
    EXPECT_TRUE(all.column.zerofill);
    EXPECT_FALSE(all.column.nullable);
    EXPECT_TRUE(all.column.auto_increment);
    EXPECT_TRUE(all.unique);
    EXPECT_EQ(all.column.comment, "it's");
    EXPECT_TRUE(all.column.invisible);
    EXPECT_FALSE(read_column("int invisible visible").column.invisible);
    EXPECT_FALSE(read_column("int unsigned signed").column.is_unsigned);
    EXPECT_FALSE(read_column("int primary key").column.nullable);
    EXPECT_TRUE(read_column("int key").primary);
    EXPECT_EQ(read_column("point srid 4326").column.srid, "4326");
}

TEST(ColumnText, KnowsTheNationalTypes)
{
    for (const auto& [typed, type] : std::initializer_list<std::pair<const char*, const char*>>{
             {"NATIONAL VARCHAR(10)", "varchar"},
             {"national varcharacter(10)", "varchar"},
             {"national char varying(10)", "varchar"},
             {"national character varying(10)", "varchar"},
             {"nvarchar(10)", "varchar"},
             {"nchar varchar(10)", "varchar"},
             {"nchar varcharacter(10)", "varchar"},
             {"nchar varying(10)", "varchar"},
             {"national char(10)", "char"},
             {"national character(10)", "char"},
             {"nchar(10)", "char"},
         }) {
        const column_text read = read_column(typed);
        EXPECT_EQ(read.column.type, type) << typed;
        EXPECT_EQ(read.column.charset, "utf8mb3") << typed;
        EXPECT_EQ(read.column.collation, "utf8mb3_general_ci") << typed;
        EXPECT_EQ(read.column.numbers, (std::vector<std::uint64_t>{10})) << typed;
        EXPECT_EQ(read.column.other, "") << typed;
    }
    EXPECT_EQ(read_column("nchar(1) collate utf8_bin").column.collation, "utf8mb3_bin");
    for (const char* other : {"national", "national int", "nvarchar(5) byte", "nchar(5) binary"})
        EXPECT_NE(other_of(other), "") << other;
}

TEST(ColumnText, LeavesOutWhatIsForOtherEngines)
{
    EXPECT_EQ(other_of("int column_format fixed storage disk default 5"), "");
    EXPECT_EQ(other_of("int storage memory column_format dynamic"), "");
    EXPECT_EQ(other_of("int /*!50606 STORAGE DISK */ /*!50606 COLUMN_FORMAT DEFAULT */"), "");
}

TEST(ColumnText, ReadsCharsetAndCollation)
{
    EXPECT_EQ(read_column("char(1) char set UTF8").column.charset, "utf8mb3");
    EXPECT_EQ(read_column("char(1) charset latin1").column.collation, "latin1_swedish_ci");
    EXPECT_EQ(read_column("char(1) collate utf8_bin").column.collation, "utf8mb3_bin");
    EXPECT_EQ(read_column("char(1) collate utf8_bin").column.charset, "utf8mb3");
    EXPECT_EQ(read_column("char(1) charset utf8mb4").column.collation, "");
    EXPECT_EQ(other_of("char(1) charset ="), "=");
}

TEST(ColumnText, ReadsGeneratedColumnsAndConstraints)
{
    EXPECT_EQ(read_column("int generated always as (a + 1) stored").column.generated, "(a + 1)");
    EXPECT_TRUE(read_column("int as (a) persistent").column.stored);
    EXPECT_FALSE(read_column("int as (a) virtual").column.stored);
    EXPECT_EQ(other_of("int generated always"), "an end too early");
    EXPECT_EQ(
        read_column("int constraint c check (a > 0) not enforced").check,
        "constraint c check (a > 0) not enforced"
    );
    EXPECT_EQ(read_column("int check (a > 0) enforced").check, "check (a > 0) enforced");
    EXPECT_EQ(other_of("int check a > 0"), "a");
    EXPECT_EQ(
        read_column("int references p (id) on delete cascade").references,
        "references p (id) on delete cascade"
    );
}

TEST(ColumnText, TellsTheFormsOfADefault)
{
    const auto form = [](std::string_view text) {
        return read_column("int default " + std::string(text)).column.form;
    };
    EXPECT_EQ(form("null"), default_form::null);
    EXPECT_EQ(form("false"), default_form::literal);
    EXPECT_EQ(form("'a' 'b'"), default_form::literal);
    EXPECT_EQ(form("- 5"), default_form::literal);
    EXPECT_EQ(form("timestamp '2020-01-01'"), default_form::literal);
    EXPECT_EQ(form("now(3)"), default_form::now);
    EXPECT_EQ(form("localtime"), default_form::now);
    EXPECT_EQ(form("(a + 1)"), default_form::expression);
    EXPECT_EQ(form("uuid()"), default_form::expression);
    EXPECT_EQ(other_of("int default"), "an end too early");
    EXPECT_EQ(other_of("int default (1"), "an end too early");
    EXPECT_EQ(other_of("int default f(1"), "an end too early");
    EXPECT_EQ(other_of("int default _latin1'x'"), "_latin1");
    EXPECT_EQ(read_column("datetime on update now(3)").column.on_update, "now(3)");
    EXPECT_EQ(other_of("datetime on update 5"), "5");
    EXPECT_EQ(other_of("datetime on update now(3"), "now");
}

TEST(ColumnText, SaysWhatItDoesNotUnderstand)
{
    EXPECT_EQ(other_of("'int'"), "'int'");
    EXPECT_EQ(other_of("serial"), "serial");
    EXPECT_EQ(other_of("int(5"), "an end too early");
    EXPECT_EQ(other_of("int(5,,6)"), ",");
    EXPECT_EQ(other_of("int(x)"), "x");
    EXPECT_EQ(other_of("int(0x5)"), "0x5");
    EXPECT_EQ(other_of("int comment x"), "x");
    EXPECT_EQ(other_of("int column_format compressed"), "column_format");
    EXPECT_EQ(other_of("int storage"), "storage");
}

TEST(ColumnText, KnowsTheCollationThatACharsetBringsAlong)
{
    EXPECT_EQ(default_collation("latin1"), "latin1_swedish_ci");
    EXPECT_EQ(default_collation("latin2"), "latin2_general_ci");
    EXPECT_EQ(default_collation("utf8mb4"), "") << "depends on the server";
    EXPECT_EQ(charset_of_collation("utf8_bin"), "utf8mb3");
    EXPECT_EQ(charset_of_collation("binary"), "binary");
}

TEST(ColumnText, FindsAColumnAmongTokens)
{
    EXPECT_TRUE(mentions(tokenize("(A + 1)", {}), "a"));
    EXPECT_TRUE(mentions(tokenize("(`a``b` + 1)", {}), "A`B"));
    EXPECT_FALSE(mentions(tokenize("('a' + b)", {}), "a"));
}

}  // namespace
}  // namespace rewrite
