#include "protocol/rows_event.hpp"
#include "tests/support/files.hpp"
#include "tests/support/hex.hpp"
#include "tests/support/prefixes.hpp"

namespace {

using namespace protocol;
using namespace tests::literals;

TEST(RowsEvent, TableMapIsReadFieldByField)
{
    const auto body = "7a0000000001 0100 02 6431 00 01 74 00 03 030ff5 03 500004 06 0101 00"_hex;
    const auto map = parse_table_map(body);
    ASSERT_TRUE(map);
    EXPECT_EQ(map->table_id, 0x01000000007aU);
    EXPECT_EQ(map->schema, "d1");
    EXPECT_EQ(map->table, "t");
    EXPECT_EQ(tests::to_hex(map->column_types), "030ff5");
    EXPECT_EQ(tests::to_hex(map->column_metadata), "500004");
    EXPECT_EQ(tests::to_hex(map->null_bits), "06");
    EXPECT_EQ(tests::to_hex(map->optional_metadata), "010100");
}

TEST(RowsEvent, TableMapMayHaveNoOptionalMetadataButNothingBeforeItMayBeMissing)
{
    tests::expect_every_shorter_prefix_refused(
        "7a0000000000 0100 02 6431 00 01 74 00 03 030ff5 03 500004 06"_hex, parse_table_map
    );
}

TEST(RowsEvent, TableMapWithAHugeColumnCountIsRefused)
{
    EXPECT_FALSE(parse_table_map("7a0000000000 0100 01 64 00 01 74 00 feffffffffffffffff 03"_hex));
}

TEST(RowsEvent, HeadIsTableAndFlagsInEveryVersion)
{
    const auto head = parse_rows_head("7a0000000001 1100 0200 03 ff"_hex);
    ASSERT_TRUE(head);
    EXPECT_EQ(head->table_id, 0x01000000007aU);
    EXPECT_EQ(head->flags, 0x11);
    tests::expect_every_shorter_prefix_refused("7a0000000001 1100"_hex, parse_rows_head);
}

TEST(RowsEvent, ColumnNamesComeFromFullMetadataOnly)
{
    const auto file = tests::golden("ptosc-mysql97-371-fullmeta-norowsquery.in.binlog");
    bool seen = false;
    for (const event_view& event : tests::events_of(file)) {
        if (event.header.type != event_type::table_map)
            continue;
        const auto map = parse_table_map(event.body);
        ASSERT_TRUE(map);
        const auto names = column_names(*map);
        ASSERT_TRUE(names);
        ASSERT_EQ(names->size(), map->column_types.size());
        EXPECT_EQ(names->front(), "id");
        seen = true;
    }
    EXPECT_TRUE(seen);

    const byte_buffer body = "7a0000000000 0100 01 64 00 01 74 00 01 03 00 00 010100"_hex;
    const auto plain = parse_table_map(body);
    ASSERT_TRUE(plain);
    EXPECT_TRUE(column_names(*plain)->empty());
}

TEST(RowsEvent, ColumnNamesMustBeAsManyAsColumns)
{
    const auto names_in = [](std::string_view metadata) {
        const byte_buffer types = {3, 3};
        const byte_buffer fields = tests::from_hex(metadata);
        table_map_view map;
        map.column_types = types;
        map.optional_metadata = fields;
        const auto names = column_names(map);
        return names ? std::optional(names->size()) : std::nullopt;
    };
    EXPECT_EQ(names_in("04 04 0161 0162"), 2U);
    EXPECT_EQ(names_in("04 02 0161"), std::nullopt);
    EXPECT_EQ(names_in("04 06 0161 0162 0163"), std::nullopt);
    EXPECT_EQ(names_in("04 04 0161 0262"), std::nullopt);
    EXPECT_EQ(names_in("04 05 0161 0162"), std::nullopt);
}

event_view rows_event(event_type type, byte_view body)
{
    return {.header = {.type = type}, .body = body};
}

TEST(RowsEvent, InsertsHaveAnImageAfterDeletesOneBeforeUpdatesBoth)
{
    const auto read = [](event_type type, std::string_view body) {
        const byte_buffer bytes = tests::from_hex("7a0000000001 0100 " + std::string(body));
        const auto rows = parse_rows(rows_event(type, bytes));
        if (!rows)
            return std::string("refused");
        EXPECT_EQ(rows->head.table_id, 0x01000000007aU);
        EXPECT_EQ(rows->head.flags, rows_end_of_statement);
        return std::to_string(rows->width) + " " + tests::to_hex(rows->columns_before) + " " +
               tests::to_hex(rows->columns_after) + " " + tests::to_hex(rows->images) +
               (rows->partial ? " partial" : "");
    };
    EXPECT_EQ(read(event_type::write_rows_v1, "03 ff aabb"), "3  ff aabb");
    EXPECT_EQ(read(event_type::delete_rows_v1, "03 ff aabb"), "3 ff  aabb");
    EXPECT_EQ(read(event_type::update_rows_v1, "03 ff 01 aabb"), "3 ff 01 aabb");
    EXPECT_EQ(read(event_type::write_rows, "0200 09 ff01 aabb"), "9  ff01 aabb");
    EXPECT_EQ(read(event_type::delete_rows, "0200 08 ff aabb"), "8 ff  aabb");
    EXPECT_EQ(read(event_type::update_rows, "0200 03 ff 01"), "3 ff 01 ");
    EXPECT_EQ(read(event_type::partial_update_rows, "0200 03 ff 01 aa"), "3 ff 01 aa partial");
    // Extra information: a partition; its length counts itself.
    EXPECT_EQ(read(event_type::write_rows, "0500 010200 03 ff aabb"), "3  ff aabb");
    EXPECT_EQ(read(event_type::write_rows, "0100 03 ff aabb"), "refused");
    EXPECT_EQ(read(event_type::write_rows, "0200 00 ff aabb"), "refused");
    EXPECT_EQ(read(event_type::write_rows, "0200 fcffff ff aabb"), "refused");
    EXPECT_EQ(read(event_type::write_rows, "0200 feffffffffffffffff ff"), "refused");
    EXPECT_EQ(read(event_type::table_map, "0200 03 ff aabb"), "refused");
}

TEST(RowsEvent, RowsEventsEndBehindTheirColumnsAtTheEarliest)
{
    for (const event_type type : {event_type::write_rows, event_type::delete_rows}) {
        tests::expect_every_shorter_prefix_refused(
            "7a0000000001 1100 0500 010200 09 ff01"_hex,
            [&](byte_view body) { return parse_rows(rows_event(type, body)); }
        );
    }
    tests::expect_every_shorter_prefix_refused(
        "7a0000000001 1100 0200 09 ff01 ff01"_hex,
        [](byte_view body) { return parse_rows(rows_event(event_type::update_rows, body)); }
    );
    tests::expect_every_shorter_prefix_refused(
        "7a0000000001 1100 09 ff01 ff01"_hex,
        [](byte_view body) { return parse_rows(rows_event(event_type::update_rows_v1, body)); }
    );
}

TEST(RowsEvent, AnImageLacksColumnsIfABitOfOneIsNotSet)
{
    const auto lacks = [](std::size_t width, const byte_buffer& before, const byte_buffer& after) {
        return lacks_columns({.width = width, .columns_before = before, .columns_after = after});
    };
    EXPECT_FALSE(lacks(8, "ff"_hex, {}));
    EXPECT_FALSE(lacks(9, {}, "ff01"_hex));
    EXPECT_FALSE(lacks(9, "ff01"_hex, "ffff"_hex));
    EXPECT_TRUE(lacks(9, "ff00"_hex, {}));
    EXPECT_TRUE(lacks(9, "fffe"_hex, {}));
    EXPECT_TRUE(lacks(3, {}, "05"_hex));
    EXPECT_TRUE(lacks(3, "07"_hex, "06"_hex));
    EXPECT_TRUE(lacks(3, "03"_hex, "07"_hex));
}

}  // namespace
