#pragma once

#include <cstdint>
#include <string>

// Sizes and durations as people read them. Names of enumerators: protocol/enum_names.hpp.
namespace proxy {

// "512 bytes", "1.3 MiB"
std::string size_text(std::uint64_t bytes);

// "119 s", "5 min", "47 h", "3 days"
std::string duration_text(std::int64_t seconds);

}  // namespace proxy
