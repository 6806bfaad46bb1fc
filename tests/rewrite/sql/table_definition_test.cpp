#include "rewrite/sql/table_definition.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <sstream>

namespace rewrite {

namespace {

std::string read_file(const std::string& name)
{
    std::ifstream file(std::string(TESTS_DIR "/rewrite/sql/show_create/") + name);
    EXPECT_TRUE(file) << name;
    std::stringstream all;
    all << file.rdbuf();
    return all.str();
}

// The texts SHOW CREATE TABLE gave on a server of this version, by table.
std::map<std::string, std::string> printed_by(const std::string& version)
{
    std::map<std::string, std::string> texts;
    const std::string all = read_file(version + ".sql");
    for (std::size_t begin = 0; begin < all.size();) {
        const std::size_t end = all.find(";\n\n", begin);
        const std::string text = all.substr(begin, end - begin);
        const std::size_t name = text.find('`') + 1;
        texts[text.substr(name, text.find('`', name) - name)] = text;
        begin = end + 3;
    }
    return texts;
}

table_definition table(const std::string& version, const std::string& name)
{
    const auto parsed = parse_create_table(printed_by(version).at(name));
    EXPECT_TRUE(parsed) << name;
    return parsed.value_or(table_definition{});
}

// A row of information_schema.columns of the same tables.
struct server_column
{
    std::string table, name, data_type, column_type, charset, collation, nullable, extra, generated;
};

std::vector<server_column> columns_of(const std::string& version)
{
    std::vector<server_column> columns;
    std::istringstream lines(read_file(version + ".tsv"));
    for (std::string line; std::getline(lines, line);) {
        std::istringstream fields(line);
        server_column column;
        for (std::string* field :
             {&column.table,
              &column.name,
              &column.data_type,
              &column.column_type,
              &column.charset,
              &column.collation,
              &column.nullable,
              &column.extra,
              &column.generated})
            std::getline(fields, *field, '\t');
        columns.push_back(column);
    }
    return columns;
}

std::string in_new_words(std::string name)
{
    if (name == "utf8" || name.starts_with("utf8_"))
        name.insert(4, "mb3");
    return name;
}

}  // namespace

class ShowCreateTable : public testing::TestWithParam<std::string>
{};

TEST_P(ShowCreateTable, IsReadAsTheServersDataDictionaryHasIt)
{
    const auto texts = printed_by(GetParam());
    std::map<std::string, table_definition> tables;
    for (const auto& [name, text] : texts) {
        const auto parsed = parse_create_table(text);
        ASSERT_TRUE(parsed) << text;
        tables[name] = *parsed;
    }
    std::size_t compared = 0;
    for (const server_column& expected : columns_of(GetParam())) {
        SCOPED_TRACE(expected.table + "." + expected.name);
        const table_column* column = tables[expected.table].find(expected.name);
        ASSERT_NE(column, nullptr);
        EXPECT_EQ(
            column->type,
            expected.data_type == "geomcollection" ? "geometrycollection" : expected.data_type
        );
        EXPECT_EQ(column->is_unsigned, expected.column_type.find("unsigned") != std::string::npos);
        EXPECT_EQ(column->zerofill, expected.column_type.find("zerofill") != std::string::npos);
        EXPECT_EQ(column->charset, in_new_words(expected.charset));
        if (!column->collation.empty() || expected.charset != "utf8mb4")
            EXPECT_EQ(column->collation, in_new_words(expected.collation));
        EXPECT_EQ(column->nullable, expected.nullable == "YES");
        EXPECT_EQ(
            column->auto_increment, expected.extra.find("auto_increment") != std::string::npos
        );
        EXPECT_EQ(column->invisible, expected.extra.find("INVISIBLE") != std::string::npos);
        EXPECT_EQ(!column->generated.empty(), expected.generated == "1");
        EXPECT_EQ(column->stored, expected.extra.find("STORED") != std::string::npos);
        if (expected.table != "colfmt")
            EXPECT_EQ(column->other, "");
        ++compared;
    }
    std::size_t parsed = 0;
    for (const auto& [name, definition] : tables)
        parsed += definition.columns.size();
    EXPECT_EQ(parsed, compared) << "no column more and none less";
}

INSTANTIATE_TEST_SUITE_P(
    Servers,
    ShowCreateTable,
    testing::Values("5.7", "8.0", "9.7"),
    [](const auto& version) { return version.param[0] + std::string("_") + version.param[2]; }
);

TEST(TableDefinition, KnowsTypesWithTheirArguments)
{
    const table_definition strings = table("8.0", "strs");
    EXPECT_EQ(strings.find("b")->numbers, (std::vector<std::uint64_t>{40}));
    EXPECT_EQ(strings.find("b")->charset, "utf8mb4");
    EXPECT_EQ(strings.find("b")->collation, "utf8mb4_0900_ai_ci");
    EXPECT_EQ(strings.find("d")->charset, "latin1");
    EXPECT_EQ(strings.find("d")->collation, "latin1_swedish_ci");
    EXPECT_EQ(
        strings.find("l")->values, (std::vector<std::string>{"a", "b'c", "d,e", "f\\g", "hä"})
    );
    const table_definition numbers = table("8.0", "nums");
    EXPECT_EQ(numbers.find("a")->numbers, (std::vector<std::uint64_t>{10, 2}));
    EXPECT_EQ(numbers.find("f")->arguments, "7,3");
    EXPECT_EQ(numbers.find("i")->numbers, (std::vector<std::uint64_t>{1}));
    EXPECT_EQ(table("5.7", "ints").find("d")->arguments, "5");
}

TEST(TableDefinition, TellsTheFormsOfDefaultsApart)
{
    const table_definition times = table("8.0", "times");
    EXPECT_EQ(times.find("a")->form, default_form::null);
    EXPECT_EQ(times.find("d")->form, default_form::now);
    EXPECT_EQ(times.find("e")->default_text, "CURRENT_TIMESTAMP(6)");
    EXPECT_EQ(times.find("e")->on_update, "CURRENT_TIMESTAMP(6)");
    EXPECT_EQ(times.find("i")->form, default_form::literal);
    EXPECT_EQ(times.find("i")->default_text, "'2020-01-01 00:00:00'");
    EXPECT_EQ(times.find("id")->form, default_form::none);
    EXPECT_EQ(table("8.0", "nums").find("j")->form, default_form::literal);
    const table_definition expressions = table("9.7", "exprs");
    for (const char* column : {"a", "b", "c", "d", "e"})
        EXPECT_EQ(expressions.find(column)->form, default_form::expression) << column;
    EXPECT_EQ(expressions.find("a")->default_text, "((1 + 2))");
}

TEST(TableDefinition, KnowsIndexesAndTheirParts)
{
    const table_definition table_f = table("9.7", "func");
    ASSERT_EQ(table_f.indexes.size(), 4U);
    EXPECT_EQ(table_f.indexes[0].kind, table_index::form::primary);
    EXPECT_EQ(table_f.indexes[1].kind, table_index::form::unique);
    EXPECT_EQ(table_f.indexes[1].columns, (std::vector<std::string>{"(lower(`b`))", "a"}));
    EXPECT_EQ(table_f.find_index("F")->columns, (std::vector<std::string>{"((`a` + 1))"}));
    EXPECT_EQ(table("8.0", "strs").find_index("b")->columns, (std::vector<std::string>{"b"}));
    EXPECT_EQ(table("8.0", "strs").find_index("ft")->kind, table_index::form::fulltext);
    EXPECT_EQ(table("5.7", "times").find_index("PRIMARY")->columns[0], "id");
    EXPECT_EQ(table("8.0", "srid").find_index("p")->kind, table_index::form::spatial);
    EXPECT_EQ(table("9.7", "ft").find_index("ng")->kind, table_index::form::fulltext);
}

TEST(TableDefinition, KnowsChecksForeignKeysPartitionsAndDirectories)
{
    EXPECT_EQ(table("8.0", "checks").checks.size(), 3U);
    const table_definition child = table("5.7", "fk");
    ASSERT_EQ(child.foreign_keys.size(), 1U);
    EXPECT_TRUE(child.foreign_keys[0].starts_with("CONSTRAINT `c1` FOREIGN KEY (`p`)"));
    for (const char* version : {"5.7", "8.0", "9.7"}) {
        EXPECT_TRUE(table(version, "parts").partitioning.starts_with("PARTITION BY RANGE"));
        EXPECT_TRUE(table(version, "list_sub").partitioning.starts_with("PARTITION BY LIST"));
        EXPECT_EQ(table(version, "ints").partitioning, "");
        EXPECT_EQ(table(version, "mi").engine, "MyISAM");
        EXPECT_EQ(table(version, "comp").row_format, "compressed");
    }
    EXPECT_TRUE(table("5.7", "dd").directories);
    EXPECT_FALSE(table("5.7", "ints").directories);
}

TEST(TableDefinition, KnowsQuotesCommentsAndLineBreaksInNamesAndTexts)
{
    for (const char* version : {"5.7", "8.0", "9.7"}) {
        const table_definition parsed = table(version, "cmt");
        ASSERT_EQ(parsed.columns.size(), 3U);
        EXPECT_EQ(parsed.columns[0].name, "we`ird, (name");
        EXPECT_EQ(parsed.columns[0].comment, "it's -- a \"comment\" \\ /* x */\nsecond line");
        EXPECT_EQ(parsed.columns[1].name, "ünï");
        EXPECT_EQ(parsed.columns[2].name, "select");
        EXPECT_EQ(parsed.columns[2].comment, "a\rb");
    }
    EXPECT_EQ(table("9.7", "emo").find("a")->comment, "? ok") << "utf8mb3 is what a server keeps";
}

TEST(TableDefinition, SaysWhichPartIsNotUnderstood)
{
    EXPECT_EQ(table("8.0", "ints").other, "");
    EXPECT_EQ(table("8.0", "idxopt").other, "");
    EXPECT_EQ(table("8.0", "sec").other, "SECONDARY_ENGINE=rapid");
    EXPECT_EQ(table("8.0", "tsx").other, "TABLESPACE `innodb_file_per_table`");
    EXPECT_EQ(table("8.0", "colfmt").find("a")->other, "");
    EXPECT_EQ(
        parse_create_table("CREATE TABLE `t` (`a` int /*M!100301 COMPRESSED */)")->other,
        "M!100301 COMPRESSED "
    );
    EXPECT_EQ(
        parse_create_table("CREATE TABLE `t` (`a` int) ENGINE=InnoDB WITH SYSTEM VERSIONING")
            ->other,
        "WITH SYSTEM"
    );
}

TEST(TableDefinition, ReadsACreateTableAsPeopleTypeIt)
{
    const auto typed = parse_create_table(
        "create table if not exists shop.orders (id integer primary key auto_increment, "
        "a character varying(10) character set utf8 unique, b dec, c bool default true, "
        "d int references p(id), e double precision, index (a), check (b > 0)) engine InnoDB, "
        "comment 'x'"
    );
    ASSERT_TRUE(typed);
    ASSERT_EQ(typed->columns.size(), 6U);
    EXPECT_EQ(typed->columns[0].type, "int");
    EXPECT_FALSE(typed->columns[0].nullable);
    EXPECT_TRUE(typed->columns[0].auto_increment);
    EXPECT_EQ(typed->columns[1].type, "varchar");
    EXPECT_EQ(typed->columns[1].charset, "utf8mb3");
    EXPECT_EQ(typed->columns[1].collation, "utf8mb3_general_ci");
    EXPECT_EQ(typed->columns[2].type, "decimal");
    EXPECT_EQ(typed->columns[3].type, "tinyint");
    EXPECT_EQ(typed->columns[5].type, "double");
    EXPECT_EQ(typed->indexes.size(), 3U);
    EXPECT_EQ(typed->checks.size(), 1U);
    EXPECT_EQ(typed->foreign_keys.size(), 1U);
    EXPECT_EQ(typed->engine, "InnoDB");
    EXPECT_EQ(typed->charset, "") << "the database's, which the text does not tell";
}

TEST(TableDefinition, IsNothingForWhatIsNotACreateTable)
{
    for (const char* text :
         {"",
          "CREATE TABLE",
          "CREATE TABLE `t`",
          "CREATE TABLE `t` (",
          "CREATE TABLE `t` (`a`)",
          "CREATE TABLE `t` (`a` int",
          "CREATE TABLE `t` (`a` int, KEY `k` (`a`",
          "CREATE TABLE `t` (`a` int, KEY `k`)",
          "CREATE TABLE `t` (`a` int COMMENT 'x) ENGINE=InnoDB",
          "CREATE TABLE t LIKE u",
          "CREATE TABLE t (LIKE u)",
          "CREATE ALGORITHM=UNDEFINED DEFINER=`root`@`localhost` VIEW `v` AS select 1"})
        EXPECT_FALSE(parse_create_table(text)) << text;
}

TEST(TableDefinition, IsTheSameUpToNameCounterAndConstraintNames)
{
    const std::string original =
        "CREATE TABLE `t` (\n  `id` int NOT NULL AUTO_INCREMENT,\n  `p` int DEFAULT NULL,\n"
        "  PRIMARY KEY (`id`),\n  CONSTRAINT `c1` FOREIGN KEY (`p`) REFERENCES `q` (`id`)\n"
        ") ENGINE=InnoDB AUTO_INCREMENT=77 DEFAULT CHARSET=utf8mb4";
    const std::string ghost =
        "CREATE TABLE `d1`.`_t_new` (\n  `id` int NOT NULL AUTO_INCREMENT,\n  `p` int DEFAULT NULL,"
        "\n  PRIMARY KEY (`id`),\n    CONSTRAINT `_c1` FOREIGN KEY (`p`) REFERENCES `q` (`id`)\n"
        ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4";
    EXPECT_TRUE(same_definition(original, ghost));
    EXPECT_TRUE(same_definition(original, original));
    const auto with = [&ghost](std::string_view from, std::string_view to) {
        std::string text = ghost;
        return text.replace(text.find(from), from.size(), to);
    };
    EXPECT_FALSE(same_definition(original, with("`p` int", "`p` bigint")));
    EXPECT_FALSE(same_definition(original, with("NOT NULL AUTO_INCREMENT", "NOT NULL")));
    EXPECT_FALSE(same_definition(original, with("utf8mb4", "latin1")));
    EXPECT_FALSE(same_definition(original, with("REFERENCES `q`", "REFERENCES `Q`")));
    EXPECT_FALSE(same_definition(original, with("\n  PRIMARY KEY (`id`),", "")));
    EXPECT_FALSE(same_definition(original, ghost + " /*!50100 PARTITION BY KEY () */"));
    EXPECT_FALSE(same_definition(original, ""));
    EXPECT_FALSE(same_definition("", ""));
}

}  // namespace rewrite
