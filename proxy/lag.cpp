#include "proxy/lag.hpp"

#include <algorithm>

namespace proxy {
namespace {

using std::chrono::steady_clock;

// Bytes arrive in bursts: after so long without an event no more are on their way.
constexpr std::chrono::seconds quiet_after{1};
// A heartbeat may come a little late.
constexpr std::chrono::seconds heartbeat_grace{1};
// Longer than the source's end is ever not asked for while it answers.
constexpr std::chrono::seconds contact_lost_after{30};

double seconds_between(steady_clock::time_point from, steady_clock::time_point to)
{
    return std::max(0.0, std::chrono::duration<double>(to - from).count());
}

std::uint64_t
bytes_between(const rewrite::coordinate& from, const rewrite::coordinate& to, const auto& files)
{
    if (from.file == to.file)
        return to.position > from.position ? to.position - from.position : 0;
    if (to < from)
        return 0;
    const std::uint64_t first = rewrite::file_number(from.file);
    const std::uint64_t last = rewrite::file_number(to.file);
    std::uint64_t sum = to.position;
    for (const binary_log& one : files) {
        const std::uint64_t number = rewrite::file_number(one.file);
        if (number == first)
            sum += one.size > from.position ? one.size - from.position : 0;
        else if (number > first && number < last)
            sum += one.size;
    }
    return sum;
}

// Consumers have all that was heard of, and would have heard of more.
bool is_complete(const publish_state& here, const source_contact& source, const clock_reading& now)
{
    const auto within = [&](const auto& moment, auto limit) {
        return moment && now.steady - *moment <= limit;
    };
    return source.connected && here.unpublished_bytes == 0 && here.log_end_seen &&
           !(here.published < here.log_end) &&
           within(source.received, source.heartbeat + heartbeat_grace) &&
           !within(source.event, quiet_after);
}

std::optional<double>
seconds_of(const publish_state& here, const source_contact& source, const clock_reading& now)
{
    if (is_complete(here, source, now))
        return 0;
    std::optional<double> lag;
    // All that was logged before the oldest that waits is published, or else before the newest
    // that does not.
    const std::uint32_t stamp =
        here.oldest_waiting != 0 ? here.oldest_waiting : here.newest_published;
    if (stamp != 0)
        lag = std::max(0.0, source.clock.seconds(now) - stamp - 1);
    // And what was logged before the source's end was last seen, if all up to there is published.
    std::optional<steady_clock::time_point> complete = here.complete_at;
    if (here.log_end_seen && !(here.published < here.log_end))
        complete = here.log_end_seen;
    if (complete) {
        const double since = seconds_between(*complete, now.steady);
        lag = lag ? std::min(*lag, since) : since;
    }
    return lag;
}

}  // namespace

source_lag lag_of(const publish_state& here, const source_contact& source, const clock_reading& now)
{
    source_lag lag;
    lag.seconds = seconds_of(here, source, now);
    if (source.heard)
        lag.contact_seconds = seconds_between(*source.heard, now.steady);
    const bool in_contact = source.heard && now.steady - *source.heard <= contact_lost_after;
    if (in_contact && here.log_end_seen) {
        const rewrite::coordinate& end = here.log_end < here.pulled ? here.pulled : here.log_end;
        lag.bytes = bytes_between(here.published, end, source.files);
        lag.unpulled_bytes = bytes_between(here.pulled, end, source.files);
    }
    return lag;
}

}  // namespace proxy
