#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace proxy {

// Lines on their way to a file descriptor. Whoever adds one never waits: a thread writes them, and
// when nobody reads what it has written, lines are dropped and counted; the place of the gap says
// how many they were.
class log_queue
{
public:
    // `descriptor` outlives the queue. At most `limit_bytes` wait. At the end the reader has
    // `patience` to take what waits, or it is dropped.
    explicit log_queue(
        int descriptor,
        std::size_t limit_bytes = 1U << 20,
        std::chrono::milliseconds patience = std::chrono::seconds(1)
    );
    ~log_queue();
    log_queue(const log_queue&) = delete;
    log_queue& operator=(const log_queue&) = delete;

    // How the line at a gap looks; its text comes without a line break. Before the first line.
    void set_gap_form(std::function<std::string(const std::string& text)> form);
    // `line` with its line break. From any thread.
    void add(std::string_view line);
    // Lines that were dropped so far.
    std::uint64_t dropped() const;
    // Waits until all is written, at most `patience`.
    void drain();

private:
    struct state;
    // Shared with the thread, which may be stuck in a write when we go.
    std::shared_ptr<state> state_;
};

}  // namespace proxy
