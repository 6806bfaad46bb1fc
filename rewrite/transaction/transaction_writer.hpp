#pragma once

#include "rewrite/migration/statement_fate.hpp"
#include "rewrite/transaction/emitter.hpp"

// Writes one transaction to the clean log: its events as they are decided, then its border. What a
// later event changes in an earlier one is a patch or a cut of the tail.
//
//   open(), hold_gtid()               a transaction begins
//   pass(), append(), leave_out() ... its events one by one; finish() or abandon() ends it
//   write_...(), serve...()           or all of it at once, instead of what was written so far
//
// `last` is the transaction's last event, at the coordinate `at`. Outputs go to the emitter.
namespace rewrite {

// What is left of a transaction of which nothing is served: GTID, BEGIN, XID.
struct skeleton
{
    std::string database;
    protocol::byte_buffer status;  // whole; of a DDL, too
    std::uint32_t thread_id = 0;
    std::optional<std::uint64_t> xid;  // else one of ours
};
protocol::byte_buffer
make_begin(const protocol::event_header& like, const skeleton& of, protocol::checksum sum);

class transaction_writer
{
public:
    explicit transaction_writer(emitter& to) : to_(to) {}

    void open(const coordinate& at);
    // The GTID event waits for the event after it: a DDL's may change with it.
    void hold_gtid(const protocol::event_view& event, protocol::gtid id);
    // An event that stays whatever becomes of the rest.
    void pass_head(const protocol::event_view& event);
    void reset();  // in no transaction

    const protocol::gtid& id() const { return id_; }  // number 0: it has none

    // Where the next event lands.
    std::uint64_t next_place() const
    {
        return gtid_held_ ? to_.clean_end + gtid_event_.size() : to_.clean_end;
    }
    void pass(const protocol::event_view& event)
    {
        release_gtid();
        to_.append(event.whole, event.large);
    }
    void append(protocol::byte_buffer event);  // made here
    void leave_out() { touched_ = true; }      // an event that is not served
    void set_rows_flags(std::uint64_t rows_event_at, std::uint16_t flags);
    void cut(std::uint64_t to);
    // With the length of what became of it in its GTID event.
    protocol::result<void>
    finish(const coordinate& at, const protocol::event_view& last, protocol::checksum sum);
    // It has no end: what came of it stays as it is, up to the event at this coordinate.
    void abandon(const coordinate& at);

    // An event outside transactions.
    void pass_alone(const coordinate& at, const protocol::event_view& event);

    void write_empty(
        const coordinate& at,
        const protocol::event_view& last,
        const skeleton& of,
        protocol::checksum sum
    );
    // GTID event and this one.
    void write_whole(
        const coordinate& at,
        const protocol::event_view& last,
        protocol::byte_buffer event,
        protocol::checksum sum
    );

    // A transaction that is one statement.
    void serve(const statement_event& s);
    void serve_text(const statement_event& s, std::string_view text);
    // A text of ours, in UTF-8 whatever the client's character set was.
    void serve_utf8_text(const statement_event& s, std::string_view text);
    void
    serve_query(const statement_event& s, const protocol::query_view& query, std::uint16_t flags);
    void serve_empty(const statement_event& s);

private:
    void release_gtid()
    {
        if (!gtid_held_)
            return;
        to_.append(protocol::byte_view(gtid_event_));
        gtid_held_ = false;
    }
    void write_gtid(std::uint64_t rest_bytes, protocol::checksum sum);
    void commit(std::uint64_t upstream_end);

    emitter& to_;
    bool touched_ = false;  // its bytes are not the source's
    bool gtid_held_ = false;
    std::uint64_t clean_begin_ = 0;
    std::uint64_t rest_begin_ = 0;  // after its head
    std::uint64_t upstream_begin_ = 0;
    protocol::byte_buffer gtid_event_;  // empty: it has none
    protocol::gtid id_;
};

}  // namespace rewrite
