#include "protocol/binlog_file.hpp"

namespace protocol {

result<std::optional<event_view>> binlog_file::next()
{
    const bool first = position_ == 0;
    if (first) {
        if (bytes_.size() < binlog_magic.size())
            return tl::unexpected(errc::truncated);
        if (!as_text(bytes_).starts_with(binlog_magic))
            return tl::unexpected(errc::unsupported);
        position_ = first_position;
    }
    const byte_view rest = bytes_.subspan(position_);
    if (rest.empty())
        return std::nullopt;
    if (rest.size() < event_header_size)
        return tl::unexpected(errc::truncated);
    const event_header header = load_event_header(rest);
    if (header.size > rest.size() || header.size < event_header_size)
        return tl::unexpected(errc::truncated);

    const bool format = header.type == event_type::format_description;
    if (first && !format)
        return tl::unexpected(errc::unsupported);
    const byte_view whole = rest.first(header.size);
    if (format) {
        const auto description = parse_format_description(whole);
        if (!description)
            return tl::unexpected(description.error());
        sum_ = description->sum;
    }
    // A FORMAT_DESCRIPTION has room for a checksum whatever it says of the others.
    const auto event = parse_event(whole, format ? checksum::crc32 : sum_);
    if (!event)
        return tl::unexpected(event.error());
    position_ += whole.size();
    return *event;
}

}  // namespace protocol
