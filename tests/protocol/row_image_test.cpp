#include "protocol/row_image.hpp"
#include "protocol/writer.hpp"
#include "tests/support/hex.hpp"
#include "tests/support/large_memory.hpp"

#include <gtest/gtest.h>
#include <initializer_list>
#include <map>

namespace {

using namespace protocol;
using namespace tests::literals;

row_layout table_of(std::string_view types, std::string_view metadata = {})
{
    const byte_buffer type_bytes = tests::from_hex(types);
    const byte_buffer metadata_bytes = tests::from_hex(metadata);
    table_map_view map;
    map.column_types = type_bytes;
    map.column_metadata = metadata_bytes;
    return *row_layout::of(map);
}

enum class rows_kind : std::uint8_t { insert, update, remove, partial };

// A rows event by its kind, the columns its images have, and its images.
struct rows_of
{
    rows_of(rows_kind what, std::size_t width, byte_buffer present, byte_buffer images)
        : rows_of(what, width, present, present, std::move(images))
    {}
    rows_of(
        rows_kind what,
        std::size_t width,
        byte_buffer present_before,
        byte_buffer present_after,
        byte_buffer image_bytes
    )
        : before(std::move(present_before))
        , after(std::move(present_after))
        , images(std::move(image_bytes))
    {
        view.width = width;
        if (what != rows_kind::insert)
            view.columns_before = before;
        if (what != rows_kind::remove)
            view.columns_after = after;
        view.partial = what == rows_kind::partial;
        view.images = images;
    }
    rows_of(const rows_of&) = delete;
    rows_of& operator=(const rows_of&) = delete;

