#include "rewrite/transaction/row_damage.hpp"
#include "tests/support/folded_log.hpp"

namespace {

using namespace tests;
using rewrite::migration_state;
using rewrite::row_damage;

constexpr std::uint8_t int_type = 3;
constexpr std::uint8_t date_type = 10;
constexpr std::uint8_t datetime_type = 18;
constexpr std::uint8_t string_type = 254;

// Of a table (id int, v): its TABLE_MAP and a rows event, and where `v` lies in it.
struct two_columns
{
    byte_buffer types;
    byte_buffer metadata;

    event_builder map(std::string_view table = "t") const
    {
        return inner().begin("d1").table_map(1, "d1", table, types, metadata);
    }
};

const two_columns with_enum{{int_type, string_type}, {247, 1}};
const two_columns with_long_enum{{int_type, string_type}, {247, 2}};
const two_columns with_set{{int_type, string_type}, {248, 1}};
const two_columns with_date{{int_type, date_type}, {}};
const two_columns with_datetime{{int_type, datetime_type}, {0}};
const two_columns with_int{{int_type, int_type}, {}};
const two_columns with_float{{int_type, 4}, {4}};
const two_columns with_double{{int_type, 5}, {8}};

byte_buffer image(const byte_buffer& value, bool null = false)
{
    byte_buffer bytes{static_cast<std::uint8_t>(null ? 0xfe : 0xfc), 7, 0, 0, 0};
    if (!null)
        bytes.insert(bytes.end(), value.begin(), value.end());
    return bytes;
}

byte_buffer date(unsigned year, unsigned month, unsigned day)
{
    const unsigned packed = year << 9 | month << 5 | day;
    return {
        static_cast<std::uint8_t>(packed),
        static_cast<std::uint8_t>(packed >> 8),
        static_cast<std::uint8_t>(packed >> 16)
    };
}

byte_buffer datetime(std::uint64_t year, std::uint64_t month, std::uint64_t day)
{
    const std::uint64_t packed = 0x8000000000 + ((year * 13 + month) << 22 | day << 17 | 12345);
    byte_buffer bytes;
    for (unsigned shift = 40; shift != 0; shift -= 8)
        bytes.push_back(static_cast<std::uint8_t>(packed >> (shift - 8)));
    return bytes;
}

std::string found(const two_columns& table, const event_builder& rows)
{
    const auto map_events = table.map().events();
    const auto map = protocol::parse_event(map_events.back(), protocol::checksum::none);
    const row_damage damage(*protocol::parse_table_map(map->body));
    const auto events = rows.events();
    const auto event = protocol::parse_event(events.back(), protocol::checksum::none);
    const auto spoilt = damage.first_in(*event);
    if (!spoilt)
        return {};
    std::string text(spoilt->what);
    for (const std::size_t column : spoilt->columns)
        text += " " + std::to_string(column);
    return text;
}

std::string inserted(const two_columns& table, const byte_buffer& value, bool null = false)
{
    return found(table, inner().write_rows(1, 1, image(value, null)));
}

TEST(RowDamage, IsAnEnumOfIndex0)
{
    const std::string text = "an ENUM of index 0 1";
    EXPECT_EQ(inserted(with_enum, {0}), text);
    EXPECT_EQ(inserted(with_enum, {1}), "");
    EXPECT_EQ(inserted(with_enum, {}, true), "") << "NULL";
    EXPECT_EQ(inserted(with_long_enum, {0, 0}), text);
    EXPECT_EQ(inserted(with_long_enum, {0, 1}), "");
    EXPECT_EQ(inserted(with_set, {0}), "");
    EXPECT_EQ(inserted(with_int, {0, 0, 0, 0}), "");
}

TEST(RowDamage, IsAZeroWithAMinusSign)
{
    const std::string text = "a zero with a minus sign 1";
    EXPECT_EQ(inserted(with_float, {0, 0, 0, 0x80}), text);
    EXPECT_EQ(inserted(with_float, {0, 0, 0, 0}), "");
    EXPECT_EQ(inserted(with_float, {1, 0, 0, 0x80}), "");
    EXPECT_EQ(inserted(with_double, {0, 0, 0, 0, 0, 0, 0, 0x80}), text);
    EXPECT_EQ(inserted(with_double, {0, 0, 0, 0, 0, 0, 0xf0, 0x3f}), "");
}

TEST(RowDamage, IsADateWithAZeroOrImpossiblePart)
{
    const std::string text = "a date with a zero or impossible part 1";
    struct row
    {
        unsigned year, month, day;
        bool odd;
    };
    for (const row& one : std::initializer_list<row>{
             {0, 0, 0, false},  // zeros are copied
             {2020, 2, 29, false},
             {2019, 2, 29, true},
             {1900, 2, 29, true},
             {2000, 2, 29, false},
             {2020, 2, 31, true},
             {2020, 4, 31, true},
             {2020, 12, 31, false},
             {2020, 0, 0, true},
             {2020, 1, 0, true},
             {2020, 0, 1, true},
             {0, 1, 1, false},
             {9999, 12, 31, false},
         }) {
        SCOPED_TRACE(
            std::to_string(one.year) + "-" + std::to_string(one.month) + "-" +
            std::to_string(one.day)
        );
        EXPECT_EQ(inserted(with_date, date(one.year, one.month, one.day)), one.odd ? text : "");
        EXPECT_EQ(
            inserted(with_datetime, datetime(one.year, one.month, one.day)), one.odd ? text : ""
        );
    }
}

TEST(RowDamage, IsInWhatIsWritten)
{
    const auto join = [](byte_buffer a, const byte_buffer& b) {
        a.insert(a.end(), b.begin(), b.end());
        return a;
    };
    const byte_buffer bad = image({0});
    const byte_buffer good = image({1});
    const byte_buffer columns_after{0xff};
    const byte_buffer mended = join(columns_after, join(bad, good));
    const byte_buffer spoilt = join(columns_after, join(good, bad));
    EXPECT_EQ(found(with_enum, inner().update_rows(1, 1, mended)), "");
    EXPECT_EQ(found(with_enum, inner().update_rows(1, 1, spoilt)), "an ENUM of index 0 1");
    EXPECT_EQ(found(with_enum, inner().delete_rows(1, 1, bad)), "");
    EXPECT_NE(found(with_enum, inner().write_rows(1, 1, join(good, bad))), "") << "a later row";
}

event_builder lacking(event_type type, std::uint8_t before, std::uint8_t after)
{
    byte_buffer body;
    protocol::writer to(body);
    to.u48(1).u16(1).u16(2).lenenc(2).u8(before);
    if (type == event_type::update_rows)
        to.u8(after);
    to.u8(0xfe).u32(7).u8(0xfe).u32(8);
    return inner().add(type, body);
}

TEST(RowDamage, IsAnImageThatLacksColumns)
{
    const std::string text = "rows that lack columns (binlog_row_image)";
    EXPECT_EQ(found(with_int, lacking(event_type::write_rows, 1, 0)), text + " 1");
    EXPECT_EQ(found(with_int, lacking(event_type::delete_rows, 2, 0)), text + " 0");
    EXPECT_EQ(found(with_int, lacking(event_type::update_rows, 1, 2)), text + " 1 0");
    EXPECT_EQ(found(with_int, lacking(event_type::update_rows, 3, 2)), text + " 0");
    EXPECT_EQ(found(with_int, lacking(event_type::update_rows, 3, 3)), "");
}

TEST(RowDamage, IsNotSeenInWhatCannotBeRead)
{
    EXPECT_EQ(found(with_enum, inner().write_rows(1, 1, {})), "");
    EXPECT_EQ(found(with_enum, inner().write_rows(1, 1, byte_buffer{0xfc, 7})), "");
    EXPECT_EQ(found(with_enum, inner().xid(7)), "");
}

// ---- in a log

rewrite::facts told_of(std::string_view columns)
{
    rewrite::facts told;
    told.table = {"d1", "t"};
    told.create_table = "CREATE TABLE `t` (\n" + std::string(columns) + "\n) ENGINE=InnoDB";
    return told;
}

struct seen
{
    migration_state state{};
    std::string disturbed_by;
    std::size_t remarks = 0;
};

seen after_an_enum(const rewrite::facts& told, bool keeps)
{
    tool_log log;
    log.gh_ost_begins();
    for (int i = 0; i < 2; ++i)
        log.next()
            .begin()
            .table_map(1, "d1", "t", with_enum.types, with_enum.metadata)
            .write_rows(1, 1, image({0}))
            .xid(7);
    folded_log folded({.rules = {.keep_values = keeps}});
    folded.told = told;
    folded.restart_at_borders = true;
    EXPECT_TRUE(folded.run(log));
    const auto migrations = folded.rewriter().migrations();
    return {
        migrations.back().state,
        migrations.back().disturbed_by,
        folded.remarks_of(rewrite::remark_kind::damaged)
    };
}

TEST(RowDamage, DisturbsUnlessValuesAreKept)
{
    const rewrite::facts plain =
        told_of("  `id` int NOT NULL,\n  `e` enum('a') DEFAULT NULL,\n  PRIMARY KEY (`id`)");
    const seen passed = after_an_enum(plain, false);
    EXPECT_EQ(passed.state, migration_state::disturbed);
    EXPECT_TRUE(passed.disturbed_by.starts_with(
        "gh-ost writes other values: an ENUM of index 0 of d1.t at "
    )) << passed.disturbed_by;
    EXPECT_EQ(passed.remarks, 0U);

    const seen kept = after_an_enum(plain, true);
    EXPECT_EQ(kept.state, migration_state::folding);
    EXPECT_EQ(kept.remarks, 1U) << "said once";

    const seen in_key = after_an_enum(
        told_of("  `id` int NOT NULL,\n  `e` enum('a') NOT NULL,\n  PRIMARY KEY (`id`),\n"
                "  UNIQUE KEY `u` (`e`)"),
        true
    );
    EXPECT_EQ(in_key.state, migration_state::disturbed);
}

TEST(RowDamage, IsOfToolsThatReadTheLog)
{
    tool_log log;
    log.pt_osc_creates().pt_osc_triggers();
    log.next()
        .begin()
        .table_map(1, "d1", "t", with_enum.types, with_enum.metadata)
        .table_map(2, "d1", "_t_new")
        .write_rows(1, 0, image({0}))
        .write_rows(2, 1)
        .xid(7);
    folded_log folded;
    EXPECT_TRUE(folded.run(log));
    EXPECT_EQ(folded.rewriter().migrations().back().state, migration_state::folding);
}

}  // namespace
