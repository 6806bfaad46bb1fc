#pragma once

#include "rewrite/output.hpp"

#include <deque>

// The one place where outputs are made and the clean offset is counted.
namespace rewrite {

// Appends to the outputs of one call and counts where the clean log ends. What it builds itself
// lives until clear().
class emitter
{
public:
    std::uint64_t clean_end = 4;

    void start(outputs& out)
    {
        out_ = &out;
        if (!built_.empty())  // seldom; emptying a deque costs as much as an event does
            built_.clear();
    }
    outputs& out() { return *out_; }

    // The source's event as it came.
    void append(protocol::byte_view event, const protocol::large_bytes* large = nullptr)
    {
        out_->list.emplace_back(rewrite::append{.event = event, .intact = true, .large = large});
        clean_end += event.size();
    }
    // An event made here.
    void append(protocol::byte_buffer event)
    {
        built_.push_back(std::move(event));
        out_->list.emplace_back(rewrite::append{.event = built_.back(), .intact = false});
        clean_end += built_.back().size();
    }
    void patch(std::uint64_t event_at, std::size_t offset, protocol::byte_buffer bytes)
    {
        built_.push_back(std::move(bytes));
        out_->list.emplace_back(rewrite::patch{event_at, offset, built_.back()});
    }
    void cut(std::uint64_t to)
    {
        if (to == clean_end)
            return;
        out_->list.emplace_back(rewrite::cut{to});
        clean_end = to;
    }
    void commit(rewrite::commit border) { out_->list.emplace_back(std::move(border)); }

private:
    outputs* out_ = nullptr;
    std::deque<protocol::byte_buffer> built_;
};

}  // namespace rewrite
