#pragma once

#include "protocol/control_event.hpp"
#include "protocol/packet.hpp"

#include <cstring>

// Writes the packets of a dump one after another into a buffer that is sent whole. Source:
// sql/rpl_binlog_sender.cc (Binlog_sender::send_packet, reset_transmit_packet).
namespace proxy {

// What an event's packet begins with.
enum class packet_prefix : std::uint8_t {
    plain,      // 0x00
    semi_sync,  // 0x00, 0xef, 0x00: the last byte asks for no acknowledgement
};

struct packet_terms
{
    // Of the buffer at first, for the packets of a block; small events grow most, 19 bytes get 7
    // before them.
    std::size_t room = 0;
    std::uint8_t sequence = 0;  // of the first packet
    packet_prefix prefix = packet_prefix::plain;
    std::uint32_t server_id = 0;  // in the events that are ours
    protocol::event_type heartbeat = protocol::event_type::heartbeat_v2;  // the kind that is known
};

// From where a consumer begins to read the file that a FORMAT_DESCRIPTION describes.
enum class format_reader : std::uint8_t {
    whole_file,
    has_part,  // of this file: it must not drop its temporary tables
    mid_file,  // the event has no place there, too
};

class packetiser
{
public:
    explicit packetiser(const packet_terms& terms);

    // A whole event, as the log has it; smaller than a frame. Inlined: the call costs a tenth of
    // what a small event does.
    [[gnu::always_inline]] void put(protocol::byte_view event)
    {
        open_frame(prefix_size() + event.size(), event.size());
        put_prefix();
        std::memcpy(buffer_.data() + size_, event.data(), event.size());
        size_ += event.size();
    }

    // Events that are in no log. Their checksum: first as negotiated, later as in the file.
    void set_checksum(protocol::checksum sum) { sum_ = sum; }
    void put_rotate(const protocol::rotate_view& to);
    void put_heartbeat(const protocol::heartbeat_view& heartbeat);
    // The file's own, with what this reader must not see in it changed.
    void put_format(protocol::byte_buffer format, format_reader reader);

    // An event of any size goes out in pieces: frames(), then at most piece_room() bytes of it,
    // then end_piece(), until all of it has gone; then frames() once more.
    void begin_pieces(std::uint32_t event_size);
    std::size_t piece_room() const { return frame_left_; }
    void end_piece(std::size_t size);

    protocol::byte_view frames() const { return protocol::byte_view(buffer_).first(size_); }
    void clear() { size_ = 0; }
    // Number of the packet after those of frames().
    std::uint8_t sequence() const { return sequence_; }

private:
    static constexpr std::size_t max_prefix = 3;

    std::size_t prefix_size() const { return prefix_ == packet_prefix::semi_sync ? 3 : 1; }
    void put_prefix()
    {
        static constexpr std::uint8_t prefix[max_prefix] = {0, 0xef, 0};
        std::memcpy(buffer_.data() + size_, prefix, max_prefix);
        size_ += prefix_size();
    }
    void open_frame(std::size_t payload, std::size_t event_bytes)
    {
        grow(protocol::packet_header_size + max_prefix + event_bytes);
        protocol::store(
            buffer_.data() + size_,
            static_cast<std::uint32_t>(payload) | std::uint32_t{sequence_++} << 24
        );
        size_ += protocol::packet_header_size;
    }
    // The buffer keeps its size and is written over: appending to a vector costs as much as the
    // copy, for small events.
    void grow(std::size_t more)
    {
        if (buffer_.size() - size_ < more)
            buffer_.resize(2 * (buffer_.size() + more));
    }
    void open_next_frame();

    protocol::byte_buffer buffer_;
    std::size_t size_ = 0;
    std::uint8_t sequence_;
    packet_prefix prefix_;
    std::uint32_t server_id_;
    protocol::event_type heartbeat_;
    protocol::checksum sum_ = protocol::checksum::none;

    // Of the event in pieces.
    std::uint64_t payload_left_ = 0;  // no frame header has promised it yet
    std::size_t frame_left_ = 0;
    bool frame_is_full_ = false;  // so another one follows, even an empty one
};

}  // namespace proxy
