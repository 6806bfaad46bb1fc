#include "protocol/row_layout.hpp"
#include "tests/support/hex.hpp"

#include <gtest/gtest.h>
#include <initializer_list>

namespace {

using namespace protocol;
using namespace tests::literals;

result<row_layout> layout_of(std::string_view types, std::string_view metadata)
{
    const byte_buffer type_bytes = tests::from_hex(types);
    const byte_buffer metadata_bytes = tests::from_hex(metadata);
    table_map_view map;
    map.column_types = type_bytes;
    map.column_metadata = metadata_bytes;
    return row_layout::of(map);
}

struct expected_column
{
    std::string_view type;
    std::string_view metadata;
    field_type real;
    int fixed;
    int length_bytes;
    std::uint32_t read_metadata = 0;
};

void expect_columns(std::initializer_list<expected_column> all)
{
    for (const expected_column& one : all) {
        SCOPED_TRACE(std::string(one.type) + " " + std::string(one.metadata));
        const auto layout = layout_of(one.type, one.metadata);
        ASSERT_TRUE(layout);
        ASSERT_EQ(layout->columns().size(), 1U);
        const column_layout& column = layout->columns().front();
        EXPECT_EQ(column.type, one.real);
        EXPECT_EQ(int{column.fixed}, one.fixed);
        EXPECT_EQ(int{column.length_bytes}, one.length_bytes);
        EXPECT_EQ(column.metadata, one.read_metadata);
    }
}

TEST(RowLayout, NumbersAreOfAFixedSize)
{
    expect_columns({
        {"01", "", field_type::int8, 1, 0},
        {"02", "", field_type::int16, 2, 0},
        {"09", "", field_type::int24, 3, 0},
        {"03", "", field_type::int32, 4, 0},
        {"08", "", field_type::int64, 8, 0},
        {"04", "04", field_type::float32, 4, 0, 4},
        {"05", "08", field_type::float64, 8, 0, 8},
        {"06", "", field_type::null, 0, 0},
        {"10", "0100", field_type::bit, 1, 0, 0x0001},  // BIT(1)
        {"10", "0001", field_type::bit, 1, 0, 0x0100},  // BIT(8)
        {"10", "0101", field_type::bit, 2, 0, 0x0101},  // BIT(9)
        {"10", "0707", field_type::bit, 8, 0, 0x0707},  // BIT(63)
        {"10", "0008", field_type::bit, 8, 0, 0x0800},  // BIT(64)
    });
}

TEST(RowLayout, DecimalsArePackedNineDigitsInFourBytes)
{
    expect_columns({
        {"f6", "0100", field_type::decimal, 1, 0, 0x0100},
        {"f6", "0a00", field_type::decimal, 5, 0, 0x0a00},
        {"f6", "0a02", field_type::decimal, 5, 0, 0x0a02},
        {"f6", "0909", field_type::decimal, 4, 0, 0x0909},
        {"f6", "120e", field_type::decimal, 9, 0, 0x120e},   // (18,14): 2 + 7
        {"f6", "4100", field_type::decimal, 29, 0, 0x4100},  // (65,0)
        {"f6", "411e", field_type::decimal, 30, 0, 0x411e},  // (65,30): 16 + 14
    });
}

TEST(RowLayout, TimesTakeHalfAByteADigitOfTheirFraction)
{
    expect_columns({
        {"0d", "", field_type::year, 1, 0},
        {"0a", "", field_type::date, 3, 0},
        {"0e", "", field_type::new_date, 3, 0},
        {"0b", "", field_type::time, 3, 0},
        {"07", "", field_type::timestamp, 4, 0},
        {"0c", "", field_type::datetime, 8, 0},
        {"13", "00", field_type::time2, 3, 0, 0},
        {"13", "01", field_type::time2, 4, 0, 1},
        {"13", "02", field_type::time2, 4, 0, 2},
        {"13", "03", field_type::time2, 5, 0, 3},
        {"13", "06", field_type::time2, 6, 0, 6},
        {"11", "00", field_type::timestamp2, 4, 0, 0},
        {"11", "05", field_type::timestamp2, 7, 0, 5},
        {"11", "06", field_type::timestamp2, 7, 0, 6},
        {"12", "00", field_type::datetime2, 5, 0, 0},
        {"12", "04", field_type::datetime2, 7, 0, 4},
        {"12", "06", field_type::datetime2, 8, 0, 6},
    });
}

TEST(RowLayout, TextComesBehindItsLength)
{
    expect_columns({
        {"0f", "0000", field_type::varchar, 0, 1, 0},
        {"0f", "ff00", field_type::varchar, 0, 1, 255},
        {"0f", "0001", field_type::varchar, 0, 2, 256},
        {"0f", "ffff", field_type::varchar, 0, 2, 65535},
        {"fd", "0a00", field_type::var_string, 0, 1, 10},
        {"8d", "0a01", field_type::varchar_compressed, 0, 2, 266},
        {"fe", "fe00", field_type::string, 0, 1, 0xfe00},  // CHAR(0)
        {"fe", "feff", field_type::string, 0, 1, 0xfeff},  // CHAR of 255 bytes
        {"fe", "ee00", field_type::string, 0, 2, 0xee00},  // 256
        {"fe", "ee2c", field_type::string, 0, 2, 0xee2c},  // 300
        {"fe", "cefc", field_type::string, 0, 2, 0xcefc},  // 1020: CHAR(255) of utf8mb4
    });
}

TEST(RowLayout, EnumAndSetAreStringsUntilOneLooksAtTheirMetadata)
{
    expect_columns({
        {"fe", "f701", field_type::enumeration, 1, 0, 0xf701},
        {"fe", "f702", field_type::enumeration, 2, 0, 0xf702},
        {"fe", "f801", field_type::set, 1, 0, 0xf801},
        {"fe", "f803", field_type::set, 3, 0, 0xf803},
        {"fe", "f808", field_type::set, 8, 0, 0xf808},
        {"f7", "f701", field_type::enumeration, 1, 0, 0xf701},
        {"f8", "f804", field_type::set, 4, 0, 0xf804},
    });
}

TEST(RowLayout, LongValuesSayInTheirMetadataHowLongTheirLengthIs)
{
    expect_columns({
        {"fc", "01", field_type::blob, 0, 1, 1},
        {"fc", "02", field_type::blob, 0, 2, 2},
        {"fc", "03", field_type::blob, 0, 3, 3},
        {"fc", "04", field_type::blob, 0, 4, 4},
        {"f9", "01", field_type::tiny_blob, 0, 1, 1},
        {"fa", "03", field_type::medium_blob, 0, 3, 3},
        {"fb", "04", field_type::long_blob, 0, 4, 4},
        {"8c", "02", field_type::blob_compressed, 0, 2, 2},
        {"ff", "04", field_type::geometry, 0, 4, 4},
        {"f5", "04", field_type::json, 0, 4, 4},
        {"f2", "04", field_type::vector, 0, 4, 4},
    });
}

TEST(RowLayout, ATypedArrayHasTheMetadataOfItsElements)
{
    expect_columns({
        {"14", "08", field_type::typed_array, 0, 4},
        {"14", "0f 000100", field_type::typed_array, 0, 4},
        {"14", "f6 0a02", field_type::typed_array, 0, 4},
        {"14", "12 06", field_type::typed_array, 0, 4},
    });
    const auto between = layout_of("03 14 0f", "0f 000100 2c01");
    ASSERT_TRUE(between);
    EXPECT_EQ(between->columns()[2].metadata, 300U);
    EXPECT_EQ(layout_of("14", "14 08").error(), errc::bad_value);
}

TEST(RowLayout, MetadataIsOfItsTypeOrRefused)
{
    for (const auto& [type, metadata] :
         std::initializer_list<std::pair<std::string_view, std::string_view>>{
             {"04", "08"},   {"05", "04"},   {"10", "0800"}, {"10", "0108"},   {"10", "0000"},
             {"f6", "0000"}, {"f6", "4200"}, {"f6", "0506"}, {"13", "07"},     {"11", "07"},
             {"12", "07"},   {"fe", "f700"}, {"fe", "f703"}, {"fe", "f800"},   {"fe", "f805"},
             {"fe", "f809"}, {"fe", "0f0a"}, {"fe", "000a"}, {"fc", "00"},     {"fc", "05"},
             {"f5", "00"},   {"ff", "09"},   {"03", "00"},   {"0f", "0a0000"},
         }) {
        const auto layout = layout_of(type, metadata);
        ASSERT_FALSE(layout) << type << " " << metadata;
        EXPECT_EQ(layout.error(), errc::bad_value) << type << " " << metadata;
    }
}

TEST(RowLayout, MetadataThatEndsTooEarlyIsRefused)
{
    const byte_buffer types = "03 0f f6 fe 13 fc 10 14"_hex;
    const byte_buffer whole = "0a00 0a02 f701 06 02 0101 0f000100"_hex;
    table_map_view map;
    map.column_types = types;
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        const byte_buffer metadata(whole.begin(), whole.begin() + std::ptrdiff_t(size));
        map.column_metadata = metadata;
        EXPECT_EQ(row_layout::of(map).has_value(), size == whole.size()) << size;
    }
}

