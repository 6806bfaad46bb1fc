#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Moments, in seconds since 1970, as text. All of it is UTC, and says so.
namespace proxy {

// "2026-11-30T17:45:00Z", for JSON
std::string iso_time(std::int64_t seconds);
// "2026-11-30 17:45:00 UTC", for people
std::string time_text(std::int64_t seconds);

// Either of these, also without the seconds, the time of day or the zone, which is UTC all the
// same.
std::optional<std::int64_t> parse_time(std::string_view text);

}  // namespace proxy