    byte_buffer before;
    byte_buffer after;
    byte_buffer images;
    rows_view view;
};

// "after 0=0a000000 2=null 3~00" : a column's place and bytes, ~ for a diff; "error" if it is one.
std::string walked(const row_layout& layout, const rows_view& rows)
{
    auto walker = row_walker::of(layout, rows);
    if (!walker)
        return "refused";
    std::string text;
    row_image image;
    for (;;) {
        const auto more = walker->next(image);
        if (!more) {
            EXPECT_FALSE(walker->next(image));  // for good
            return text + "error";
        }
        if (!*more)
            return text;
        text += image.after ? "after" : "before";
        for (const column_value& value : image.columns) {
            text += " " + std::to_string(value.column) + (value.json_diff ? "~" : "=");
            text += value.null ? "null" : tests::to_hex(value.bytes);
            EXPECT_FALSE(value.null && !value.bytes.empty());
        }
        text += "; ";
    }
}

// What count_rows must say: that many, or nothing, for each length of the images.
void expect_counts(
    const row_layout& layout, const rows_of& event, const std::map<std::size_t, std::uint64_t>& at
)
{
    for (std::size_t size = 0; size <= event.images.size(); ++size) {
        // A copy of its own, so that a sanitizer sees a read past the end.
        const byte_buffer prefix(event.images.begin(), event.images.begin() + std::ptrdiff_t(size));
        rows_view rows = event.view;
        rows.images = prefix;
        const auto count = count_rows(layout, rows);
        const auto expected = at.find(size);
        EXPECT_EQ(count.has_value(), expected != at.end()) << size;
        if (count && expected != at.end())
            EXPECT_EQ(*count, expected->second) << size;
        if (!count)
            EXPECT_EQ(count.error(), errc::truncated) << size;
        EXPECT_EQ(walked(layout, rows).ends_with("error"), !count) << size;
    }
}

struct value_case
{
    std::string_view type;
    std::string_view metadata;
    std::string_view in_image;
    std::string_view bytes;
};

TEST(RowImage, EveryTypeIsWalkedAndEveryShorterPrefixRefused)
{
    for (const value_case& one : std::initializer_list<value_case>{
             {"01", "", "7f", "7f"},
             {"02", "", "0102", "0102"},
             {"09", "", "010203", "010203"},
             {"03", "", "01020304", "01020304"},
             {"08", "", "0102030405060708", "0102030405060708"},
             {"04", "04", "0000803f", "0000803f"},
             {"05", "08", "000000000000f03f", "000000000000f03f"},
             {"f6", "0a02", "800001002d", "800001002d"},
             {"10", "0101", "01ff", "01ff"},
             {"0d", "", "7e", "7e"},
             {"0a", "", "21ce0f", "21ce0f"},
             {"0e", "", "21ce0f", "21ce0f"},
             {"0b", "", "010203", "010203"},
             {"07", "", "01020304", "01020304"},
             {"0c", "", "0102030405060708", "0102030405060708"},
             {"13", "03", "8000000000", "8000000000"},
             {"11", "06", "65535e00000001", "65535e00000001"},
             {"12", "00", "99b2c30000", "99b2c30000"},
             {"0f", "0a00", "03 616263", "616263"},
             {"0f", "0a00", "00", ""},
             {"0f", "2c01", "0300 616263", "616263"},
             {"fd", "2c01", "0300 616263", "616263"},
             {"8d", "2c01", "0300 016263", "016263"},
             {"fe", "fe0a", "02 6162", "6162"},
             {"fe", "ee2c", "0200 6162", "6162"},
             {"fe", "f701", "00", "00"},  // an ENUM that is ''
             {"fe", "f702", "0102", "0102"},
             {"fe", "f808", "0102030405060708", "0102030405060708"},
             {"fc", "01", "02 6162", "6162"},
             {"fc", "02", "0200 6162", "6162"},
             {"fc", "03", "020000 6162", "6162"},
             {"fc", "04", "02000000 6162", "6162"},
             {"8c", "02", "0200 6162", "6162"},
             {"f5", "04", "02000000 0401", "0401"},
             {"ff", "04", "03000000 e61000", "e61000"},
             {"f2", "04", "04000000 0000803f", "0000803f"},
             {"14", "08", "02000000 0401", "0401"},
         }) {
        SCOPED_TRACE(std::string(one.type) + " " + std::string(one.metadata));
        const row_layout layout = table_of(one.type, one.metadata);
        const rows_of event(
            rows_kind::insert, 1, "01"_hex, tests::from_hex("00" + std::string(one.in_image))
        );
        EXPECT_EQ(walked(layout, event.view), "after 0=" + std::string(one.bytes) + "; ");
        expect_counts(layout, event, {{0, 0}, {event.images.size(), 1}});

        const rows_of null(rows_kind::insert, 1, "01"_hex, "ff ff"_hex);
        EXPECT_EQ(walked(layout, null.view), "after 0=null; after 0=null; ");
        EXPECT_EQ(count_rows(layout, null.view), 2U);
    }
}

// INT, VARCHAR(10), BIGINT, BLOB, ENUM, and so on: 10 columns, so that null bits take two bytes.
const row_layout& ten_columns()
{
    static const row_layout layout =
        table_of("03 0f 08 fc fe 01 f6 f5 12 02", "0a00 02 f701 0a02 04 00");
    return layout;
}
constexpr std::string_view ten_values =
    "01000000 026162 0200000000000000 0300616263 01 05 800001002d "
    "0100000004 99b2c30000 0600 ";

TEST(RowImage, RowsFollowEachOtherToTheLastByte)
{
    const std::string row = "00fc" + std::string(ten_values);  // the bits that pad are set
    const rows_of event(rows_kind::insert, 10, "ffff"_hex, tests::from_hex(row + row));
    const std::size_t size = tests::from_hex(row).size();
    expect_counts(ten_columns(), event, {{0, 0}, {size, 1}, {2 * size, 2}});
    const std::string image = "after 0=01000000 1=6162 2=0200000000000000 3=616263 4=01 5=05 "
                              "6=800001002d 7=04 8=99b2c30000 9=0600; ";
    EXPECT_EQ(walked(ten_columns(), event.view), image + image);
}

TEST(RowImage, ANullTakesNoBytes)
{
    // 1, 3 and 8 are NULL, then all, then none.
    const std::string some = "0afd 01000000 0200000000000000 01 05 800001002d 0100000004 0600 ";
    const std::string none = "00fc" + std::string(ten_values);
    const rows_of event(rows_kind::remove, 10, "ff03"_hex, tests::from_hex(some + "ffff" + none));
    const std::size_t first = tests::from_hex(some).size();
    const std::size_t third = tests::from_hex(none).size();
    expect_counts(
        ten_columns(), event, {{0, 0}, {first, 1}, {first + 2, 2}, {first + 2 + third, 3}}
    );
    EXPECT_EQ(
        walked(ten_columns(), event.view),
        "before 0=01000000 1=null 2=0200000000000000 3=null 4=01 5=05 6=800001002d 7=04 8=null "
        "9=0600; "
        "before 0=null 1=null 2=null 3=null 4=null 5=null 6=null 7=null 8=null 9=null; "
        "before 0=01000000 1=6162 2=0200000000000000 3=616263 4=01 5=05 6=800001002d 7=04 "
        "8=99b2c30000 9=0600; "
    );
}

TEST(RowImage, AnUpdateIsAPairOfImages)
{
    const row_layout layout = table_of("03 0f", "0a00");
    const rows_of event(
        rows_kind::update,
        2,
        "03"_hex,
        "00 01000000 0161  00 01000000 0162  02 02000000  00 02000000 0163"_hex
    );
    expect_counts(layout, event, {{0, 0}, {14, 1}, {26, 2}});
    EXPECT_EQ(
        walked(layout, event.view),
        "before 0=01000000 1=61; after 0=01000000 1=62; before 0=02000000 1=null; "
        "after 0=02000000 1=63; "
    );
    EXPECT_FALSE(lacks_columns(event.view));
}

TEST(RowImage, MinimalImagesHaveTheirOwnColumnsEach)
{
    // The key before; what changed after: 3 is NULL, 4 is not.
    const rows_of event(
        rows_kind::update,
        10,
        "0100"_hex,
        "1800"_hex,
        "fe 01000000 fd 02  fe 02000000 fc 0100 7a 00"_hex
    );
    expect_counts(ten_columns(), event, {{0, 0}, {7, 1}, {17, 2}});
    EXPECT_EQ(
        walked(ten_columns(), event.view),
        "before 0=01000000; after 3=null 4=02; before 0=02000000; after 3=7a 4=00; "
    );
    EXPECT_TRUE(lacks_columns(event.view));
}

TEST(RowImage, OneImageMayLackColumnsTheOtherHas)
{
    // NOBLOB: 3 and 7 are not there before.
    const std::string before =
        "00 01000000 026162 0200000000000000 01 05 800001002d 99b2c30000 0600 ";
    const rows_of event(
        rows_kind::update,
        10,
        "7703"_hex,
        "ffff"_hex,
        tests::from_hex(before + "00fc" + std::string(ten_values))
    );
    EXPECT_EQ(count_rows(ten_columns(), event.view), 1U);
    EXPECT_TRUE(lacks_columns(event.view));
    EXPECT_EQ(
        walked(ten_columns(), event.view),
        "before 0=01000000 1=6162 2=0200000000000000 4=01 5=05 6=800001002d 8=99b2c30000 9=0600; "
        "after 0=01000000 1=6162 2=0200000000000000 3=616263 4=01 5=05 6=800001002d 7=04 "
        "8=99b2c30000 9=0600; "
    );
}

TEST(RowImage, RowsWithoutAColumnCannotBeCountedButForTheOneWithoutAnImage)
{
    const row_layout layout = table_of("03 03");
    for (const rows_kind what : {rows_kind::insert, rows_kind::update, rows_kind::remove}) {
        for (const byte_buffer& images : {byte_buffer{}, "00"_hex}) {
            const rows_of event(what, 2, "fc"_hex, images);
            const auto count = count_rows(layout, event.view);
            if (what == rows_kind::insert && images.empty()) {
                EXPECT_EQ(count, 1U);
                EXPECT_EQ(walked(layout, event.view), "after; ");
                continue;
            }
            ASSERT_FALSE(count);
            EXPECT_EQ(count.error(), errc::unsupported);
            EXPECT_EQ(walked(layout, event.view), "refused");
        }
    }
    // One of a pair may have none.
    const rows_of event(rows_kind::update, 2, "00"_hex, "01"_hex, "fe 01000000 ff"_hex);
    EXPECT_EQ(count_rows(layout, event.view), 2U);
    EXPECT_EQ(walked(layout, event.view), "before; after 0=01000000; before; after 0=null; ");
    const rows_of other(rows_kind::update, 2, "01"_hex, "00"_hex, "fe 01000000 ff"_hex);
    EXPECT_EQ(count_rows(layout, other.view), 2U);
    EXPECT_EQ(walked(layout, other.view), "before 0=01000000; after; before 0=null; after; ");
}

TEST(RowImage, APartialUpdateSaysWhichJsonIsADiff)
{
    // JSON, INT, JSON, JSON: the bitmap of diffs has a bit for each JSON, there or not.
    const row_layout layout = table_of("f5 03 f5 f5", "04 04 04");
    const rows_of event(
        rows_kind::partial,
        4,
        "02"_hex,
        "0e"_hex,
        "fe 01000000  01 04  00 02000000 01000000aa 02000000bbcc"  // the third of them
        "fe 01000000  00     02 02000000 0300000004aabb"_hex       // none, and the first is NULL
    );
    expect_counts(layout, event, {{0, 0}, {23, 1}, {41, 2}});
    EXPECT_EQ(
        walked(layout, event.view),
        "before 1=01000000; after 1=02000000 2=aa 3~bbcc; "
        "before 1=01000000; after 1=02000000 2=null 3=04aabb; "
    );
}

TEST(RowImage, ValueOptionsNobodyKnowsAreUnsupported)
{
    const row_layout layout = table_of("f5", "04");
    for (const byte_buffer& images :
         {"00 0100000004 02 00 0100000004"_hex, "00 0100000004 fc0101 00 00 0100000004"_hex}) {
        const rows_of event(rows_kind::partial, 1, "01"_hex, images);
        const auto count = count_rows(layout, event.view);
        ASSERT_FALSE(count);
        EXPECT_EQ(count.error(), errc::unsupported);
    }
    const rows_of wide(
        rows_kind::partial, 1, "01"_hex, "00 0100000004 fc0100 00 00 0100000004"_hex
    );
    EXPECT_EQ(count_rows(layout, wide.view), 1U);
}

TEST(RowImage, ALengthBeyondTheEventIsRefused)
{
    const row_layout layout = table_of("fc 03", "04");
    const rows_of event(rows_kind::insert, 2, "03"_hex, "00 ffffffff 00 01000000"_hex);
    const auto count = count_rows(layout, event.view);
    ASSERT_FALSE(count);
    EXPECT_EQ(count.error(), errc::truncated);
}

TEST(RowImage, AnotherTablesRowsAreRefused)
{
    const rows_of event(rows_kind::insert, 3, "07"_hex, "00 01000000 01000000 01000000"_hex);
    const auto count = count_rows(table_of("03 03"), event.view);
    ASSERT_FALSE(count);
    EXPECT_EQ(count.error(), errc::bad_value);
}

TEST(RowImage, LargeRowsLeaveMemoryAsTheyArePassed)
{
    // 3 rows of 3 MiB, and 20,000 of 1 KiB.
    const row_layout layout = table_of("fc", "04");
    for (const auto& [rows_to_write, size] :
         {std::pair<std::size_t, std::size_t>{3, 3U << 20}, {20'000, 1024}}) {
        auto memory = std::make_shared<tests::large_memory>();
        for (std::size_t i = 0; i < rows_to_write; ++i) {
            writer(memory->bytes).u8(0).u32(static_cast<std::uint32_t>(size)).zeros(size);
        }
        const byte_buffer present = {1};
        rows_view rows{.width = 1, .columns_after = present, .images = memory->view()};
        rows.large = memory.get();
        EXPECT_EQ(count_rows(layout, rows), rows_to_write);
        EXPECT_GE(memory->pieces, 1);
        EXPECT_LE(memory->pieces, static_cast<int>(memory->bytes.size() / large_piece_size));
    }
}

}  // namespace
