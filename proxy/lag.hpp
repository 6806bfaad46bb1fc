#pragma once

#include "proxy/publish_progress.hpp"
#include "proxy/source/binary_log.hpp"
#include "proxy/source_clock.hpp"

#include <vector>

namespace proxy {

// What the connections to the source show of it.
struct source_contact
{
    using time_point = std::chrono::steady_clock::time_point;

    bool connected = false;                  // its log is being pulled
    std::optional<time_point> heard;         // anything, on any connection
    std::optional<time_point> received;      // anything of its log: an event or a heartbeat
    std::optional<time_point> event;         // an event
    std::chrono::milliseconds heartbeat{0};  // how often it says that there is nothing new
    source_clock clock;
    std::vector<binary_log> files;  // of its log, where the end is in another file
};

// What consumers lack of the source's log. Nothing where it is not known.
struct source_lag
{
    // Consumers have everything that was logged until so long ago. 0 only if nothing is waiting
    // here, what is known of the source's log is published, and the source was heard within a
    // heartbeat; so while it is silent or out of reach this grows. Timestamps of events are whole
    // seconds: what is younger than a second counts as 0.
    std::optional<double> seconds;
    // Logged and not published; of that, not pulled. Not known while the source is out of reach.
    std::optional<std::uint64_t> bytes;
    std::optional<std::uint64_t> unpulled_bytes;
    std::optional<double> contact_seconds;  // since the source was last heard
};

source_lag
lag_of(const publish_state& here, const source_contact& source, const clock_reading& now);

}  // namespace proxy
