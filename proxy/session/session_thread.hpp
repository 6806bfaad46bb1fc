#pragma once

#include "proxy/loop_pulse.hpp"
#include "proxy/store/publication.hpp"

#include <asio/awaitable.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <set>

namespace proxy {

// How often a session looks at what nobody wakes it for.
constexpr std::chrono::milliseconds look_again{50};

// A thread that serves sessions: its loop, and its sessions that sleep until the log grows.
class session_thread
{
public:
    using clock = std::chrono::steady_clock;

    // `log` outlives it.
    static std::shared_ptr<session_thread> make(publication& log);

    asio::io_context& loop() { return loop_; }
    const loop_pulse& pulse() const { return pulse_; }

    // Sleeps until log.end() is not `seen` any more, wake_all() or `until`; may come back early.
    asio::awaitable<void> wait_for_more(std::uint64_t seen, clock::time_point until);
    // On this thread only.
    void wake_all();

private:
    explicit session_thread(publication& log) : log_(log) {}

    publication& log_;
    asio::io_context loop_{1};
    const loop_pulse pulse_{loop_};
    std::shared_ptr<publication::waker> waker_;
    std::set<asio::steady_timer*> sleeping_;
};

// Why a session ends before its peer wants it.
enum class session_end : std::uint8_t {
    none,
    killed,       // KILL CONNECTION
    interrupted,  // KILL QUERY: of a dump
    replaced,     // the same replica has connected again
    shutdown,
};

// How a session is told to end. Touched on its own thread only.
struct session_control
{
    session_end stop = session_end::none;
    // Sleeps in session_thread, or waits for the pool: must not be cancelled, looks at `stop` when
    // it comes back and says a last word.
    bool sleeping = false;
    asio::cancellation_signal cancel;
};

}  // namespace proxy
