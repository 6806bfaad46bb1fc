#pragma once

#include "proxy/metric.hpp"
#include "proxy/transaction_tally.hpp"
#include "rewrite/output.hpp"

#include <atomic>

namespace proxy {

// The numbers of the ingest, which alone writes them, on the source thread. Any thread may read.
class ingest_numbers
{
public:
    void begin_at(std::uint64_t clean_offset, protocol::checksum sum)
    {
        tally_.begin_at(clean_offset, sum);
    }
    // What became of one event.
    void on_outputs(const rewrite::outputs& made);
    void on_stop() { ++stopped_; }

    std::uint64_t transactions() const { return transactions_; }
    std::uint64_t emptied() const { return emptied_; }
    std::uint64_t folded() const { return folded_; }
    std::uint64_t passed() const { return passed_; }
    std::uint64_t stopped() const { return stopped_; }
    std::uint64_t unproven() const { return unproven_; }
    std::uint64_t disturbed() const { return disturbed_; }

private:
    transaction_tally tally_;  // of the source thread
    std::atomic<std::uint64_t> transactions_{0};
    std::atomic<std::uint64_t> emptied_{0};
    std::atomic<std::uint64_t> folded_{0};
    std::atomic<std::uint64_t> passed_{0};
    std::atomic<std::uint64_t> stopped_{0};
    std::atomic<std::uint64_t> unproven_{0};
    std::atomic<std::uint64_t> disturbed_{0};
};

void list_metrics(const ingest_numbers& of, metric_list& into);

}  // namespace proxy
