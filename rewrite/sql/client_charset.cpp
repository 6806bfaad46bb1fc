#include "rewrite/sql/client_charset.hpp"

#include <algorithm>
#include <array>

namespace rewrite {

namespace {

constexpr std::array<std::uint16_t, 32> cp1252_controls{
    0x20ac, 0x81,   0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x8d,   0x017d, 0x8f,   0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d,   0x017e, 0x0178,
};

void append_utf8(std::string& out, std::uint16_t c)
{
    if (c < 0x80) {
        out += static_cast<char>(c);
    } else if (c < 0x800) {
        out += static_cast<char>(0xc0 | (c >> 6));
        out += static_cast<char>(0x80 | (c & 0x3f));
    } else {
        out += static_cast<char>(0xe0 | (c >> 12));
        out += static_cast<char>(0x80 | ((c >> 6) & 0x3f));
        out += static_cast<char>(0x80 | (c & 0x3f));
    }
}

}  // namespace

charset_family family_of(std::uint16_t collation)
{
    // MariaDB: a NO PAD collation is 1024 + its PAD sister; the UCA-14.0.0 ones begin at 2048,
    // utf8mb3's and utf8mb4's first.
    if (collation >= 2048)
        return collation < 2560 ? charset_family::utf8 : charset_family::other;
    const unsigned id = collation & 1023U;

    switch (id) {
        case 28:
        case 87: return charset_family::gbk;
        case 13:
        case 88:
        case 95:
        case 96: return charset_family::sjis;
        case 1:
        case 84: return charset_family::big5;
        case 248:
        case 249:
        case 250: return charset_family::gb18030;
        case 5:
        case 8:
        case 15:
        case 31:
        case 47:
        case 48:
        case 49:
        case 94: return charset_family::latin1;
        case 11:  // ascii
        case 65:
        case 63:  // binary
        case 33:  // utf8mb3
        case 76:
        case 83:
        case 45:  // utf8mb4
        case 46: return charset_family::utf8;
        default: break;
    }
    const bool utf8mb3 = (id >= 192 && id <= 215) || id == 223 || (id >= 576 && id <= 607);
    const bool utf8mb4 =
        (id >= 224 && id <= 247) || (id >= 255 && id <= 323) || (id >= 608 && id <= 639);
    return utf8mb3 || utf8mb4 ? charset_family::utf8 : charset_family::other;
}

std::size_t size_of_character(std::string_view text, charset_family family)
{
    if (text.size() < 2)
        return 1;
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = at(0);
    const unsigned char trail = at(1);

    switch (family) {
        case charset_family::gbk:
            return between(lead, 0x81, 0xfe) &&
                           (between(trail, 0x40, 0x7e) || between(trail, 0x80, 0xfe))
                       ? 2
                       : 1;
        case charset_family::sjis:
            return (between(lead, 0x81, 0x9f) || between(lead, 0xe0, 0xfc)) &&
                           (between(trail, 0x40, 0x7e) || between(trail, 0x80, 0xfc))
                       ? 2
                       : 1;
        case charset_family::big5:
            return between(lead, 0xa1, 0xf9) &&
                           (between(trail, 0x40, 0x7e) || between(trail, 0xa1, 0xfe))
                       ? 2
                       : 1;
        case charset_family::gb18030:
            if (!between(lead, 0x81, 0xfe))
                return 1;
            if (between(trail, 0x40, 0x7e) || between(trail, 0x80, 0xfe))
                return 2;
            return text.size() >= 4 && between(trail, 0x30, 0x39) && between(at(2), 0x81, 0xfe) &&
                           between(at(3), 0x30, 0x39)
                       ? 4
                       : 1;
        case charset_family::utf8:
        case charset_family::latin1:
        case charset_family::other: return 1;  // no byte of theirs looks like ASCII
    }
    return 1;
}

bool has_ascii_trails(charset_family family)
{
    return family == charset_family::gbk || family == charset_family::sjis ||
           family == charset_family::big5 || family == charset_family::gb18030;
}

std::string utf8_of_latin1(std::string_view text)
{
    std::string converted;
    for (const char c : text) {
        const auto code = static_cast<unsigned char>(c);
        append_utf8(converted, between(code, 0x80, 0x9f) ? cp1252_controls[code - 0x80U] : code);
    }
    return converted;
}

std::optional<std::string> latin1_of_utf8(std::string_view text)
{
    std::string converted;
    for (std::size_t i = 0; i < text.size();) {
        // The table is small and names are short: the byte whose UTF-8 is here.
        std::size_t size = 0;
        for (unsigned code = 0; code < 256 && size == 0; ++code) {
            const char c = static_cast<char>(code);
            const std::string utf8 = utf8_of_latin1({&c, 1});
            if (text.substr(i).starts_with(utf8)) {
                converted += c;
                size = utf8.size();
            }
        }
        if (size == 0)
            return std::nullopt;
        i += size;
    }
    return converted;
}

}  // namespace rewrite
