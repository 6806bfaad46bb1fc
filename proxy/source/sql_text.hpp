#pragma once

#include <string>
#include <string_view>

namespace proxy {

// A literal under sql_mode ''.
inline std::string quoted_text(std::string_view text)
{
    std::string literal = "'";
    for (const char letter : text) {
        if (letter == '\'' || letter == '\\')
            literal += letter;
        literal += letter;
    }
    return literal + "'";
}

}  // namespace proxy
