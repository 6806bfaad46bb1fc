#pragma once

#include <cstddef>
#include <cstdint>

namespace protocol {

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
    switch (type) {
        case 6: return {binary_form::fixed, 0};        // NULL
        case 1: return {binary_form::fixed, 1, true};  // TINY
        case 2:
        case 13: return {binary_form::fixed, 2, true};  // SHORT, YEAR
        case 3:
        case 9: return {binary_form::fixed, 4, true};  // LONG, INT24
        case 8: return {binary_form::fixed, 8, true};  // LONGLONG
        case 4: return {binary_form::fixed, 4};        // FLOAT
        case 5: return {binary_form::fixed, 8};        // DOUBLE
        case 7:
        case 10:
        case 11:
        case 12: return {binary_form::length_first};  // TIMESTAMP, DATE, TIME, DATETIME
        case 0:
        case 15:
        case 16:
        case 245:
        case 246:
        case 247:
        case 248:
        case 249:
        case 250:
        case 251:
        case 252:
        case 253:
        case 254:
        case 255: return {binary_form::text};
        default: return {};
    }
}

}  // namespace protocol
