#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// Sizes and durations as people read them, and what others wrote, made safe for a log and a
// terminal. Names of enumerators: protocol/enum_names.hpp.
namespace proxy {

// "512 bytes", "1.3 MiB"
std::string size_text(std::uint64_t bytes);

// "119 s", "5 min", "47 h", "3 days"
std::string duration_text(std::int64_t seconds);

// Bytes that would move a terminal or begin a line (C0, DEL, and C1 as UTF-8 writes it) as \xNN.
std::string one_line(std::string_view text);
// At most so many bytes of a text, and "..." for the rest. A character is not cut in two.
std::string shortened(std::string_view text, std::size_t most_bytes);
// As one_line, but with line breaks and tabs kept.
std::string printable(std::string_view text);

}  // namespace proxy
