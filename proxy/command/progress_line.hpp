#pragma once

#include <chrono>
#include <cstdint>

namespace proxy {

// One line on a terminal that says how far a long command is; nothing where standard error is none.
class progress_line
{
public:
    progress_line();
    ~progress_line() { clear(); }
    progress_line(const progress_line&) = delete;
    progress_line& operator=(const progress_line&) = delete;

    void show(std::uint64_t done_bytes, std::uint64_t all_bytes);
    void clear();

private:
    bool terminal_;
    bool shown_ = false;
    std::uint64_t next_ = 0;
    std::chrono::steady_clock::time_point began_;
    std::chrono::steady_clock::time_point last_;
};

}  // namespace proxy
