#pragma once

#include "protocol/event.hpp"

// TABLE_MAP and the head of rows events; rows themselves stay bytes.
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

// Column names, where the source logs binlog_row_metadata=FULL; else empty.
result<std::vector<std::string_view>> column_names(const table_map_view& map);

struct rows_head
{
    std::uint64_t table_id = 0;
    std::uint16_t flags = 0;
};
constexpr std::uint16_t rows_end_of_statement = 0x1;
// Offset of the flags in a whole rows event.
constexpr std::size_t rows_flags_offset = event_header_size + 6;
result<rows_head> parse_rows_head(byte_view body);

}  // namespace protocol
