#pragma once

#include "protocol/event.hpp"
#include "rewrite/output.hpp"

#include <optional>

namespace proxy {

// What is left of an emptied transaction; every other one has some of it, too.
bool is_skeleton(const protocol::event_view& event);

// Counts the transactions that leave the rewriter, and those of which nothing but GTID, BEGIN and
// XID is left. Sees only what a transaction is made of, not the events' contents.
class transaction_tally
{
public:
    // Where the next event lands in the clean file, and how that ends its events.
    void begin_at(std::uint64_t clean_offset, protocol::checksum sum);
    // What became of one event.
    void take(const rewrite::outputs& made);

    std::uint64_t transactions() const { return transactions_; }
    std::uint64_t emptied() const { return emptied_; }

private:
    void on_append(protocol::byte_view bytes);
    void on_commit(const rewrite::commit& done);

    std::uint64_t transactions_ = 0;
    std::uint64_t emptied_ = 0;
    protocol::checksum sum_ = protocol::checksum::none;
    // Of the open transaction.
    std::uint64_t end_ = 0;  // clean offset
    bool has_skeleton_ = false;
    std::optional<std::uint64_t> content_at_;  // clean offset of the first event of content
};

}  // namespace proxy
