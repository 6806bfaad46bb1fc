#include "proxy/admin/lag_history.hpp"

#include "proxy/admin/or_null.hpp"

#include <algorithm>

namespace proxy {
namespace {

using nlohmann::json;

template <class Value>
void keep_larger(std::optional<Value>& most, const std::optional<Value>& one)
{
    if (one && (!most || *most < *one))
        most = one;
}

}  // namespace

lag_sample sample_of(const program_status& status, std::int64_t at)
{
    lag_sample now{
        .at = at, .source_seconds = status.lag.seconds, .source_bytes = status.lag.bytes
    };
    for (const consumer_status& one : status.consumers) {
        if (!one.dumping)
            continue;
        keep_larger(now.consumer_seconds, one.lag_seconds);
        keep_larger(now.consumer_bytes, std::optional(one.lag_bytes));
    }
    return now;
}

void lag_history::add(const lag_sample& now)
{
    const lock_guard hold(lock_);
    samples_.push_back(now);
    if (samples_.size() > most)
        samples_.pop_front();
}

std::vector<lag_sample> lag_history::samples() const
{
    const lock_guard hold(lock_);
    return {samples_.begin(), samples_.end()};
}

json to_json(const std::vector<lag_sample>& history)
{
    json samples = json::array();
    for (const lag_sample& one : history)
        samples.push_back({
            {"at", one.at},
            {"source_seconds", or_null(one.source_seconds)},
            {"source_bytes", or_null(one.source_bytes)},
            {"consumer_seconds", or_null(one.consumer_seconds)},
            {"consumer_bytes", or_null(one.consumer_bytes)},
        });
    return {{"interval_seconds", lag_history::interval.count()}, {"samples", std::move(samples)}};
}

}  // namespace proxy
