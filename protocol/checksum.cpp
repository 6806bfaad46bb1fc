#include "protocol/checksum.hpp"

#include <libdeflate.h>

namespace protocol {

std::uint32_t crc32(byte_view bytes, std::uint32_t seed)
{
    return libdeflate_crc32(seed, bytes.data(), bytes.size());
}

bool checksum_is_right(byte_view event, const large_bytes* of)
{
    if (event.size() < 4)
        return false;
    const byte_view covered = event.first(event.size() - 4);
    std::uint32_t sum = 0;
    in_pieces(covered, of, [&](byte_view piece) {
        sum = crc32(piece, sum);
        return true;
    });
    return sum == load<std::uint32_t>(event.data() + covered.size());
}

void seal(std::span<std::uint8_t> event, checksum kind)
{
    if (kind == checksum::none || event.size() < 4)
        return;
    const std::span<std::uint8_t> covered = event.first(event.size() - 4);
    store(event.data() + covered.size(), crc32(covered));
}

}  // namespace protocol
