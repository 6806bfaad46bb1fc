#include "rewrite/verdict/block_bound.hpp"

#include <array>
#include <string_view>

namespace rewrite {

namespace {

// "12.4 GiB", rounded down.
std::string size_text(std::uint64_t bytes)
{
    constexpr std::array<std::string_view, 4> units{" KiB", " MiB", " GiB", " TiB"};
    constexpr std::uint64_t step = 1024;
    if (bytes < step)
        return std::to_string(bytes) + " bytes";
    std::size_t unit = 0;
    std::uint64_t size = bytes;
    for (; size >= step * step && unit + 1 < units.size(); ++unit)
        size /= step;
    const std::uint64_t tenths = (size % step) * 10 / step;
    return std::to_string(size / step) + "." + std::to_string(tenths) + std::string(units[unit]);
}

}  // namespace

bool blocks(cost price)
{
    return price == cost::in_place || price == cost::rebuild;
}

std::string
objection_to_blocking(cost price, std::optional<std::uint64_t> bytes, const block_bound& bound)
{
    const bool counts = bound.only_rebuilds ? price == cost::rebuild : blocks(price);
    // 0 is "pass": a table of no bytes as well.
    const bool fits = !bound.largest || (*bound.largest != 0 && bytes && *bytes <= *bound.largest);
    if (!counts || fits)
        return {};
    std::string text =
        price == cost::rebuild ? "rebuilds the table" : "reads all rows of the table";
    text += " at a replica, whose applier waits for it; the table has ";
    text += bytes ? size_text(*bytes) : "a size that is not known";
    return text + ", and " + bound.setting;
}

}  // namespace rewrite
