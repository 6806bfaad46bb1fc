#pragma once

#include "proxy/admin/status.hpp"
#include "proxy/mutex.hpp"

#include <cstdint>
#include <deque>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <vector>

// How far behind it was in the last hour, for people: /history.json, and a curve on the page.
namespace proxy {

// At one moment. Nothing: it was not known then, or nobody read the log.
struct lag_sample
{
    std::int64_t at = 0;  // seconds since 1970
    std::optional<double> source_seconds;
    std::optional<std::uint64_t> source_bytes;
    std::optional<double> consumer_seconds;  // of the consumer that is furthest behind
    std::optional<std::uint64_t> consumer_bytes;
};
lag_sample sample_of(const program_status& status, std::int64_t at);

// May be used from any thread.
class lag_history
{
public:
    static constexpr std::chrono::seconds interval{10};
    static constexpr std::size_t most = 360;  // an hour

    void add(const lag_sample& now);
    std::vector<lag_sample> samples() const;  // the oldest first

private:
    mutable mutex lock_;
    std::deque<lag_sample> samples_ GUARDED_BY(lock_);
};

// Called on the admin thread.
using history_provider = std::function<std::vector<lag_sample>()>;

nlohmann::json to_json(const std::vector<lag_sample>& history);

}  // namespace proxy
