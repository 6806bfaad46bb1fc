#pragma once

#include <cstddef>
#include <cstdint>

namespace protocol {

// Types of columns in TABLE_MAP and in result sets. Source: include/field_types.h,
// enum_field_types; MariaDB's two: its include/mysql_com.h.
enum class field_type : std::uint8_t {
    old_decimal = 0,
    int8 = 1,
    int16 = 2,
    int32 = 3,
    float32 = 4,
    float64 = 5,
    null = 6,
    timestamp = 7,
    int64 = 8,
    int24 = 9,
    date = 10,
    time = 11,
    datetime = 12,
    year = 13,
    new_date = 14,
    varchar = 15,
    bit = 16,
    timestamp2 = 17,
    datetime2 = 18,
    time2 = 19,
    typed_array = 20,  // of a multi-valued index
    blob_compressed = 140,
    varchar_compressed = 141,
    vector = 242,
    json = 245,
    decimal = 246,
    enumeration = 247,
    set = 248,
    tiny_blob = 249,
    medium_blob = 250,
    long_blob = 251,
    blob = 252,
    var_string = 253,
    string = 254,
    geometry = 255,
};

// How a value of a type lies in the binary protocol (enum_field_types, include/field_types.h).
enum class binary_form : std::uint8_t {
    fixed,         // `size` bytes
    length_first,  // one byte says how many follow: date and time
    text,          // length-encoded: decimals, text, JSON, blobs
    unknown,
};
struct binary_value
{
    binary_form form = binary_form::unknown;
    std::size_t size = 0;
    bool integer = false;  // little endian
};

constexpr binary_value binary_value_of(std::uint8_t type)
{
    switch (static_cast<field_type>(type)) {
        case field_type::null: return {binary_form::fixed, 0};
        case field_type::int8: return {binary_form::fixed, 1, true};
        case field_type::int16:
        case field_type::year: return {binary_form::fixed, 2, true};
        case field_type::int32:
        case field_type::int24: return {binary_form::fixed, 4, true};
        case field_type::int64: return {binary_form::fixed, 8, true};
        case field_type::float32: return {binary_form::fixed, 4};
        case field_type::float64: return {binary_form::fixed, 8};
        case field_type::timestamp:
        case field_type::date:
        case field_type::time:
        case field_type::datetime: return {binary_form::length_first};
        case field_type::old_decimal:
        case field_type::varchar:
        case field_type::bit:
        case field_type::json:
        case field_type::decimal:
        case field_type::enumeration:
        case field_type::set:
        case field_type::tiny_blob:
        case field_type::medium_blob:
        case field_type::long_blob:
        case field_type::blob:
        case field_type::var_string:
        case field_type::string:
        case field_type::geometry: return {binary_form::text};
        default: return {};
    }
}

}  // namespace protocol
