#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace proxy {

// What it takes to go on after the source refused us.
enum class trouble : std::uint8_t {
    passing,  // may heal by itself: network, restart, too many connections. Try again
    refused,  // somebody must change an account, a setting or our configuration
    changed,  // not the source, or not the log, that was pulled before. Never repaired silently
    damaged,  // the same place of the log comes damaged again and again
};

// Why a conversation with the source cannot go on. The text names the source, says what happened
// and what to do next.
class source_error : public std::runtime_error
{
public:
    source_error(trouble kind, const std::string& text, std::uint16_t code = 0)
        : std::runtime_error(text)
        , kind(kind)
        , code(code)
    {}

    trouble kind;
    std::uint16_t code;  // of the server's ERR packet; 0: the error is not the server's
};

}  // namespace proxy
