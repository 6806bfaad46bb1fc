#include "protocol/event_writer.hpp"

#include <algorithm>

namespace protocol {
namespace {

// Room for a small event, so that it does not grow byte by byte.
constexpr std::size_t usual_event_size = 256;

void make_room(byte_buffer& out)
{
    if (out.capacity() - out.size() < usual_event_size)
        out.reserve(std::max(2 * out.capacity(), out.size() + usual_event_size));
}

}  // namespace

event_writer::event_writer(byte_buffer& out, const event_header& header)
    : out_(out)
    , begin_(out.size())
    , to_(out)
{
    make_room(out);
    to_.u32(header.timestamp)
        .u8(static_cast<std::uint8_t>(header.type))
        .u32(header.server_id)
        .u32(0)
        .u32(header.end_log_pos)
        .u16(header.flags);
}

byte_view event_writer::finish(checksum sum)
{
    to_.zeros(checksum_size(sum));
    const std::span<std::uint8_t> event = std::span(out_).subspan(begin_);
    store(event.data() + event_size_offset, static_cast<std::uint32_t>(event.size()));
    seal(event, sum);
    return event;
}

byte_view event_writer::finish_artificial(checksum sum)
{
    const std::size_t flags = begin_ + event_flags_offset;
    store(
        out_.data() + flags,
        static_cast<std::uint16_t>(load<std::uint16_t>(out_.data() + flags) | event_artificial)
    );
    return finish(sum);
}

}  // namespace protocol
