#include "proxy/time_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <fmt/format.h>

namespace proxy {

namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

struct moment
{
    std::chrono::year_month_day date;
    std::chrono::hh_mm_ss<std::chrono::seconds> time;
};

moment moment_at(std::int64_t seconds)
{
    const sys_seconds at{std::chrono::seconds(seconds)};
    const sys_days date = std::chrono::floor<days>(at);
    return {std::chrono::year_month_day(date), std::chrono::hh_mm_ss(at - date)};
}

std::string with_parts(std::int64_t seconds, char between, std::string_view zone)
{
    const moment at = moment_at(seconds);
    return fmt::format(
        "{:04}-{:02}-{:02}{}{:02}:{:02}:{:02}{}",
        static_cast<int>(at.date.year()),
        static_cast<unsigned>(at.date.month()),
        static_cast<unsigned>(at.date.day()),
        between,
        at.time.hours().count(),
        at.time.minutes().count(),
        at.time.seconds().count(),
        zone
    );
}

// Takes a number of exactly so many digits from the front; -1: there is none.
int take_number(std::string_view& text, std::size_t digits)
{
    int value = 0;
    if (text.size() < digits || text.front() == '-')
        return -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + digits, value);
    if (error != std::errc() || end != text.data() + digits)
        return -1;
    text.remove_prefix(digits);
    return value;
}

bool take(std::string_view& text, std::string_view what)
{
    if (!text.starts_with(what))
        return false;
    text.remove_prefix(what.size());
    return true;
}

// "HH:MM" or "HH:MM:SS" from the front, as seconds of the day.
std::optional<std::int64_t> take_time_of_day(std::string_view& text)
{
    std::array<int, 3> parts{};
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i > 0 && !take(text, ":")) {
            if (i == 1)
                return std::nullopt;
            break;
        }
        parts[i] = take_number(text, 2);
        if (parts[i] < 0 || parts[i] >= (i == 0 ? 24 : 60))
            return std::nullopt;
    }
    return (parts[0] * 60 + parts[1]) * 60 + parts[2];
}

}  // namespace

std::string iso_time(std::int64_t seconds)
{
    return with_parts(seconds, 'T', "Z");
}

std::string time_text(std::int64_t seconds)
{
    return with_parts(seconds, ' ', " UTC");
}

std::optional<std::int64_t> parse_time(std::string_view text)
{
    const int year = take_number(text, 4);
    const bool has_month = take(text, "-");
    const int month = take_number(text, 2);
    const bool has_day = take(text, "-");
    const int day = take_number(text, 2);
    if (year < 0 || !has_month || month < 0 || !has_day || day < 0)
        return std::nullopt;
    const std::chrono::year_month_day date{
        std::chrono::year(year),
        std::chrono::month(static_cast<unsigned>(month)),
        std::chrono::day(static_cast<unsigned>(day))
    };
    if (!date.ok())
        return std::nullopt;
    std::int64_t seconds = std::int64_t{sys_days(date).time_since_epoch().count()} * 86'400;
    if (take(text, "T") ||
        (text.size() >= 2 && text[0] == ' ' && text[1] != 'U' && take(text, " "))) {
        const auto time = take_time_of_day(text);
        if (!time)
            return std::nullopt;
        seconds += *time;
    }
    if (!text.empty() && text != "Z" && text != " UTC")
        return std::nullopt;
    return seconds;
}

}  // namespace proxy
