#include "protocol/rows_event.hpp"

#include "protocol/reader.hpp"

namespace protocol {
namespace {

// Field types of the optional metadata (Table_map_event::Optional_metadata_field_type).
constexpr std::uint8_t metadata_column_name = 4;

constexpr bool is_version_2(event_type type)
{
    return type >= event_type::write_rows;
}
constexpr bool is_insert(event_type type)
{
    return type == event_type::write_rows_v1 || type == event_type::write_rows;
}
constexpr bool is_delete(event_type type)
{
    return type == event_type::delete_rows_v1 || type == event_type::delete_rows;
}

}  // namespace

result<table_map_view> parse_table_map(byte_view body)
{
    reader in(body);
    table_map_view map;
    map.table_id = in.u48();
    in.skip(2);  // flags: nothing in them says how to read on
    map.schema = in.text(in.u8());
    in.skip(1);  // NUL
    map.table = in.text(in.u8());
    in.skip(1);  // NUL
    map.column_types = in.bytes(in.lenenc());
    map.column_metadata = in.bytes(in.lenenc());
    map.null_bits = in.bytes((map.column_types.size() + 7) / 8);
    map.optional_metadata = in.rest();
    if (!in.ok())
        return tl::unexpected(errc::truncated);
    return map;
}

result<std::vector<std::string_view>> column_names(const table_map_view& map)
{
    std::vector<std::string_view> names;
    reader fields(map.optional_metadata);
    while (fields.remaining() != 0) {
        const std::uint8_t type = fields.u8();
        const byte_view value = fields.bytes(fields.lenenc());
        if (type != metadata_column_name)
            continue;
        reader list(value);
        while (list.remaining() != 0 && names.size() < map.column_types.size())
            names.push_back(list.text_lenenc());
        if (!list.ok())
            return tl::unexpected(errc::truncated);
        if (list.remaining() != 0 || names.size() != map.column_types.size())
            return tl::unexpected(errc::bad_value);
    }
    if (!fields.ok())
        return tl::unexpected(errc::truncated);
    return names;
}

result<rows_view> parse_rows(const event_view& event)
{
    const event_type type = event.header.type;
    if (!is_rows_event(type))
        return tl::unexpected(errc::bad_value);
    const auto head = parse_rows_head(event.body);
    if (!head)
        return tl::unexpected(head.error());
    rows_view rows{.head = *head, .partial = type == event_type::partial_update_rows};
    rows.large = event.large;

    reader in(event.body.subspan(8));
    if (is_version_2(type)) {
        // Extra information of NDB and of partitions, its length's own two bytes included.
        const std::uint16_t extra = in.u16();
        if (in.ok() && extra < 2)
            return tl::unexpected(errc::bad_value);
        in.skip(in.ok() ? extra - 2U : 0U);
    }
    const std::uint64_t width = in.lenenc();
    if (in.ok() && (width == 0 || width > max_table_columns))
        return tl::unexpected(errc::bad_value);
    rows.width = static_cast<std::size_t>(width);
    if (!is_insert(type))
        rows.columns_before = in.bytes((rows.width + 7) / 8);
    if (!is_delete(type))
        rows.columns_after = in.bytes((rows.width + 7) / 8);
    rows.images = in.rest();
    if (!in.ok())
        return tl::unexpected(errc::truncated);
    return rows;
}

bool has_all_columns(byte_view bitmap, std::size_t width)
{
    for (std::size_t column = 0; column < width; ++column) {
        if (!has_column(bitmap, column))
            return false;
    }
    return true;
}

bool lacks_columns(const rows_view& rows)
{
    return (!rows.columns_before.empty() && !has_all_columns(rows.columns_before, rows.width)) ||
           (!rows.columns_after.empty() && !has_all_columns(rows.columns_after, rows.width));
}

}  // namespace protocol
