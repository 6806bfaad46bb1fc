#include "protocol/event.hpp"

namespace protocol {

event_header load_event_header(byte_view bytes)
{
    const std::uint8_t* at = bytes.data();
    return {
        .timestamp = load<std::uint32_t>(at),
        .type = static_cast<event_type>(at[4]),
        .server_id = load<std::uint32_t>(at + 5),
        .size = load<std::uint32_t>(at + event_size_offset),
        .end_log_pos = load<std::uint32_t>(at + event_end_log_pos_offset),
        .flags = load<std::uint16_t>(at + event_flags_offset),
    };
}

result<event_view> parse_event(byte_view bytes, checksum sum)
{
    if (bytes.size() < event_header_size + checksum_size(sum))
        return tl::unexpected(errc::truncated);
    event_view event{.header = load_event_header(bytes), .body = {}, .whole = bytes};
    if (event.header.size != bytes.size())
        return tl::unexpected(errc::bad_value);
    event.body = bytes.subspan(event_header_size);
    event.body = event.body.first(event.body.size() - checksum_size(sum));
    return event;
}

}  // namespace protocol
