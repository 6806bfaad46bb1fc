#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

// Bytes and how numbers lie in them. A view never owns; whatever returns one says until when it
// holds. MySQL's integers are little endian.
namespace protocol {

using byte_view = std::span<const std::uint8_t>;
using byte_buffer = std::vector<std::uint8_t>;

// The same memory seen as text. The only casts between the two.
inline std::string_view as_text(byte_view bytes)
{
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline byte_view as_bytes(std::string_view text)
{
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// The integer in the first `size` (at most 8) bytes; the caller has checked that they are there.
inline std::uint64_t load_le(byte_view bytes)
{
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        value |= std::uint64_t{bytes[i]} << (8 * i);
    return value;
}

// Fixed-size loads for hot paths: `at` must have sizeof(Integer) bytes.
template <class Integer>
Integer load(const std::uint8_t* at)
{
    static_assert(std::endian::native == std::endian::little);
    Integer value;
    std::memcpy(&value, at, sizeof value);
    return value;
}
template <class Integer>
void store(std::uint8_t* at, Integer value)
{
    static_assert(std::endian::native == std::endian::little);
    std::memcpy(at, &value, sizeof value);
}

inline void store_le(std::span<std::uint8_t> bytes, std::uint64_t value)
{
    for (auto& byte : bytes) {
        byte = static_cast<std::uint8_t>(value);
        value >>= 8;
    }
}

}  // namespace protocol
