#pragma once

#include <string_view>

namespace proxy {

// SQL's LIKE: % is any text, _ any one character, a backslash takes the meaning from what follows.
// Takes at most text.size() * pattern.size() steps, and no stack, whatever the pattern.
bool matches_like(std::string_view text, std::string_view pattern);

}  // namespace proxy
