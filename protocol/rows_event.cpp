#include "protocol/rows_event.hpp"

#include "protocol/reader.hpp"

namespace protocol {
namespace {

// Field types of the optional metadata (Table_map_event::Optional_metadata_field_type).
constexpr std::uint8_t metadata_column_name = 4;

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

}  // namespace protocol
