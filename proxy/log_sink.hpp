#pragma once

#include "proxy/log_queue.hpp"
#include "proxy/text.hpp"

#include <spdlog/sinks/base_sink.h>

namespace proxy {

// A logger's way into a log_queue, which outlives it. A message is one line, whatever names and
// texts of strangers it holds.
class log_sink final : public spdlog::sinks::base_sink<std::mutex>
{
public:
    explicit log_sink(log_queue& to) : to_(to) {}

private:
    void sink_it_(const spdlog::details::log_msg& message) override
    {
        const std::string text = one_line({message.payload.data(), message.payload.size()});
        spdlog::details::log_msg shown = message;
        shown.payload = text;
        spdlog::memory_buf_t line;
        formatter_->format(shown, line);
        to_.add({line.data(), line.size()});
    }
    void flush_() override {}  // would be a wait

    log_queue& to_;
};

}  // namespace proxy
