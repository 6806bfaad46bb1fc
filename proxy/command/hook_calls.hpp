#pragma once

#include "proxy/config.hpp"
#include "proxy/hook_call.hpp"

#include <memory>
#include <spdlog/logger.h>
#include <string>

namespace proxy {

// Calls the program that [hook] names, with one call as JSON on its standard input, one at a time,
// on a thread of its own: nobody waits for it. A call that takes longer than the timeout is killed
// with all that it started. Where more than a hundred wait, further ones are dropped, and the log
// says so.
class hook_calls
{
public:
    hook_calls(const hook_config& chosen, spdlog::logger& lines);
    // What waits is dropped; the one that runs is killed.
    ~hook_calls();
    hook_calls(const hook_calls&) = delete;
    hook_calls& operator=(const hook_calls&) = delete;

    // From any thread. Nothing happens if nobody wants to hear of it.
    void call(hook_call call);
    void configure(const hook_config& chosen);
    std::uint64_t calls() const;
    std::uint64_t failures() const;

private:
    struct state;
    std::shared_ptr<state> state_;
};

// One line of JSON: docs/hooks.md.
std::string to_json_line(const hook_call& call);

}  // namespace proxy
