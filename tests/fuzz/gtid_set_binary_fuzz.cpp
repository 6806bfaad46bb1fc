#include "protocol/gtid_set.hpp"

#include <algorithm>
#include <cstdlib>

// Two sets, the first one's size in front: both are written back, and their algebra agrees.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace protocol;
    if (size < 2)
        return 0;
    const byte_view both = byte_view(data, size).subspan(2);
    const std::size_t cut = std::min<std::size_t>(load<std::uint16_t>(data), both.size());
    const auto left = parse_gtid_set_binary(both.first(cut));
    if (!left)
        return 0;
    byte_buffer written;
    append_gtid_set_binary(written, *left);
    if (parse_gtid_set_binary(written) != *left || parse_gtid_set(to_text(*left)) != *left)
        std::abort();

    const auto right = parse_gtid_set_binary(both.subspan(cut));
    if (!right)
        return 0;
    gtid_set sum = *left;
    sum.add(*right);
    gtid_set difference = *left;
    difference.subtract(*right);
    gtid_set common = *left;
    common.subtract(difference);
    gtid_set again = difference;
    again.add(common);
    if (!sum.contains(*left) || !sum.contains(*right) || !left->contains(common) ||
        !right->contains(common) || again != *left ||
        sum.count() != difference.count() + right->count() ||
        left->contains(*right) != (common == *right))
        std::abort();
    return 0;
}
