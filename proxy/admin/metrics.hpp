#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

// The numbers of a running program. Whoever knows one stores it; the admin thread only reads, so
// each is an atomic by itself and no two of them belong together.
namespace proxy {

struct program_metrics
{
    using number = std::atomic<std::uint64_t>;

    std::atomic<bool> source_connected{false};
    number source_lag_bytes{0};   // the source's log that we have not pulled
    number unpublished_bytes{0};  // pulled and rewritten, but no consumer may read it yet
    number hidden_objects{0};
    number migrations_folded{0};
    number migrations_passed{0};
    number migrations_stopped{0};
    number stored_bytes{0};
    number consumers{0};  // dumps that are being served
    number transactions{0};
    number transactions_emptied{0};
    number bytes_received{0};  // from the source
    number reconnects{0};
    number remarks_disturbed{0};  // alarms
    number unproven_folds{0};
    std::atomic<bool> stopped{false};  // publishing waits for an operator's word

    // Wall clock of the source, in seconds since 1970: when what was published last was written
    // there. 0: nothing was yet. The lag in seconds is made from it when it is asked for.
    std::atomic<std::int64_t> published_timestamp{0};
    // All that the source has was published: the lag is 0, whatever the timestamp says.
    std::atomic<bool> caught_up{false};
    // When facts were last received (steady clock, nanoseconds); 0: never.
    std::atomic<std::int64_t> facts_received{0};

    void note_facts()
    {
        facts_received = std::chrono::steady_clock::now().time_since_epoch().count();
    }
};

}  // namespace proxy
