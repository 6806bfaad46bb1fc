#pragma once

#include <asio/io_context.hpp>
#include <atomic>
#include <chrono>
#include <memory>

namespace proxy {

// Whether the thread of a loop still comes round: whoever asks for it leaves a question there, and
// counts how long that has had no answer. From any thread. The loop outlives it.
class loop_pulse
{
public:
    using clock = std::chrono::steady_clock;

    explicit loop_pulse(asio::io_context& loop);

    // Since the first question that has no answer yet; zero: all have one, and the next is left
    // now. So a dead thread is seen by the second call.
    clock::duration silent(clock::time_point now) const;

private:
    asio::io_context::executor_type loop_;
    // When the open question was left there; 0: none is. Shared with the answer.
    std::shared_ptr<std::atomic<clock::rep>> asked_;
};

}  // namespace proxy
