#pragma once

#include "protocol/event.hpp"

// TABLE_MAP and the head of rows events; rows themselves stay bytes (row_image.hpp walks them).
// Source: libbinlogevents rows_event.h.
namespace protocol {

struct table_map_view
{
    std::uint64_t table_id = 0;
    std::string_view schema;
    std::string_view table;
    byte_view column_types;  // one byte a column
    byte_view column_metadata;
    byte_view null_bits;
    byte_view optional_metadata;  // binlog_row_metadata
};
result<table_map_view> parse_table_map(byte_view body);

// Column names, where the source logs binlog_row_metadata=FULL; else empty. bad_value: their number
// is not that of the columns.
result<std::vector<std::string_view>> column_names(const table_map_view& map);

struct rows_head
{
    std::uint64_t table_id = 0;
    std::uint16_t flags = 0;
};
constexpr std::uint16_t rows_end_of_statement = 0x1;
// Offset of the flags in a whole rows event.
constexpr std::size_t rows_flags_offset = event_header_size + 6;
// Inline: asked of every rows event while something is hidden.
inline result<rows_head> parse_rows_head(byte_view body)
{
    if (body.size() < 8)
        return tl::unexpected(errc::truncated);
    return rows_head{
        .table_id = load<std::uint32_t>(body.data()) |
                    std::uint64_t{load<std::uint16_t>(body.data() + 4)} << 32,
        .flags = load<std::uint16_t>(body.data() + 6),
    };
}

// A rows event taken apart down to its images; views into the event. Source: rows_event.cpp,
// Rows_event::Rows_event.
struct rows_view
{
    rows_head head;
    std::size_t width = 0;  // columns of the table
    // Which columns the images of a row as it was, and as it became, have: a bit each, of the
    // lowest column first. DELETE has the first only, INSERT the second only.
    byte_view columns_before;
    byte_view columns_after;
    bool partial = false;  // PARTIAL_UPDATE_ROWS: after images begin with value options
    byte_view images;
    const large_bytes* large = nullptr;  // as in event_view
};
// bad_value: no rows event, no columns or too many.
result<rows_view> parse_rows(const event_view& event);

// The server's own limit (MAX_FIELDS; Rows_event::max_fields).
constexpr std::size_t max_table_columns = 4096;

// Columns in a bitmap of `width` of them; what pads its last byte means nothing.
inline bool has_column(byte_view bitmap, std::size_t column)
{
    return (bitmap[column / 8] >> (column % 8) & 1) != 0;
}
bool has_all_columns(byte_view bitmap, std::size_t width);
// Whether an image has not all columns of its table: binlog_row_image MINIMAL or NOBLOB.
bool lacks_columns(const rows_view& rows);

}  // namespace protocol
