#pragma once

#include "protocol/event.hpp"
#include "protocol/gtid_set.hpp"
#include "protocol/transaction_grammar.hpp"
#include "rewrite/upstream.hpp"

namespace rewrite {

// What is known when another server's log is followed from here on.
struct epoch_begin
{
    // These GTIDs went through the rewriter, whose state shows them.
    protocol::gtid_set known;
    // These are in the clean log, and the rewriter's state does not show them yet.
    protocol::gtid_set stored;
    // Where that server's log ended when it had all of both: later ones are new.
    coordinate end;
    // Of both, what it did not have then. It may still get them from where they came from.
    protocol::gtid_set lost;
};

// The log of another server holds transactions that came from the one before it, in an order of
// its own. Which of them are known is told GTID by GTID. Pure.
class repeated_transactions
{
public:
    void begin(epoch_begin with);
    // Something may be repeated at or after the event that was given last.
    bool is_active() const { return active_; }
    // Anonymous transactions cannot be told apart: none may come before this.
    const coordinate& end() const { return with_.end; }
    bool is_before_end(const coordinate& at) const { return active_ && at < with_.end; }

    // Each event in order: true, it belongs to a transaction that the rewriter has seen.
    bool skips(const coordinate& at, const protocol::event_view& event);
    // What comes next may be in the middle of a transaction that is not skipped.
    void resume();

    // The rewriter is to see it, and nothing comes of it.
    bool is_stored(const protocol::gtid& id) const { return with_.stored.contains(id); }
    bool has_stored() const { return !with_.stored.empty(); }
    // Of those that it has seen by now.
    void on_seen(const protocol::gtid& id);

private:
    bool is_known(const coordinate& at, const protocol::event_view& event) const;

    epoch_begin with_;
    protocol::transaction_grammar grammar_;
    bool active_ = false;
    bool skipping_ = false;
};

}  // namespace rewrite
