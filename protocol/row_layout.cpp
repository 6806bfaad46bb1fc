#include "protocol/row_layout.hpp"

#include "protocol/reader.hpp"

namespace protocol {
namespace {

// Source for all sizes: libbinlogevents binary_log_funcs.cpp (9.7:
// libs/mysql/binlog/event/binary_log_funcs.cpp), calc_field_size, max_display_length_for_field; for
// the metadata: sql/rpl_utility.cc, read_field_metadata; MariaDB: sql/rpl_utility.cc,
// table_def::table_def, and sql/rpl_utility_server.cc, table_def::calc_field_size.

using result_column = result<column_layout>;

result_column fixed(field_type type, std::size_t size, std::uint32_t metadata = 0)
{
    return column_layout{type, metadata, static_cast<std::uint8_t>(size), 0};
}
result_column counted(field_type type, std::size_t length_bytes, std::uint32_t metadata = 0)
{
    return column_layout{type, metadata, 0, static_cast<std::uint8_t>(length_bytes)};
}
result_column bad()
{
    return tl::unexpected(errc::bad_value);
}

// Nine digits in four bytes, what is left over in fewer. Source: decimal_bin_size.
std::size_t decimal_size(unsigned digits)
{
    constexpr std::uint8_t left_over[] = {0, 1, 1, 2, 2, 3, 3, 4, 4, 4};
    return digits / 9 * 4 + left_over[digits % 9];
}
result_column decimal(unsigned precision, unsigned scale)
{
    if (precision == 0 || precision > 65 || scale > precision)
        return bad();
    return fixed(
        field_type::decimal,
        decimal_size(precision - scale) + decimal_size(scale),
        precision << 8 | scale
    );
}

result_column with_fraction(field_type type, std::size_t whole, std::uint8_t digits)
{
    if (digits > 6)
        return bad();
    return fixed(type, whole + (digits + 1U) / 2, digits);
}

result_column number_of(field_type type, std::size_t size, std::uint8_t metadata)
{
    return metadata == size ? fixed(type, size, metadata) : bad();
}

// CHAR, ENUM and SET are one type in a TABLE_MAP: the first byte of the metadata tells them apart,
// and has two bits of a CHAR's length, turned over. Source: Field_string::do_save_field_metadata.
result_column string(std::uint8_t real, std::uint8_t length)
{
    const auto type = static_cast<field_type>(real);
    const auto metadata = std::uint32_t{real} << 8 | length;
    if (type == field_type::enumeration)
        return length == 1 || length == 2 ? fixed(type, length, metadata) : bad();
    if (type == field_type::set) {
        const bool possible = (length >= 1 && length <= 4) || length == 8;
        return possible ? fixed(type, length, metadata) : bad();
    }
    if (static_cast<field_type>(real | 0x30) != field_type::string)
        return bad();
    const unsigned bytes = ((metadata >> 4 & 0x300) ^ 0x300) + length;
    return counted(field_type::string, bytes > 255 ? 2 : 1, metadata);
}

result_column bits(std::uint8_t left_over, std::uint8_t bytes)
{
    if (left_over > 7 || bytes + (left_over != 0) > 8 || bytes + left_over == 0)
        return bad();
    return fixed(
        field_type::bit, bytes + std::size_t{left_over != 0}, std::uint32_t{bytes} << 8 | left_over
    );
}

result_column text(field_type type, std::uint32_t most_bytes)
{
    return counted(type, most_bytes > 255 ? 2 : 1, most_bytes);
}

result_column blob(field_type type, std::uint8_t length_bytes)
{
    return length_bytes >= 1 && length_bytes <= 4 ? counted(type, length_bytes, length_bytes)
                                                  : bad();
}

// The hidden column of a multi-valued index, logged before 8.0.20 or so: its element's type and
// metadata; its values are JSON. Source: Field_typed_array::do_save_field_metadata.
result_column typed_array(reader& metadata)
{
    switch (static_cast<field_type>(metadata.u8())) {
        case field_type::varchar: metadata.skip(3); break;
        case field_type::decimal: metadata.skip(2); break;
        case field_type::time2:
        case field_type::datetime2: metadata.skip(1); break;
        case field_type::int64:
        case field_type::date:
        case field_type::new_date:
        case field_type::year: break;
        default: return bad();
    }
    return counted(field_type::typed_array, 4);
}

// Types without metadata, and those whose metadata is read in its own way.
result_column column_of(field_type type, reader& metadata)
{
    switch (type) {
        case field_type::null: return fixed(type, 0);
        case field_type::int8:
        case field_type::year: return fixed(type, 1);
        case field_type::int16: return fixed(type, 2);
        case field_type::int24:
        case field_type::date:
        case field_type::new_date:
        case field_type::time: return fixed(type, 3);
        case field_type::int32:
        case field_type::timestamp: return fixed(type, 4);
        case field_type::int64:
        case field_type::datetime: return fixed(type, 8);
        case field_type::float32: return number_of(type, 4, metadata.u8());
        case field_type::float64: return number_of(type, 8, metadata.u8());
        case field_type::time2: return with_fraction(type, 3, metadata.u8());
        case field_type::timestamp2: return with_fraction(type, 4, metadata.u8());
        case field_type::datetime2: return with_fraction(type, 5, metadata.u8());
        case field_type::varchar:
        case field_type::var_string:
        case field_type::varchar_compressed: return text(type, metadata.u16());
        case field_type::tiny_blob:
        case field_type::medium_blob:
        case field_type::long_blob:
        case field_type::blob:
        case field_type::blob_compressed:
        case field_type::geometry:
        case field_type::vector:
        case field_type::json: return blob(type, metadata.u8());
        case field_type::typed_array: return typed_array(metadata);
        default: break;
    }
    const std::uint8_t first = metadata.u8();
    switch (type) {
        case field_type::decimal: return decimal(first, metadata.u8());
        case field_type::bit: return bits(first, metadata.u8());
        case field_type::enumeration:
        case field_type::set:
        case field_type::string: return string(first, metadata.u8());
        default: return tl::unexpected(errc::unsupported);
    }
}

void add_to(image_layout& image, const column_layout& column)
{
    // A run ends with its counted value.
    if (image.runs.empty() || image.runs.back().length_bytes != 0)
        image.runs.emplace_back();
    image.runs.back().fixed += column.fixed;
    image.runs.back().length_bytes = column.length_bytes;
}

}  // namespace

result<row_layout> row_layout::of(const table_map_view& map)
{
    if (map.column_types.size() > max_table_columns)
        return tl::unexpected(errc::bad_value);
    row_layout layout;
    layout.columns_.reserve(map.column_types.size());
    reader metadata(map.column_metadata);
    for (const std::uint8_t type : map.column_types) {
        const auto column = column_of(static_cast<field_type>(type), metadata);
        if (!metadata.ok())
            return tl::unexpected(errc::truncated);
        if (!column)
            return tl::unexpected(column.error());
        layout.json_columns_ += column->type == field_type::json;
        layout.whole_.columns.push_back(static_cast<std::uint16_t>(layout.columns_.size()));
        layout.columns_.push_back(*column);
        add_to(layout.whole_, *column);
    }
    if (metadata.remaining() != 0)
        return tl::unexpected(errc::bad_value);
    return layout;
}

image_layout row_layout::image(byte_view present) const
{
    image_layout image;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        if (!has_column(present, i))
            continue;
        image.columns.push_back(static_cast<std::uint16_t>(i));
        add_to(image, columns_[i]);
    }
    return image;
}

}  // namespace protocol
