#include "proxy/session/like_pattern.hpp"

#include <optional>

namespace proxy {
namespace {

// The pattern's next element, other than %.
struct element
{
    char character;
    bool any;
    std::size_t size;
};

element element_at(std::string_view pattern, std::size_t at)
{
    if (pattern[at] == '\\' && at + 1 < pattern.size())
        return {pattern[at + 1], false, 2};
    return {pattern[at], pattern[at] == '_', 1};
}

}  // namespace

bool matches_like(std::string_view text, std::string_view pattern)
{
    // Where to try again: only the last % can take one character more, as what an earlier one took
    // has matched as early as it can.
    struct retry
    {
        std::size_t text;
        std::size_t pattern;
    };
    std::optional<retry> last;
    std::size_t at_text = 0;
    std::size_t at = 0;
    while (at_text < text.size() || at < pattern.size()) {
        if (at < pattern.size() && pattern[at] == '%') {
            last = retry{at_text, ++at};
            continue;
        }
        if (at < pattern.size() && at_text < text.size()) {
            const element next = element_at(pattern, at);
            if (next.any || next.character == text[at_text]) {
                at += next.size;
                ++at_text;
                continue;
            }
        }
        if (!last || last->text >= text.size())
            return false;
        at_text = ++last->text;
        at = last->pattern;
    }
    return true;
}

}  // namespace proxy
