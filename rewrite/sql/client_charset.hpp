#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Character sets as far as reading SQL needs them.
// Source: strings/ctype-{gbk,sjis,cp932,big5,gb18030}.c of the server; ids: mysys/charset-def.cc.
namespace rewrite {

constexpr bool between(unsigned char c, unsigned char low, unsigned char high)
{
    return low <= c && c <= high;
}

// What the lexer must know of a character set.
enum class charset_family : std::uint8_t {
    utf8,    // also ascii and binary: names are UTF-8
    latin1,  // cp1252: names are converted
    gbk,     // these four: a trail byte may look like \ or `
    sjis,    // and cp932
    big5,
    gb18030,
    other,  // one byte a character, or trail bytes >= 0x80
};
charset_family family_of(std::uint16_t collation);

// Size of the character that begins `text`, by the server's my_ismbchar: 1 if its trail bytes are
// not in range, and for families no byte of which looks like ASCII.
std::size_t size_of_character(std::string_view text, charset_family family);

// Whether a character of the family can hide a quote or a backslash.
bool has_ascii_trails(charset_family family);

// latin1 is cp1252 to the server, with the five bytes that cp1252 leaves out as control characters.
std::string utf8_of_latin1(std::string_view text);
std::optional<std::string> latin1_of_utf8(std::string_view text);  // nothing if it has no such byte

}  // namespace rewrite
