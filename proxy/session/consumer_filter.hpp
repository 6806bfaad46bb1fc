#pragma once

#include "protocol/event.hpp"
#include "proxy/session/dump_parameters.hpp"

#include <chrono>

// What one consumer is sent of the log: not the transactions that it has. It learns by heartbeats
// how far the log has been read for it. Source: sql/rpl_binlog_sender.cc (Binlog_sender::
// skip_event, send_events, wait_with_heartbeat).
namespace proxy {

enum class event_fate : std::uint8_t {
    send,
    send_after_heartbeat,  // at skipped_to(): the consumer learns of the jump before the event
    pass_over,
};

class consumer_filter
{
public:
    using clock = std::chrono::steady_clock;

    // `request` outlives the filter.
    explicit consumer_filter(const dump_parameters& request) : request_(request) {}

    void begin_file(protocol::checksum sum);

    // Of each event in turn. Only the first bytes of a large one need be there, but all of a GTID.
    // Throws dump_refusal for a GTID event that cannot be read.
    event_fate fate_of(protocol::byte_view event, std::uint64_t position)
    {
        const auto type = static_cast<protocol::event_type>(event[event_type_offset]);
        leaves_file_ = type == protocol::event_type::rotate;
        if (!request_.by_gtid)
            return event_fate::send;
        // An anonymous one names no transaction that a consumer could have.
        if (leaves_file_ || type == protocol::event_type::gtid ||
            type == protocol::event_type::gtid_tagged)
            on_border(event, position);
        if (skipping_) {
            jump_untold_ = true;
            return event_fate::pass_over;
        }
        return jump_untold_ ? event_fate::send_after_heartbeat : event_fate::send;
    }

    // The last transaction border of this file that lies in what was passed over.
    std::uint64_t skipped_to() const { return skipped_to_; }
    // Something was passed over, and no heartbeat has said so.
    bool jump_untold() const { return jump_untold_; }
    void on_heartbeat_put() { jump_untold_ = false; }
    void on_sent(clock::time_point now) { last_sent_ = now; }

    // While much is passed over: whether the consumer has heard nothing for a heartbeat's period.
    bool is_heartbeat_due_in_jump(clock::time_point now) const
    {
        return skipping_ && period() > clock::duration::zero() && now - last_sent_ >= period();
    }

    // At the log's end: begin_wait() once, then ask at each awakening, at heartbeat_due() at the
    // latest.
    void begin_wait(clock::time_point now);
    bool wants_heartbeat(clock::time_point now);
    clock::time_point heartbeat_due() const { return due_; }

private:
    static constexpr std::size_t event_type_offset = 4;

    clock::duration period() const
    {
        return std::chrono::duration_cast<clock::duration>(request_.heartbeat_period);
    }
    void on_border(protocol::byte_view event, std::uint64_t position);

    const dump_parameters& request_;
    protocol::checksum sum_ = protocol::checksum::none;
    bool skipping_ = false;  // inside a transaction that the consumer has
    bool jump_untold_ = false;
    // The file's own ROTATE was sent: to a replica that is in the next file already, a heartbeat
    // with this file's name would be an error.
    bool leaves_file_ = false;
    std::uint64_t skipped_to_ = 0;
    clock::time_point last_sent_;
    clock::time_point due_ = clock::time_point::max();
};

}  // namespace proxy
