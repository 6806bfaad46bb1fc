#include "proxy/session/packetiser.hpp"

#include <algorithm>

namespace proxy {

packetiser::packetiser(const packet_terms& terms)
    : buffer_(terms.room)
    , sequence_(terms.sequence)
    , prefix_(terms.prefix)
    , server_id_(terms.server_id)
    , heartbeat_(terms.heartbeat)
{}

void packetiser::put_rotate(const protocol::rotate_view& to)
{
    protocol::byte_buffer event;
    protocol::append_rotate(
        event,
        {.type = protocol::event_type::rotate,
         .server_id = server_id_,
         .flags = protocol::event_artificial},
        to,
        sum_
    );
    put(event);
}

void packetiser::put_heartbeat(const protocol::heartbeat_view& heartbeat)
{
    protocol::byte_buffer event;
    const bool v2 = heartbeat_ == protocol::event_type::heartbeat_v2;
    protocol::append_heartbeat(event, server_id_, heartbeat, v2, sum_);
    put(event);
}

void packetiser::put_format(protocol::byte_buffer format, format_reader reader)
{
    // The checksum is defined without the in-use flag, so clearing that alone leaves it right.
    format[protocol::event_flags_offset] &= static_cast<std::uint8_t>(~protocol::event_in_use);
    if (reader == format_reader::mid_file)
        protocol::store(format.data() + protocol::event_end_log_pos_offset, std::uint32_t{0});
    // `created` makes a replica drop its temporary tables.
    if (reader != format_reader::whole_file)
        protocol::store(format.data() + protocol::format_created_offset, std::uint32_t{0});
    protocol::seal(format, sum_);
    put(format);
}

// Frames of at most 2^24 - 1 bytes of payload; a full one promises another, even an empty one.
void packetiser::open_next_frame()
{
    frame_left_ =
        static_cast<std::size_t>(std::min<std::uint64_t>(payload_left_, protocol::max_frame_payload)
        );
    frame_is_full_ = frame_left_ == protocol::max_frame_payload;
    payload_left_ -= frame_left_;
    open_frame(frame_left_, 0);
}

void packetiser::begin_pieces(std::uint32_t event_size)
{
    payload_left_ = prefix_size() + std::uint64_t{event_size};
    open_next_frame();
    put_prefix();
    frame_left_ -= prefix_size();
}

void packetiser::end_piece(std::size_t size)
{
    frame_left_ -= size;
    if (frame_left_ == 0 && frame_is_full_)
        open_next_frame();
}

}  // namespace proxy
