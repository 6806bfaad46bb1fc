#include "proxy/text.hpp"

#include <fmt/format.h>

namespace proxy {

std::string size_text(std::uint64_t bytes)
{
    if (bytes < 1024)
        return fmt::format("{} bytes", bytes);
    double size = static_cast<double>(bytes);
    const char* unit = "";
    for (const char* larger : {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}) {
        if (size < 1024)
            break;
        size /= 1024;
        unit = larger;
    }
    return fmt::format("{:.1f} {}", size, unit);
}

std::string duration_text(std::int64_t seconds)
{
    constexpr std::int64_t minute = 60;
    constexpr std::int64_t hour = 60 * minute;
    constexpr std::int64_t day = 24 * hour;
    if (seconds < 2 * minute)
        return fmt::format("{} s", seconds);
    if (seconds < 2 * hour)
        return fmt::format("{} min", seconds / minute);
    if (seconds < 2 * day)
        return fmt::format("{} h", seconds / hour);
    return fmt::format("{} days", seconds / day);
}

}  // namespace proxy
