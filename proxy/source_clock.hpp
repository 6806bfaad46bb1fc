#pragma once

#include <chrono>
#include <optional>

namespace proxy {

struct clock_reading
{
    std::chrono::system_clock::time_point wall = std::chrono::system_clock::now();
    std::chrono::steady_clock::time_point steady = std::chrono::steady_clock::now();
};

// The source's clock as it was read last, and has gone on since by our steady clock: our wall clock
// may be set meanwhile. Until it was read it is taken to be ours.
class source_clock
{
public:
    source_clock() = default;
    // `seconds` since 1970 at that moment.
    source_clock(double seconds, std::chrono::steady_clock::time_point read_at)
        : start_(seconds - since_start(read_at))
    {}

    // Since 1970.
    double seconds(const clock_reading& now) const
    {
        if (start_)
            return *start_ + since_start(now.steady);
        return std::chrono::duration<double>(now.wall.time_since_epoch()).count();
    }

private:
    static double since_start(std::chrono::steady_clock::time_point at)
    {
        return std::chrono::duration<double>(at.time_since_epoch()).count();
    }

    std::optional<double> start_;  // the source's seconds where our steady clock begins
};

}  // namespace proxy
