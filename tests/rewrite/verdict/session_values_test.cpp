#include "rewrite/verdict/session_values.hpp"

#include <gtest/gtest.h>

namespace rewrite {

namespace {

std::string stored_of(const std::string& columns)
{
    const auto table = parse_create_table(
        "CREATE TABLE `t` (\n  `id` int NOT NULL,\n  `n` int DEFAULT NULL,\n  `dt` datetime "
        "DEFAULT "
        "NULL,\n  `ts` timestamp NULL DEFAULT NULL,\n  `v` varchar(40) DEFAULT NULL,\n  `j` json "
        "DEFAULT NULL,\n  `dayname` int DEFAULT NULL,\n  " +
        columns + ",\n  PRIMARY KEY (`id`)\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"
    );
    EXPECT_TRUE(table) << columns;
    return table ? stored_from_session(*table) : std::string();
}

std::string stored_as(const std::string& type, const std::string& expression)
{
    return stored_of("`g` " + type + " GENERATED ALWAYS AS (" + expression + ") STORED");
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
        EXPECT_EQ(stored_as("varchar(40)", expression), "g") << expression;
    EXPECT_EQ(stored_as("timestamp", "`dt`"), "g") << "read in the zone when it is stored";
    EXPECT_EQ(stored_as("datetime", "json_extract(`j`,_utf8mb4'$.at')"), "g");
}

TEST(SessionValues, AreNotWhatIsTheSameInAnySession)
{
    for (const char* expression :
         {"(`n` + 1)",
          "(`dayname` / 3)",
          "hour(`dt`)",
          "cast(`dt` as date)",
          "concat(`v`,_utf8mb4'a / b')",
          "json_unquote(json_extract(`j`,_utf8mb4'$.ts'))"})
        EXPECT_EQ(stored_as("varchar(40)", expression), "") << expression;
    EXPECT_EQ(stored_as("datetime", "(`dt` + interval 1 day)"), "");
    EXPECT_EQ(stored_of("`g` int GENERATED ALWAYS AS (hour(`ts`)) VIRTUAL"), "")
        << "computed when it is read";
}

TEST(SessionValues, GoThroughVirtualColumns)
{
    const std::string hour = "`h` int GENERATED ALWAYS AS (hour(`ts`)) VIRTUAL,\n  ";
    EXPECT_EQ(stored_of(hour + "`g` int GENERATED ALWAYS AS ((`h` + 1)) STORED"), "g");
    EXPECT_EQ(stored_of(hour + "`g` int GENERATED ALWAYS AS ((`n` + 1)) STORED"), "");
}

TEST(SessionValues, OfALiteralDependOnItsTypeAndItsOffset)
{
    const auto reads = [](std::string type, std::string literal) {
        return is_read_in_time_zone(
            {.type = std::move(type),
             .form = default_form::literal,
             .default_text = std::move(literal)}
        );
    };
    EXPECT_TRUE(reads("timestamp", "'2020-01-01 00:00:00'"));
    EXPECT_FALSE(reads("timestamp", "'0000-00-00'"));
    EXPECT_FALSE(reads("timestamp", "0"));
    EXPECT_FALSE(reads("datetime", "'2020-01-01 10:00:00'"));
    EXPECT_TRUE(reads("datetime", "'2020-01-01 10:00:00.5-08:00'"));
    EXPECT_TRUE(reads("time", "'2020-01-01 10:00:00+08:00'"));
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
