#include "proxy/text.hpp"

#include <fmt/format.h>

namespace proxy {

namespace {

constexpr char c1_lead = '\xc2';  // of U+0080 to U+009F

bool is_control(char byte)
{
    const auto value = static_cast<unsigned char>(byte);
    return value < 0x20 || value == 0x7f;
}

bool is_c1(char byte)
{
    const auto value = static_cast<unsigned char>(byte);
    return value >= 0x80 && value < 0xa0;
}

std::string with_controls_shown(std::string_view text, std::string_view kept)
{
    std::string shown;
    shown.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool c1 = text[i] == c1_lead && i + 1 < text.size() && is_c1(text[i + 1]);
        if (!c1 && (!is_control(text[i]) || kept.find(text[i]) != kept.npos)) {
            shown += text[i];
            continue;
        }
        for (const char byte : text.substr(i, c1 ? 2 : 1))
            shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
        i += c1 ? 1 : 0;
    }
    return shown;
}

}  // namespace

std::string one_line(std::string_view text)
{
    return with_controls_shown(text, "");
}

std::string shortened(std::string_view text, std::size_t most_bytes)
{
    if (text.size() <= most_bytes)
        return std::string(text);
    const auto is_inside = [&](std::size_t at) {  // a character, as UTF-8 writes it
        return (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80;
    };
    while (most_bytes > 0 && is_inside(most_bytes))
        --most_bytes;
    return std::string(text.substr(0, most_bytes)) + "...";
}

std::string printable(std::string_view text)
{
    return with_controls_shown(text, "\n\t");
}

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
