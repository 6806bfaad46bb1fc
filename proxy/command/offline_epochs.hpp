#pragma once

#include "protocol/transaction_grammar.hpp"
#include "proxy/store/ledger.hpp"
#include "rewrite/output.hpp"
#include "rewrite/repeated_transactions.hpp"

#include <optional>

namespace proxy {

// Files of several servers, which a running unghost has followed one after another: which of them
// begins the next one's, and how far the one before it was followed. All by what the ledger says;
// without a ledger there is one.
//
//   read() once; begin() before the first event; for each event begins_with(), then leaves_out()
class offline_epochs
{
public:
    void read(const ledger& from) { all_ = from.epochs(); }
    void begin();

    // This event, a file's first, is the first of the next server's.
    bool begins_with(const rewrite::coordinate& at, const protocol::event_view& event);
    // ... and what a gate is to know then.
    rewrite::epoch_begin start() const;
    std::uint32_t number() const { return all_.empty() || !next_ ? 1 : all_[next_ - 1].log.epoch; }
    // It was not followed: the next server was there already.
    bool leaves_out(const rewrite::coordinate& at, const protocol::event_view& event);

    void take(const rewrite::outputs& made);
    // Of all so far, from the second server on.
    const std::optional<protocol::gtid_set>& gtids() const { return gtids_; }

private:
    bool leaves_out_by_gtid(const protocol::event_view& event);

    std::vector<recorded_epoch> all_;
    std::size_t next_ = 0;        // of all_, which has not begun
    protocol::gtid_set missing_;  // of what was followed before the next one, not seen yet
    protocol::transaction_grammar grammar_;
    bool leaving_out_ = false;
    std::optional<protocol::gtid_set> gtids_;
};

}  // namespace proxy
