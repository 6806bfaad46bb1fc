#include "proxy/source/event_chain.hpp"

#include "protocol/control_event.hpp"

namespace proxy {

namespace {

using protocol::event_type;

bool follows(const protocol::event_header& header, std::uint64_t position)
{
    return header.end_log_pos == static_cast<std::uint32_t>(position + header.size);
}

tl::unexpected<const char*> wrong(const char* what)
{
    return tl::unexpected<const char*>(what);
}

}  // namespace

event_chain::taken event_chain::take(protocol::byte_view bytes, const protocol::large_bytes* large)
{
    if (bytes.size() < protocol::event_header_size)
        return wrong("event shorter than its header");
    const protocol::event_header header = protocol::load_event_header(bytes);
    // Its own checksum field says how to read it, whatever came before.
    if (header.type == event_type::format_description)
        return take_format(bytes, header);

    auto event = protocol::parse_event(bytes, sum_);
    if (!event)
        return wrong("event whose size field is not its size");
    if (sum_ == protocol::checksum::crc32 && !protocol::checksum_is_right(bytes, large))
        return wrong("event with a wrong checksum");
    event->large = large;

    switch (header.type) {
        case event_type::rotate:
            if (header.end_log_pos == 0 || (header.flags & protocol::event_artificial) != 0)
                return take_rotate(*event);
            return take_real(*event);
        case event_type::heartbeat:
        case event_type::heartbeat_v2: return take_heartbeat(*event);
        default: return take_real(*event);
    }
}

event_chain::taken event_chain::take_rotate(const protocol::event_view& event)
{
    const auto rotate = protocol::parse_rotate(event.body);
    if (!rotate)
        return wrong("artificial ROTATE that cannot be read");
    if (stage_ == stage::connected) {
        if (rotate->file != log_.file || rotate->position != position_)
            return wrong("dump that begins elsewhere than asked");
    } else if (rotate->position != protocol::first_position || rotate->file == log_.file) {
        return wrong("jump in the log");
    }
    log_.file = rotate->file;
    position_ = rotate->position;
    format_timestamp_ = 0;
    stage_ = stage::named;
    return upstream_event{upstream_event_kind::file_begins, log_, position_, sum_, event};
}

event_chain::taken
event_chain::take_format(protocol::byte_view bytes, const protocol::event_header& header)
{
    if (stage_ != stage::named)
        return wrong("FORMAT_DESCRIPTION in the middle of a file");
    const auto format = protocol::parse_format_description(bytes);
    if (!format)
        return wrong("FORMAT_DESCRIPTION that cannot be read");
    const auto event = protocol::parse_event(bytes, format->sum);
    if (!event)
        return wrong("FORMAT_DESCRIPTION whose size field is not its size");
    if (format->sum == protocol::checksum::crc32 && !protocol::checksum_is_right(bytes))
        return wrong("FORMAT_DESCRIPTION with a wrong checksum");

    // In mid-file the dump thread sets end_log_pos to 0; at the beginning it is the file's own.
    const bool copy = position_ != protocol::first_position;
    if (copy ? header.end_log_pos != 0 : !follows(header, position_))
        return wrong("FORMAT_DESCRIPTION at a wrong position");
    sum_ = format->sum;
    format_timestamp_ = header.timestamp;
    stage_ = stage::events;
    const std::uint64_t at = position_;
    if (!copy)
        position_ += header.size;
    return upstream_event{
        copy ? upstream_event_kind::format_copy : upstream_event_kind::ordinary,
        log_,
        at,
        sum_,
        *event
    };
}

event_chain::taken event_chain::take_heartbeat(const protocol::event_view& event)
{
    const auto beat = protocol::parse_heartbeat(event);
    if (!beat)
        return wrong("HEARTBEAT that cannot be read");
    // The old form holds 32 bits of the position. A smaller one than ours is late, not wrong.
    const bool wide = event.header.type == event_type::heartbeat_v2;
    const bool ahead =
        wide
            ? beat->position > position_
            : static_cast<std::int32_t>(
                  static_cast<std::uint32_t>(beat->position) - static_cast<std::uint32_t>(position_)
              ) > 0;
    if (stage_ == stage::events && (beat->file != log_.file || ahead))
        return wrong("HEARTBEAT ahead of the events: some are missing");
    return upstream_event{upstream_event_kind::heartbeat, log_, position_, sum_, event};
}

event_chain::taken event_chain::take_real(const protocol::event_view& event)
{
    if (stage_ != stage::events)
        return wrong("event in front of the file's FORMAT_DESCRIPTION");
    if (!follows(event.header, position_))
        return wrong("event that does not follow on the one before");
    const std::uint64_t at = position_;
    position_ += event.header.size;
    return upstream_event{upstream_event_kind::ordinary, log_, at, sum_, event};
}

}  // namespace proxy
