#pragma once

#include "protocol/bytes.hpp"

namespace protocol {

constexpr std::size_t lenenc_size(std::uint64_t value)
{
    return value < 0xfb ? 1 : value <= 0xffff ? 3 : value <= 0xffffff ? 4 : 9;
}
constexpr std::size_t varint_size(std::uint64_t value)
{
    const auto bits = static_cast<std::size_t>(std::bit_width(value | 1));
    return bits > 56 ? 9 : (bits + 6) / 7;
}

// Appends wire values to a buffer that the caller owns and that outlives the writer.
class writer
{
public:
    explicit writer(byte_buffer& out) : out_(out) {}

    writer& u8(std::uint8_t value) { return integer(value, 1); }
    writer& u16(std::uint16_t value) { return integer(value, 2); }
    writer& u24(std::uint32_t value) { return integer(value, 3); }
    writer& u32(std::uint32_t value) { return integer(value, 4); }
    writer& u48(std::uint64_t value) { return integer(value, 6); }
    writer& u64(std::uint64_t value) { return integer(value, 8); }
    writer& lenenc(std::uint64_t value)
    {
        if (value < 0xfb)
            return integer(value, 1);
        if (value <= 0xffff)
            return integer(0xfc, 1).integer(value, 2);
        if (value <= 0xffffff)
            return integer(0xfd, 1).integer(value, 3);
        return integer(0xfe, 1).integer(value, 8);
    }
    // Integer of mysql::serialization, see reader::varint(). `size` may be larger than needed.
    writer& varint(std::uint64_t value) { return varint(value, varint_size(value)); }
    writer& varint(std::uint64_t value, std::size_t size)
    {
        if (size > 8)
            return integer(0xff, 1).integer(value, 8);
        const std::uint64_t ones = (std::uint64_t{1} << (size - 1)) - 1;
        return integer(value << size | ones, size);
    }
    writer& bytes(byte_view value)
    {
        out_.insert(out_.end(), value.begin(), value.end());
        return *this;
    }
    writer& text(std::string_view value) { return bytes(as_bytes(value)); }
    writer& text_lenenc(std::string_view value) { return lenenc(value.size()).text(value); }
    writer& text_nul(std::string_view value) { return text(value).u8(0); }
    writer& zeros(std::size_t count)
    {
        out_.insert(out_.end(), count, 0);
        return *this;
    }

private:
    writer& integer(std::uint64_t value, std::size_t size)
    {
        for (std::size_t i = 0; i < size; ++i)
            out_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
        return *this;
    }

    byte_buffer& out_;
};

}  // namespace protocol
