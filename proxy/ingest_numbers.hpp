#pragma once

#include "proxy/metric.hpp"
#include "proxy/mutex.hpp"
#include "proxy/transaction_tally.hpp"
#include "rewrite/output.hpp"

#include <atomic>
#include <map>
#include <string>

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
    void on_stop(rewrite::stop_reason why);
    // A table's rows were counted at the source.
    void on_count(std::uint64_t rows);

    std::uint64_t transactions() const { return transactions_; }
    std::uint64_t emptied() const { return emptied_; }
    std::uint64_t folded() const { return folded_; }
    std::uint64_t passed() const { return passed_; }
    std::uint64_t stopped() const { return stopped_; }
    std::uint64_t unproven() const { return unproven_; }
    std::uint64_t disturbed() const { return disturbed_; }
    std::uint64_t counts() const { return counts_; }
    std::uint64_t counted_rows() const { return counted_rows_; }

    // How often each set of labels came: class="same",reason="ADD COLUMN".
    using by_labels = std::map<std::string, std::uint64_t>;
    by_labels verdicts() const;
    by_labels stops() const;

private:
    void note_verdict(const rewrite::outputs& made, const rewrite::remark& said);

    transaction_tally tally_;  // of the source thread
    std::atomic<std::uint64_t> transactions_{0};
    std::atomic<std::uint64_t> emptied_{0};
    std::atomic<std::uint64_t> folded_{0};
    std::atomic<std::uint64_t> passed_{0};
    std::atomic<std::uint64_t> stopped_{0};
    std::atomic<std::uint64_t> unproven_{0};
    std::atomic<std::uint64_t> disturbed_{0};
    std::atomic<std::uint64_t> counts_{0};
    std::atomic<std::uint64_t> counted_rows_{0};
    mutable mutex lock_;
    by_labels verdicts_ GUARDED_BY(lock_);
    by_labels stops_ GUARDED_BY(lock_);
};

void list_metrics(const ingest_numbers& of, metric_list& into);

}  // namespace proxy
