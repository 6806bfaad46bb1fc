#pragma once

#include "protocol/bytes.hpp"

#include <algorithm>

namespace protocol {

// Reads wire values one after another. A read past the end gives zero or an empty view and makes
// the reader fail for good, so a parser reads straight down and asks ok() once, at its end.
// Views point into the bytes given to the constructor.
class reader
{
public:
    explicit reader(byte_view bytes) : rest_(bytes) {}

    std::uint8_t u8() { return static_cast<std::uint8_t>(integer(1)); }
    std::uint16_t u16() { return static_cast<std::uint16_t>(integer(2)); }
    std::uint32_t u24() { return static_cast<std::uint32_t>(integer(3)); }
    std::uint32_t u32() { return static_cast<std::uint32_t>(integer(4)); }
    std::uint64_t u48() { return integer(6); }
    std::uint64_t u64() { return integer(8); }

    // Length-encoded integer: 1, 3, 4 or 9 bytes. 0xfb (NULL) and 0xff are failures.
    std::uint64_t lenenc()
    {
        const std::uint8_t first = u8();
        switch (first) {
            case 0xfc: return integer(2);
            case 0xfd: return integer(3);
            case 0xfe: return integer(8);
            case 0xfb:
            case 0xff: fail(); return 0;
            default: return first;
        }
    }

    // Integer of mysql::serialization (tagged GTIDs): as many bytes as the first one has trailing
    // ones, and one; 0xff promises eight more. The value lies above the first zero bit.
    std::uint64_t varint()
    {
        const std::uint8_t first = u8();
        const int size = std::countr_one(first) + 1;
        if (size == 1)  // most of them
            return first >> 1;
        if (size > 8)
            return integer(8);
        return integer(static_cast<std::size_t>(size - 1)) << (8 - size) |
               std::uint64_t{first} >> size;
    }

    byte_view bytes(std::uint64_t size)
    {
        if (size > rest_.size()) {
            fail();
            return {};
        }
        const byte_view taken = rest_.first(static_cast<std::size_t>(size));
        rest_ = rest_.subspan(static_cast<std::size_t>(size));
        return taken;
    }
    std::string_view text(std::uint64_t size) { return as_text(bytes(size)); }
    std::string_view text_lenenc() { return text(lenenc()); }
    // Up to the next NUL, which is taken too; without one the reader fails.
    std::string_view text_nul()
    {
        const auto end = std::ranges::find(rest_, std::uint8_t{0});
        if (end == rest_.end()) {
            fail();
            return {};
        }
        const std::string_view taken = text(static_cast<std::uint64_t>(end - rest_.begin()));
        skip(1);
        return taken;
    }

    void skip(std::uint64_t size) { bytes(size); }
    byte_view rest() { return bytes(rest_.size()); }
    std::size_t remaining() const { return rest_.size(); }
    bool ok() const { return ok_; }
    void fail()
    {
        ok_ = false;
        rest_ = {};
    }

private:
    // Not by way of bytes(): with the size known at the load, the compiler makes one of it.
    std::uint64_t integer(std::size_t size)
    {
        if (size > rest_.size()) {
            fail();
            return 0;
        }
        const std::uint64_t value = load_le(rest_.first(size));
        rest_ = rest_.subspan(size);
        return value;
    }

    byte_view rest_;
    bool ok_ = true;
};

}  // namespace protocol
