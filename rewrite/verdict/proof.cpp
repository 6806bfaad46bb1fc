#include "rewrite/verdict/proof.hpp"

namespace rewrite {

namespace {

constexpr std::uint8_t lenient_bit = 1;
constexpr std::uint8_t counted_bit = 2;
constexpr std::uint8_t renamed_bit = 4;
constexpr std::uint8_t forced_bit = 8;
constexpr std::uint8_t witnessed_bit = 16;
constexpr std::uint8_t all_bits =
    lenient_bit | counted_bit | renamed_bit | forced_bit | witnessed_bit;

}  // namespace

void append_proof(protocol::writer& to, const proof& value)
{
    to.u8(static_cast<std::uint8_t>(
        (value.lenient ? lenient_bit : 0) | (value.counted ? counted_bit : 0) |
        (value.renamed ? renamed_bit : 0) | (value.forced ? forced_bit : 0) |
        (value.witnessed ? witnessed_bit : 0)
    ));
}

proof read_proof(protocol::reader& from)
{
    const std::uint8_t bits = from.u8();
    if ((bits & ~all_bits) != 0)
        from.fail();
    return {
        .lenient = (bits & lenient_bit) != 0,
        .counted = (bits & counted_bit) != 0,
        .renamed = (bits & renamed_bit) != 0,
        .forced = (bits & forced_bit) != 0,
        .witnessed = (bits & witnessed_bit) != 0,
    };
}

}  // namespace rewrite
