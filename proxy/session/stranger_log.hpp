#pragma once

#include "proxy/mutex.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <spdlog/logger.h>
#include <string>

namespace proxy {

// Lines of the log that anybody who can connect may cause, as often as he likes: of each kind only
// so many are written in a period, and then how many more there were.
class stranger_log
{
public:
    using clock = std::chrono::steady_clock;

    enum class kind : std::uint8_t {
        login,    // refused
        tls,      // no handshake
        session,  // broken off
        accept,   // not even begun
    };

    // `lines` outlives it.
    explicit stranger_log(
        spdlog::logger& lines,
        std::uint64_t lines_a_period = 20,
        clock::duration period = std::chrono::seconds(10)
    )
        : lines_(lines)
        , lines_a_period_(lines_a_period)
        , period_(period)
    {}

    // From any thread.
    void
    say(kind what,
        spdlog::level::level_enum level,
        const std::string& text,
        clock::time_point now = clock::now());
    // Says how many were left out in periods that are over.
    void say_left_out(clock::time_point now = clock::now());

private:
    struct count
    {
        clock::time_point begin;
        std::uint64_t said = 0;
        std::uint64_t left_out = 0;
        spdlog::level::level_enum level = spdlog::level::info;
        std::string last;  // of those left out
    };
    void end_period(count& of, clock::time_point now) REQUIRES_LOCK(lock_);

    spdlog::logger& lines_;
    const std::uint64_t lines_a_period_;
    const clock::duration period_;
    mutex lock_;
    std::array<count, 4> counts_ GUARDED_BY(lock_);
};

}  // namespace proxy
