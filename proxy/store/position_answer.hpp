#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

// What a place in the one log (the source's, ours) is in the other.
namespace proxy {

struct position_status
{
    std::string file;
    std::uint64_t position = 0;
    std::uint32_t epoch = 0;  // of a place in the source's log; 0: in ours
    bool empty() const { return file.empty(); }
};

struct position_question
{
    std::string file;  // whose number tells which log
    std::uint64_t position = 0;
};
struct position_answer
{
    bool is_ours = false;                  // the place asked about is one of the clean log
    std::optional<position_status> there;  // in the other log
    // Nothing there: places in the same log, before it and after it, that have one.
    std::optional<position_status> before;
    std::optional<position_status> after;
};
using position_handler = std::function<position_answer(const position_question&)>;

}  // namespace proxy