TEST(RowLayout, TypesNobodyWritesAreUnsupported)
{
    for (int type = 0; type < 256; ++type) {
        const byte_buffer types = {static_cast<std::uint8_t>(type)};
        const byte_buffer metadata = "010101010101"_hex;
        table_map_view map;
        map.column_types = types;
        map.column_metadata = metadata;
        const auto layout = row_layout::of(map);
        const bool unknown = type == 0 || (type > 20 && type < 242 && type != 140 && type != 141) ||
                             type == 243 || type == 244;
        ASSERT_FALSE(layout);  // too much metadata, at the least
        EXPECT_EQ(layout.error() == errc::unsupported, unknown) << type;
    }
}

TEST(RowLayout, ATableOfMoreColumnsThanServersHaveIsRefused)
{
    table_map_view map;
    const byte_buffer types(max_table_columns + 1, 3);
    map.column_types = byte_view(types).first(max_table_columns);
    EXPECT_TRUE(row_layout::of(map));
    map.column_types = types;
    EXPECT_EQ(row_layout::of(map).error(), errc::bad_value);
}

TEST(RowLayout, FixedColumnsAreOneStep)
{
    const auto layout = layout_of("03 08 0f 01 02 fc fc 03 f5", "0a00 02 03 04");
    ASSERT_TRUE(layout);
    const auto runs_of = [](const image_layout& image) {
        std::vector<std::pair<int, int>> runs;
        for (const auto& run : image.runs)
            runs.emplace_back(run.fixed, run.length_bytes);
        return runs;
    };
    using steps = std::vector<std::pair<int, int>>;
    EXPECT_EQ(runs_of(layout->whole()), (steps{{12, 1}, {3, 2}, {0, 3}, {4, 4}}));
    EXPECT_EQ(layout->whole().columns.size(), 9U);
    EXPECT_EQ(layout->whole().null_bytes(), 2U);
    EXPECT_EQ(layout->json_columns(), 1U);

    const image_layout some = layout->image("8b01"_hex);  // 0, 1, 3, 7, 8
    EXPECT_EQ(runs_of(some), (steps{{17, 4}}));
    EXPECT_EQ(some.columns, (std::vector<std::uint16_t>{0, 1, 3, 7, 8}));
    EXPECT_EQ(some.null_bytes(), 1U);
    EXPECT_TRUE(layout->image("0000"_hex).columns.empty());
}

}  // namespace
