#pragma once

#include "protocol/event.hpp"
#include "proxy/source/event_sink.hpp"

namespace proxy {

// Verifies that what a dump by file and position sends is the source's log, byte after byte: each
// event's size, checksum, and end_log_pos == its position + its size (mod 2^32). Knows positions in
// 64 bit. Pure.
//
//   event_chain chain({.file = "mysql-bin.000007"}, 4, checksum::crc32);
//   for each packet (without its status byte):
//       auto event = chain.take(bytes);
//       if (!event) ... event.error() says what is wrong; ask again from chain.log(), position()
//
// Source: sql/rpl_binlog_sender.cc.
class event_chain
{
public:
    // `negotiated` is what @source_binlog_checksum held when the dump began; the first artificial
    // ROTATE obeys it, all else what the file says.
    event_chain(source_log log, std::uint64_t position, protocol::checksum negotiated)
        : log_(std::move(log))
        , position_(position)
        , sum_(negotiated)
    {}

    // The event's views point into `bytes`; its log is the chain's, until the next take().
    // `large`: whose part they are, if they are not in memory.
    // After an error the chain stands where it stood before.
    tl::expected<upstream_event, const char*>
    take(protocol::byte_view bytes, const protocol::large_bytes* large = nullptr);

    const source_log& log() const { return log_; }
    // Of the next event's first byte.
    std::uint64_t position() const { return position_; }
    // Header timestamp of the file's FORMAT_DESCRIPTION; 0 until it came.
    std::uint32_t format_timestamp() const { return format_timestamp_; }

private:
    enum class stage : std::uint8_t { connected, named, events };
    using taken = tl::expected<upstream_event, const char*>;

    taken take_rotate(const protocol::event_view& event);
    taken take_format(protocol::byte_view bytes, const protocol::event_header& header);
    taken take_heartbeat(const protocol::event_view& event);
    taken take_real(const protocol::event_view& event);

    source_log log_;
    std::uint64_t position_;
    protocol::checksum sum_;
    std::uint32_t format_timestamp_ = 0;
    stage stage_ = stage::connected;
};

}  // namespace proxy
