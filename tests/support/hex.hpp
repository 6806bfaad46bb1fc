#pragma once

#include "protocol/bytes.hpp"

#include <cstdlib>
#include <string>

namespace tests {

// Bytes as text, with blanks wherever fields end: "2a000000 0100 6462 00"_hex.
inline protocol::byte_buffer from_hex(std::string_view digits)
{
    protocol::byte_buffer bytes;
    int half = -1;
    for (const char digit : digits) {
        if (digit == ' ' || digit == '\n')
            continue;
        int value = 0;
        if (digit >= '0' && digit <= '9')
            value = digit - '0';
        else if (digit >= 'a' && digit <= 'f')
            value = digit - 'a' + 10;
        else
            std::abort();  // not a hex digit: the test itself is wrong
        if (half < 0) {
            half = value;
        } else {
            bytes.push_back(static_cast<std::uint8_t>(half * 16 + value));
            half = -1;
        }
    }
    if (half >= 0)
        std::abort();  // half a byte
    return bytes;
}

inline std::string to_hex(protocol::byte_view bytes)
{
    std::string text;
    for (const std::uint8_t byte : bytes) {
        text += "0123456789abcdef"[byte >> 4];
        text += "0123456789abcdef"[byte & 0xf];
    }
    return text;
}

inline namespace literals {

inline protocol::byte_buffer operator""_hex(const char* digits, std::size_t size)
{
    return from_hex({digits, size});
}

}  // namespace literals
}  // namespace tests
