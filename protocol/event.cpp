#include "protocol/event.hpp"

namespace protocol {

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
