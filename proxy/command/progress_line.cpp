#include "proxy/command/progress_line.hpp"

#include "proxy/text.hpp"

#include <cstdio>
#include <fmt/format.h>
#include <unistd.h>

namespace proxy {

namespace {

// The clock is asked only so often; there may be millions of events a second.
constexpr std::uint64_t look_every = 256U << 10;
constexpr std::chrono::milliseconds show_every{200};

}  // namespace

progress_line::progress_line()
    : terminal_(::isatty(STDERR_FILENO) != 0)
    , began_(std::chrono::steady_clock::now())
    , last_(began_)
{}

void progress_line::show(std::uint64_t done_bytes, std::uint64_t all_bytes)
{
    if (!terminal_ || done_bytes < next_)
        return;
    next_ = done_bytes + look_every;
    const auto now = std::chrono::steady_clock::now();
    if (now - last_ < show_every)
        return;
    last_ = now;
    const double seconds = std::chrono::duration<double>(now - began_).count();
    const double percent =
        all_bytes == 0 ? 100.0
                       : 100.0 * static_cast<double>(done_bytes) / static_cast<double>(all_bytes);
    fmt::print(
        stderr,
        "\r{} of {}, {:.0f} %, {}/s\x1b[K",
        size_text(done_bytes),
        size_text(all_bytes),
        percent,
        size_text(static_cast<std::uint64_t>(static_cast<double>(done_bytes) / seconds))
    );
    std::fflush(stderr);
    shown_ = true;
}

void progress_line::clear()
{
    next_ = 0;
    if (!shown_)
        return;
    fmt::print(stderr, "\r\x1b[K");
    std::fflush(stderr);
    shown_ = false;
}

}  // namespace proxy
