#include "rewrite/transaction/row_damage.hpp"

#include <algorithm>
#include <array>

namespace rewrite {
namespace {

using protocol::byte_view;
using protocol::field_type;

std::vector<std::size_t> missing_in(byte_view present, std::size_t width)
{
    std::vector<std::size_t> missing;
    for (std::size_t i = 0; !present.empty() && i < width; ++i) {
        if (!protocol::has_column(present, i))
            missing.push_back(i);
    }
    return missing;
}

std::uint64_t big_endian(byte_view bytes)
{
    std::uint64_t value = 0;
    for (const std::uint8_t byte : bytes)
        value = value << 8 | byte;
    return value;
}

unsigned days_of(std::uint64_t year, unsigned month)
{
    constexpr std::array<unsigned, 12> days{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leaps = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leaps ? 1 : 0);
}

// The date of zeros alone is copied as it is.
bool is_odd_date(std::uint64_t year, unsigned month, unsigned day)
{
    if (year == 0 && month == 0 && day == 0)
        return false;
    return month == 0 || day == 0 || month > 12 || day > days_of(year, month);
}

// Source: sql-common/my_time.cc, my_datetime_packed_from_binary; sql/field.cc, Field_newdate.
bool is_odd_date(field_type type, byte_view bytes)
{
    if (type == field_type::date && bytes.size() == 3) {
        const std::uint32_t packed =
            protocol::load<std::uint16_t>(bytes.data()) | std::uint32_t{bytes[2]} << 16;
        return is_odd_date(packed >> 9, packed >> 5 & 15, packed & 31);
    }
    if (type == field_type::datetime2 && bytes.size() >= 5) {
        const std::uint64_t packed = big_endian(bytes.first(5)) - 0x8000000000;
        const std::uint64_t months = packed >> 22 & 0x1ffff;
        return is_odd_date(
            months / 13,
            static_cast<unsigned>(months % 13),
            static_cast<unsigned>(packed >> 17 & 31)
        );
    }
    return false;
}

// Written as the integer -0, which is 0.
bool is_negative_zero(byte_view bytes)
{
    return !bytes.empty() && bytes.back() == 0x80 &&
           std::ranges::all_of(bytes.first(bytes.size() - 1), [](std::uint8_t byte) {
               return byte == 0;
           });
}

std::string_view objection_to_value(field_type type, byte_view bytes)
{
    if (type == field_type::enumeration)
        return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; })
                   ? "an ENUM of index 0"
                   : "";
    if (type == field_type::float32 || type == field_type::float64)
        return is_negative_zero(bytes) ? "a zero with a minus sign" : "";
    return is_odd_date(type, bytes) ? "a date with a zero or impossible part" : "";
}

bool may_be_odd(const protocol::column_layout& column)
{
    switch (column.type) {
        case field_type::enumeration:
        case field_type::date:
        case field_type::datetime2:
        case field_type::float32:
        case field_type::float64: return true;
        default: return false;
    }
}

}  // namespace

row_damage::row_damage(const protocol::table_map_view& map)
{
    auto layout = protocol::row_layout::of(map);
    if (layout && std::ranges::any_of(layout->columns(), may_be_odd))
        layout_ = *std::move(layout);
}

std::optional<spoilt_row> row_damage::first_in(const protocol::event_view& event) const
{
    const auto rows = protocol::parse_rows(event);
    if (!rows)
        return std::nullopt;
    if (protocol::lacks_columns(*rows)) {
        std::vector<std::size_t> missing = missing_in(rows->columns_before, rows->width);
        for (const std::size_t column : missing_in(rows->columns_after, rows->width))
            missing.push_back(column);
        return spoilt_row{"rows that lack columns (binlog_row_image)", std::move(missing)};
    }
    return first_value(*rows);
}

std::optional<spoilt_row> row_damage::first_value(const protocol::rows_view& rows) const
{
    if (!layout_)
        return std::nullopt;
    const protocol::row_layout& layout = *layout_;
    auto walker = protocol::row_walker::of(layout, rows);
    if (!walker || rows.columns_after.empty())
        return std::nullopt;
    protocol::row_image image;
    for (auto more = walker->next(image); more && *more; more = walker->next(image)) {
        if (!image.after)
            continue;
        for (const protocol::column_value& value : image.columns) {
            if (value.null)
                continue;
            const std::string_view what =
                objection_to_value(layout.columns()[value.column].type, value.bytes);
            if (!what.empty())
                return spoilt_row{what, {value.column}};
        }
    }
    return std::nullopt;
}

}  // namespace rewrite
