#include "rewrite/verdict/session_values.hpp"

#include <gtest/gtest.h>

namespace rewrite {

namespace {

// What its copy computes from the session, of a table with such columns and keys.
std::string found_in(const std::string& elements, const std::string& after = {})
{
    const auto table = parse_create_table(
        "CREATE TABLE `t` (\n  `id` int NOT NULL,\n  `n` int DEFAULT NULL,\n  `dt` datetime "
        "DEFAULT NULL,\n  `ts` timestamp NULL DEFAULT NULL,\n  `v` varchar(40) DEFAULT NULL,\n  "
        "`b` varbinary(40) DEFAULT NULL,\n  `j` json DEFAULT NULL,\n  `dayname` int DEFAULT "
        "NULL,\n  " +
        elements + ",\n  PRIMARY KEY (`id`)\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4" + after
    );
    EXPECT_TRUE(table) << elements;
    return table ? computed_from_session(*table) : std::string();
}

constexpr const char* stored_column = "a stored generated column, `g`,";
constexpr const char* unique_key = "a unique key, `k`,";

std::string stored_as(const std::string& type, const std::string& expression)
{
    return found_in("`g` " + type + " GENERATED ALWAYS AS (" + expression + ") STORED");
}

std::string
virtual_as(const std::string& type, const std::string& expression, const std::string& index)
{
    return found_in("`g` " + type + " GENERATED ALWAYS AS (" + expression + ") VIRTUAL,\n" + index);
}

}  // namespace

TEST(SessionValues, AreWhatAStoredColumnReadsOfTheSession)
{
    for (const char* expression :
         {"hour(`ts`)",
          "from_unixtime(`n`)",
          "convert_tz(`dt`,_utf8mb4'UTC',_utf8mb4'SYSTEM')",
          "date_format(`dt`,_utf8mb4'%M')",
          "monthname(`dt`)",
          "dayname(`dt`)",
          "cast(`v` as datetime)",
          "cast(json_extract(`j`,_utf8mb4'$.at') as date)",
          "(`v` + interval 1 day)"})
        EXPECT_EQ(stored_as("varchar(40)", expression), stored_column) << expression;
    EXPECT_EQ(stored_as("timestamp", "`dt`"), stored_column) << "read in the zone when stored";
    EXPECT_EQ(stored_as("datetime", "json_extract(`j`,_utf8mb4'$.at')"), stored_column);
    EXPECT_EQ(stored_as("datetime", "`b`"), stored_column);
}

TEST(SessionValues, AreTextsThatMayBecomeATime)
{
    for (const char* expression :
         {"year(`v`)",
          "to_days(`b`)",
          "timestampdiff(SECOND,`v`,`dt`)",
          "time_to_sec(json_unquote(json_extract(`j`,_utf8mb4'$.at')))",
          "extract(hour from `v`)",
          "last_day(`b`)",
          "(`v` between `dt` and `dt`)",
          "if((`v` > `dt`),1,0)",
          "cast(`v` as year)",
          "(`v` = DATE'2020-01-01')",
          "json_value(`j`, _utf8mb4'$.at' returning date)",
          "year(_utf8mb4'2020-01-01 00:00:00+05:00')",
          "to_days(concat(`dt`,_utf8mb4'+05:00'))",
          "year(x'323032302D30362D30312030303A30303A30302B30353A3030')"})
        EXPECT_EQ(stored_as("int", expression), stored_column) << expression;
    EXPECT_EQ(found_in("date varchar(9), g int AS (CAST(v AS date) > 0) STORED"), stored_column)
        << "a column that is called like a type";
}

TEST(SessionValues, AreNotWhatIsTheSameInAnySession)
{
    for (const char* expression :
         {"(`n` + 1)",
          "(`dayname` / 3)",
          "hour(`dt`)",
          "week(`dt`,0)",
          "if((hour(`dt`) > 5),_utf8mb4'a',_utf8mb4'b')",
          "cast(`dt` as date)",
          "concat(`v`,_utf8mb4'a / b')",
          "lower(trim(both _utf8mb4'a' from `v`))",
          "(case when regexp_like(`v`,_utf8mb4'a') then substr(`b`,2) else NULL end)",
          "cast(`v` as char(3) charset latin1)",
          "(`v` collate utf8mb4_bin)",
          "if((`ts` is null),`v`,NULL)",
          "if((`ts` is not null),`v`,NULL)",
          "if(isnull(`ts`),`v`,NULL)",
          "json_unquote(json_extract(`j`,_utf8mb4'$.ts'))"})
        EXPECT_EQ(stored_as("varchar(40)", expression), "") << expression;
    EXPECT_EQ(stored_as("datetime", "(`dt` + interval 1 day)"), "");
    EXPECT_EQ(stored_as("datetime", "(`n` + _utf8mb4'1970-01-01 00:00:00')"), "");
    EXPECT_EQ(found_in("`g` int AS (lower(v)) STORED"), "") << "as a person types it";
}

TEST(SessionValues, AreNotWhatIsComputedWhenItIsRead)
{
    EXPECT_EQ(virtual_as("int", "hour(`ts`)", "KEY `k` (`g`)"), "");
    EXPECT_EQ(found_in("KEY `k` ((hour(`ts`)))"), "");
}

TEST(SessionValues, DecideInUniqueKeysWhichRowsTheCopyLoses)
{
    EXPECT_EQ(virtual_as("date", "cast(`ts` as date)", "UNIQUE KEY `k` (`n`,`g`)"), unique_key);
    EXPECT_EQ(found_in("UNIQUE KEY `k` ((cast(`ts` as date)) DESC,`n`)"), unique_key);
    EXPECT_EQ(found_in("UNIQUE KEY `k` ((`n` / 3))"), unique_key) << "div_precision_increment";
    EXPECT_EQ(virtual_as("decimal(9,4)", "(`n` / 3)", "UNIQUE KEY `k` (`g`)"), unique_key);
    EXPECT_EQ(found_in("UNIQUE KEY `k` ((week(`dt`,0)))"), "") << "with its mode";
    EXPECT_EQ(found_in("UNIQUE KEY `k` ((if((`ts` is null),`v`,NULL)))"), "");
    EXPECT_EQ(virtual_as("int", "hour(`dt`)", "UNIQUE KEY `k` (`g`)"), "");
    EXPECT_EQ(found_in("UNIQUE KEY `k` (`ts`,`v`)"), "") << "instants are the same in any zone";
}

TEST(SessionValues, DecideInPartitionsWhichRowsTheCopyTakes)
{
    EXPECT_EQ(
        found_in(
            "`g` int GENERATED ALWAYS AS (hour(`ts`)) VIRTUAL",
            " PARTITION BY LIST (`g`) (PARTITION p VALUES IN (1))"
        ),
        "partitions by `g`"
    );
    EXPECT_EQ(found_in("KEY (`n`)", " PARTITION BY HASH (unix_timestamp(`ts`))"), "");
}

TEST(SessionValues, GoThroughVirtualColumns)
{
    const std::string hour = "`h` int GENERATED ALWAYS AS (hour(`ts`)) VIRTUAL,\n  ";
    EXPECT_EQ(found_in(hour + "`g` int GENERATED ALWAYS AS ((`h` + 1)) STORED"), stored_column);
    EXPECT_EQ(found_in(hour + "`g` int GENERATED ALWAYS AS ((`n` + 1)) STORED"), "");
    EXPECT_EQ(found_in(hour + "`g` int GENERATED ALWAYS AS ((`h` is null)) STORED"), stored_column)
        << "whether it has a value depends on the session, too";
    EXPECT_EQ(found_in(hour + "UNIQUE KEY `k` (((`h` + 1)))"), unique_key);
}

TEST(SessionValues, OfALiteralDependOnItsTypeAndItsOffset)
{
    const auto reads = [](std::string type, std::string literal) {
        return is_read_in_time_zone(
            {.type = std::move(type),
             .form = default_form::literal,
             .default_text = std::move(literal)},
            {}
        );
    };
    EXPECT_TRUE(reads("timestamp", "'2020-01-01 00:00:00'"));
    EXPECT_FALSE(reads("timestamp", "'0000-00-00'"));
    EXPECT_FALSE(reads("timestamp", "0"));
    EXPECT_FALSE(reads("datetime", "'2020-01-01 10:00:00'"));
    EXPECT_TRUE(reads("datetime", "'2020-01-01 10:00:00.5-08:00'"));
    EXPECT_TRUE(reads("time", "'2020-01-01 10:00:00+08:00'"));
    EXPECT_TRUE(reads("time", "'2020-01-01 10:00:00+08:00 '"));
    EXPECT_TRUE(reads("datetime", "'2020-01-01 10:00:00+08:00\\n\\t'"));
    EXPECT_TRUE(reads("datetime", "'2020-01-01 10:00:00.+08:00'"));
    EXPECT_TRUE(reads("datetime", "'2020-01-01 10:00:00\\+0\\8:00'"));
    EXPECT_TRUE(reads("datetime", "'2020-01-01 10:00:00' '+08:00'"));
    EXPECT_TRUE(reads("datetime", "TIMESTAMP'2020-01-01 10:00:00+08:00'"));
    EXPECT_TRUE(reads("datetime", "x'323032302D30362D30312030303A30303A30302B30353A3030'"));
    EXPECT_FALSE(reads("time", "'-08:00'"));
    EXPECT_FALSE(reads("date", "'2020-01-01'"));
    EXPECT_FALSE(reads("varchar", "'2020-01-01 10:00:00+08:00'"));
}

TEST(SessionValues, KnowWhichZonesAreTheSameEverywhere)
{
    EXPECT_TRUE(is_offset("+00:00"));
    EXPECT_TRUE(is_offset("-05:30"));
    EXPECT_FALSE(is_offset("SYSTEM"));
    EXPECT_FALSE(is_offset("UTC"));
    EXPECT_FALSE(is_offset(""));
}

}  // namespace rewrite
