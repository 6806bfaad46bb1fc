#include "proxy/metric.hpp"

#include <fmt/format.h>

namespace proxy {

std::string label_text(std::string_view value)
{
    std::string text;
    for (const char byte : value) {
        const auto number = static_cast<unsigned char>(byte);
        if (number < 0x20 || number >= 0x7f)
            text += fmt::format("\\\\x{:02x}", number);
        else if (byte == '\\' || byte == '"')
            text += std::string("\\") + byte;
        else
            text += byte;
    }
    return text;
}

}  // namespace proxy
