#include "proxy/command/output.hpp"

#include "proxy/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace proxy {

void print_text(std::string_view text)
{
    fmt::print("{}", printable(text));
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
