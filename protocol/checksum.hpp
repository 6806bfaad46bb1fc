#pragma once

#include "protocol/large_bytes.hpp"

// The CRC-32 at the end of binlog events (binlog_checksum = CRC32).
namespace protocol {

// binlog_checksum as FORMAT_DESCRIPTION says it (enum_binlog_checksum_alg in the server).
enum class checksum : std::uint8_t {
    none = 0,
    crc32 = 1,
};

constexpr std::size_t checksum_size(checksum kind)
{
    return kind == checksum::crc32 ? 4 : 0;
}

std::uint32_t crc32(byte_view bytes, std::uint32_t seed = 0);

// Whether the last four bytes are the CRC-32 of those before them. `of`: see in_pieces().
bool checksum_is_right(byte_view event, const large_bytes* of = nullptr);

// Writes the CRC-32 of all but the last four bytes into the last four; nothing without checksums.
void seal(std::span<std::uint8_t> event, checksum kind);

}  // namespace protocol
