#pragma once

#include "protocol/event.hpp"
#include "protocol/gtid_set.hpp"

// GTID_LOG_EVENT (33), ANONYMOUS_GTID_LOG_EVENT (34), GTID_TAGGED_LOG_EVENT (42): the one codec.
// Source: libbinlogevents control_events.cpp, Gtid_event (post-header 42 bytes, then optional
// timestamps, transaction_length, versions, commit_group_ticket); 42 by mysql::serialization.
namespace protocol {

struct gtid_event
{
    event_type type = event_type::gtid;
    std::uint8_t flags = 0;  // 1: may have statement-format changes
    gtid id;                 // number 0 in an anonymous one
    std::int64_t last_committed = 0;
    std::int64_t sequence_number = 0;
    // Bytes of the whole transaction, this event included, checksums included. Nothing
    // before 8.0.2.
    std::optional<std::uint64_t> transaction_length;
    std::uint64_t immediate_commit_timestamp = 0;  // microseconds; 0 where there is none
    std::uint64_t original_commit_timestamp = 0;
};

result<gtid_event> parse_gtid_event(const event_view& event);

// The same event with another transaction_length: everything else byte for byte. `rest_bytes` is
// the size of the transaction's other events; the length written is rest_bytes + this event's own
// size, in MySQL's shortest form, so the event's size may change. Without a transaction_length in
// the event: an exact copy. Position and checksum are left to whoever appends it. Result: whole
// event.
result<byte_buffer>
with_transaction_length(const event_view& event, checksum sum, std::uint64_t rest_bytes);

// The same, at the width the number has now: for an event that lies in a log already and may only
// shrink its transaction. Gives the offset in the whole event and the bytes to put there, nothing
// if the event has no transaction_length; too_large if the number does not fit the width.
struct length_patch
{
    std::size_t offset = 0;
    byte_buffer bytes;
};
result<std::optional<length_patch>>
transaction_length_patch(const event_view& event, std::uint64_t transaction_bytes);

}  // namespace protocol
