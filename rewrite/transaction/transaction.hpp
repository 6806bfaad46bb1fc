#pragma once

#include "protocol/gtid_event.hpp"
#include "protocol/query_event.hpp"
#include "rewrite/output.hpp"

#include <deque>
#include <string>

// The skeleton of one transaction, and the one place where outputs are made and the clean offset is
// counted.
namespace rewrite {

// Appends to the outputs of one call and counts where the clean log ends. What it builds itself
// lives until clear().
class emitter
{
public:
    std::uint64_t clean_end = 4;

    void start(outputs& out)
    {
        out_ = &out;
        if (!built_.empty())  // seldom; emptying a deque costs as much as an event does
            built_.clear();
    }
    outputs& out() { return *out_; }

    // The source's event as it came.
    void append(protocol::byte_view event)
    {
        out_->list.emplace_back(rewrite::append{.event = event, .intact = true});
        clean_end += event.size();
    }
    // An event made here.
    void append(protocol::byte_buffer event)
    {
        built_.push_back(std::move(event));
        out_->list.emplace_back(rewrite::append{.event = built_.back(), .intact = false});
        clean_end += built_.back().size();
    }
    void patch(std::uint64_t event_at, std::size_t offset, protocol::byte_buffer bytes)
    {
        built_.push_back(std::move(bytes));
        out_->list.emplace_back(rewrite::patch{event_at, offset, built_.back()});
    }
    void cut(std::uint64_t to)
    {
        if (to == clean_end)
            return;
        out_->list.emplace_back(rewrite::cut{to});
        clean_end = to;
    }
    void commit(rewrite::commit border) { out_->list.emplace_back(std::move(border)); }

private:
    outputs* out_ = nullptr;
    std::deque<protocol::byte_buffer> built_;
};

struct transaction
{
    bool open = false;
    bool begun = false;      // BEGIN or XA START was seen
    bool filtering = false;  // something may be hidden in it
    bool dropped = false;    // something was
    bool kept = false;       // rows, or a statement that changes something, stay
    std::uint64_t clean_begin = 0;
    std::uint64_t upstream_begin = 0;
    // The GTID event waits for the event behind it: a DDL's may change with it. Held: not yet
    // appended.
    bool gtid_held = false;
    protocol::byte_buffer gtid_event;
    protocol::gtid id;
    // BEGIN (or XA START) as it came, for the skeleton of an emptied transaction.
    protocol::event_header begin_header;
    std::string begin_database;
    protocol::byte_buffer begin_status;
    std::uint32_t thread_id = 0;
    std::string xa_id;  // of XA START
    std::uint64_t hidden_events = 0;
    std::uint64_t hidden_bytes = 0;
    std::uint64_t hidden_for = 0;     // a migration whose helpers were hidden in it
    std::uint64_t ghost_rows_of = 0;  // a migration whose ghost was written in it
};

// BEGIN for an emptied transaction: only flags2, sql_mode, catalog and charset of the status block
// it is made from. (A DDL's whole block broke replay: it sets what may not be set in a
// transaction.)
protocol::byte_buffer make_begin(
    const protocol::event_header& like,
    std::string_view database,
    protocol::byte_view status,
    std::uint32_t thread_id,
    protocol::checksum sum
);

// The status block of an emitted ALTER: all of the recorded one, but sql_mode without NO_ZERO_DATE
// and NO_ZERO_IN_DATE (a rebuild refuses old zero dates that the tool copied unharmed), and the
// three variables that belong to the cut-over from there: ddl_logged_with_xid, microseconds,
// updated_db_names.
protocol::byte_buffer alter_status(protocol::byte_view recorded, protocol::byte_view cut_over);

}  // namespace rewrite
