#pragma once

#include "rewrite/output.hpp"

namespace proxy {

// What went into one clean file and what came out.
struct log_counts
{
    std::string upstream_file;
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
    std::uint64_t transactions = 0;
    std::uint64_t rewritten = 0;  // transactions that are not the source's bytes
    std::uint64_t emptied = 0;    // of those: nothing left but GTID, BEGIN and XID
    std::uint64_t rows_in = 0;    // rows events
    std::uint64_t rows_kept = 0;
    std::uint64_t maps_in = 0;  // TABLE_MAP events
    std::uint64_t maps_kept = 0;
};

// Whether events in compressed transactions are counted too.
enum class payload_counting : std::uint8_t { closed, opened };

// Counts events in and out. Memory is 16 bytes for each event of the transaction that is open.
class log_counter
{
public:
    explicit log_counter(payload_counting payloads) : payloads_(payloads) {}

    void begin_file(const std::string& upstream_file, protocol::checksum sum);
    void on_input(const protocol::event_view& event);
    void take(const rewrite::outputs& made);
    // What is written without the rewriter: ROTATE.
    void add_bytes_out(std::uint64_t size) { files_.back().bytes_out += size; }
    void clear();

    const std::vector<log_counts>& files() const { return files_; }

private:
    struct kept_event
    {
        std::uint64_t end = 0;
        std::uint32_t rows = 0;
        std::uint16_t maps = 0;
        bool skeleton = false;
    };
    struct event_counts
    {
        std::uint64_t rows = 0;
        std::uint64_t maps = 0;
    };
    event_counts count(const protocol::event_view& event) const;
    void on_append(protocol::byte_view bytes);
    void on_commit(const rewrite::commit& done);

    payload_counting payloads_;
    protocol::checksum sum_ = protocol::checksum::none;
    std::vector<log_counts> files_;
    std::vector<kept_event> tail_;  // of the open transaction
};

// Of all files together.
log_counts total(const std::vector<log_counts>& files);

}  // namespace proxy
