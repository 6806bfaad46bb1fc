#include "rewrite/sql/table_name.hpp"

#include <array>
#include <cstddef>

namespace rewrite {

namespace {

// Upper to lower case as utf8mb3_general_ci has it, for the scripts that have case. `step` 1: each
// code point of the range moves by `distance`; 2: every second one, from the first, moves by 1.
struct case_range
{
    char32_t first;
    char32_t last;
    int distance;
    int step;
};

constexpr std::array case_ranges{
    case_range{0x41, 0x5a, 32, 1},      // Latin
    case_range{0xc0, 0xd6, 32, 1},      // Latin-1
    case_range{0xd8, 0xde, 32, 1},      //
    case_range{0x100, 0x12e, 1, 2},     // Latin Extended-A
    case_range{0x130, 0x130, -199, 1},  // dotted I becomes i
    case_range{0x132, 0x136, 1, 2},     //
    case_range{0x139, 0x147, 1, 2},     //
    case_range{0x14a, 0x176, 1, 2},     //
    case_range{0x178, 0x178, -121, 1},  //
    case_range{0x179, 0x17d, 1, 2},     //
    case_range{0x386, 0x386, 38, 1},    // Greek
    case_range{0x388, 0x38a, 37, 1},    //
    case_range{0x38c, 0x38c, 64, 1},    //
    case_range{0x38e, 0x38f, 63, 1},    //
    case_range{0x391, 0x3a1, 32, 1},    //
    case_range{0x3a3, 0x3ab, 32, 1},    //
    case_range{0x400, 0x40f, 80, 1},    // Cyrillic
    case_range{0x410, 0x42f, 32, 1},    //
    case_range{0x460, 0x480, 1, 2},     //
    case_range{0x48a, 0x4be, 1, 2},     //
    case_range{0x4d0, 0x4f8, 1, 2},     //
    case_range{0x531, 0x556, 48, 1},    // Armenian
    case_range{0x1e00, 0x1e94, 1, 2},   // Latin Extended Additional
    case_range{0x1ea0, 0x1ef8, 1, 2},   //
    case_range{0x2160, 0x216f, 16, 1},  // Roman numerals
    case_range{0x24b6, 0x24cf, 26, 1},  // circled letters
    case_range{0xff21, 0xff3a, 32, 1},  // full width
};

char32_t lower(char32_t c)
{
    for (const case_range& range : case_ranges) {
        if (c < range.first || c > range.last)
            continue;
        const bool moves = range.step == 1 || (c - range.first) % 2 == 0;
        return moves ? static_cast<char32_t>(static_cast<std::int32_t>(c) + range.distance) : c;
    }
    return c;
}

// The code point at `at`, moving past it. A name is utf8mb3 to the server: what is not becomes
// a question mark, one for each stray byte and one for each character beyond the BMP.
char32_t next_character(std::string_view name, std::size_t& at)
{
    const auto byte = [&](std::size_t i) {
        return i < name.size() ? static_cast<unsigned char>(name[i]) : std::uint8_t{0};
    };
    const auto trail = [&](std::size_t i) { return (byte(i) & 0xc0U) == 0x80U; };
    const unsigned char lead = byte(at);
    const std::size_t from = at;
    if (lead < 0x80) {
        ++at;
        return lead;
    }
    if (lead >= 0xc2 && lead < 0xe0 && trail(from + 1)) {
        at += 2;
        return ((lead & 0x1fU) << 6) | (byte(from + 1) & 0x3fU);
    }
    if (lead >= 0xe0 && lead < 0xf0 && trail(from + 1) && trail(from + 2)) {
        const char32_t c =
            ((lead & 0x0fU) << 12) | ((byte(from + 1) & 0x3fU) << 6) | (byte(from + 2) & 0x3fU);
        at += c < 0x800 ? 1 : 3;
        return c < 0x800 ? U'?' : c;
    }
    const bool beyond =
        lead >= 0xf0 && lead < 0xf5 && trail(from + 1) && trail(from + 2) && trail(from + 3);
    at += beyond ? 4 : 1;
    return U'?';
}

void append(std::string& out, char32_t c)
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

std::string stored_form(std::string_view name, name_case rule)
{
    std::string stored;
    stored.reserve(name.size());
    for (std::size_t at = 0; at < name.size();) {
        const char32_t c = next_character(name, at);
        append(stored, rule == name_case::sensitive ? c : lower(c));
    }
    return stored;
}

}  // namespace

table_name resolve(
    std::string_view schema,
    std::string_view table,
    std::string_view default_database,
    name_case rule
)
{
    return {
        .schema = stored_form(schema.empty() ? default_database : schema, rule),
        .table = stored_form(table, rule),
    };
}

std::string quoted_name(std::string_view name)
{
    std::string text = "`";
    for (const char c : name) {
        text += c;
        if (c == '`')
            text += c;
    }
    return text + '`';
}

std::string quoted(const table_name& name)
{
    return quoted_name(name.schema) + '.' + quoted_name(name.table);
}

std::string to_text(const table_name& name)
{
    if (name.schema.empty() && name.table.empty())
        return "a table not known yet";
    return name.schema + '.' + name.table;
}

}  // namespace rewrite
