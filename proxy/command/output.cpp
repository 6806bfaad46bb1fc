#include "proxy/command/output.hpp"

#include "proxy/config.hpp"
#include "proxy/text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace proxy {

namespace {

constexpr std::string_view red = "\x1b[31m";
constexpr std::string_view yellow = "\x1b[33m";
constexpr std::string_view green = "\x1b[32m";
constexpr std::string_view uncoloured = "\x1b[0m";

struct painted_word
{
    std::string_view word;
    std::string_view colour;
};
constexpr painted_word painted_words[] = {
    {"FAIL", red},
    {"stopped", red},
    {"not following", red},
    {"disk full", red},
    {"disk failing", red},
    {"ALARM", red},
    {"WARN", yellow},
    {"starting", yellow},
    {"OK", green},
    {"serving", green},
};

bool wants_colours = true;

}  // namespace

std::string coloured(std::string_view text)
{
    std::string shown;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
        std::string_view line = text.substr(0, end);
        text.remove_prefix(end);
        for (const painted_word& one : painted_words) {
            const std::string_view rest = line.substr(std::min(one.word.size(), line.size()));
            const bool ends =
                rest.empty() || rest.front() == ' ' || rest.front() == '\n' || rest.front() == ':';
            if (!line.starts_with(one.word) || !ends)
                continue;
            shown.append(one.colour).append(one.word).append(uncoloured);
            line = rest;
            break;
        }
        shown += line;
    }
    return shown;
}

void set_colours(bool wanted)
{
    wants_colours = wanted;
}

void print_text(std::string_view text)
{
    const bool paints =
        wants_colours && environment_variable("NO_COLOR").empty() && ::isatty(STDOUT_FILENO) != 0;
    const std::string shown = printable(text);
    fmt::print("{}", paints ? coloured(shown) : shown);
}

std::string json_text(const nlohmann::json& value)
{
    const std::string dumped = value.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
    std::string shown;
    shown.reserve(dumped.size());
    for (std::size_t i = 0; i < dumped.size(); ++i) {
        const auto byte = static_cast<unsigned char>(dumped[i]);
        const auto next = static_cast<unsigned char>(i + 1 < dumped.size() ? dumped[i + 1] : 0);
        if (byte == 0x7f) {
            shown += "\\u007f";
        } else if (byte == 0xc2 && next >= 0x80 && next < 0xa0) {  // U+0080 to U+009F
            shown += fmt::format("\\u{:04x}", next);
            ++i;
        } else {
            shown += dumped[i];
        }
    }
    return shown;
}

void print_json(const nlohmann::json& value)
{
    fmt::print("{}\n", json_text(value));
}

}  // namespace proxy
