#pragma once

#include "proxy/admin/metrics.hpp"

#include <optional>
#include <string>

namespace proxy {

// What is made from the numbers and the clock.
struct metrics_clock
{
    std::chrono::system_clock::time_point wall = std::chrono::system_clock::now();
    std::chrono::steady_clock::time_point steady = std::chrono::steady_clock::now();
};
// How old the newest transaction is that consumers may read, while the source has newer ones.
double lag_seconds(const program_metrics& numbers, const metrics_clock& now);
// Nothing while none were ever asked for.
std::optional<double> facts_age_seconds(const program_metrics& numbers, const metrics_clock& now);

// The text format of Prometheus. These names do not change any more.
std::string to_prometheus(const program_metrics& numbers, const metrics_clock& now);

}  // namespace proxy
