#include "protocol/control_event.hpp"

#include "protocol/reader.hpp"

namespace protocol {
namespace {

constexpr std::size_t server_version_size = 50;
// After a FORMAT_DESCRIPTION's body: the algorithm, then a CRC-32 even where that says none.
constexpr std::size_t format_tail_size = 1 + 4;

// Fields of HEARTBEAT_LOG_EVENT_V2 (codecs/binary.cpp, Heartbeat).
enum class heartbeat_field : std::uint8_t {
    end = 0,
    file = 1,
    position = 2,
};

constexpr std::size_t max_xid_part = 64;

result<heartbeat_view> parse_heartbeat_v2(byte_view body)
{
    reader in(body);
    heartbeat_view heartbeat;
    for (;;) {
        const std::uint64_t field = in.lenenc();
        if (!in.ok())
            return tl::unexpected(errc::truncated);
        if (field == static_cast<std::uint64_t>(heartbeat_field::end))
            break;
        const byte_view value = in.bytes(in.lenenc());
        reader number(value);
        if (field == static_cast<std::uint64_t>(heartbeat_field::file))
            heartbeat.file = as_text(value);
        else if (field == static_cast<std::uint64_t>(heartbeat_field::position))
            heartbeat.position = number.lenenc();
        if (!in.ok() || !number.ok())
            return tl::unexpected(errc::truncated);
    }
    return heartbeat;
}

}  // namespace

result<rotate_view> parse_rotate(byte_view body)
{
    reader in(body);
    rotate_view rotate;
    rotate.position = in.u64();
    rotate.file = as_text(in.rest());
    if (!in.ok())
        return tl::unexpected(errc::truncated);
    return rotate;
}

byte_view
append_rotate(byte_buffer& out, const event_header& header, const rotate_view& rotate, checksum sum)
{
    event_writer event(out, header);
    event.body().u64(rotate.position).text(rotate.file);
    return event.finish(sum);
}

byte_view append_previous_gtids(
    byte_buffer& out, const event_header& header, const gtid_set& before, checksum sum
)
{
    event_header changed = header;
    changed.type = event_type::previous_gtids;
    byte_buffer set;
    append_gtid_set_binary(set, before);
    event_writer event(out, changed);
    event.body().bytes(set);
    return event.finish(sum);
}

result<format_description> parse_format_description(byte_view whole)
{
    if (whole.size() < event_header_size + format_tail_size)
        return tl::unexpected(errc::truncated);
    const byte_view tail = whole.last(format_tail_size);
    const byte_view body =
        whole.subspan(event_header_size, whole.size() - event_header_size - format_tail_size);

    reader in(body);
    format_description format;
    format.binlog_version = in.u16();
    const std::string_view version = in.text(server_version_size);
    format.server_version = version.substr(0, version.find('\0'));
    format.created = in.u32();
    const std::uint8_t common_header_size = in.u8();
    const byte_view lengths = in.rest();
    if (!in.ok())
        return tl::unexpected(errc::truncated);
    if (format.binlog_version != 4 || common_header_size != event_header_size)
        return tl::unexpected(errc::unsupported);
    if (tail[0] > static_cast<std::uint8_t>(checksum::crc32))
        return tl::unexpected(errc::unsupported);
    format.post_header_lengths.assign(lengths.begin(), lengths.end());
    format.sum = static_cast<checksum>(tail[0]);
    return format;
}

result<std::uint64_t> parse_xid(byte_view body)
{
    if (body.size() < sizeof(std::uint64_t))
        return tl::unexpected(errc::truncated);
    if (body.size() > sizeof(std::uint64_t))
        return tl::unexpected(errc::bad_value);
    return load<std::uint64_t>(body.data());
}

byte_view append_xid(byte_buffer& out, const event_header& header, std::uint64_t xid, checksum sum)
{
    event_writer event(out, header);
    event.body().u64(xid);
    return event.finish(sum);
}

result<heartbeat_view> parse_heartbeat(const event_view& event)
{
    if (event.header.type == event_type::heartbeat_v2)
        return parse_heartbeat_v2(event.body);
    return heartbeat_view{.position = event.header.end_log_pos, .file = as_text(event.body)};
}

byte_view append_heartbeat(
    byte_buffer& out,
    std::uint32_t server_id,
    const heartbeat_view& heartbeat,
    bool v2,
    checksum sum
)
{
    event_writer event(
        out,
        {
            .timestamp = 0,
            .type = v2 ? event_type::heartbeat_v2 : event_type::heartbeat,
            .server_id = server_id,
            .size = 0,
            .end_log_pos = static_cast<std::uint32_t>(heartbeat.position),
            .flags = 0,
        }
    );
    if (!v2) {
        event.body().text(heartbeat.file);
        return event.finish(sum);
    }
    event.body()
        .lenenc(static_cast<std::uint64_t>(heartbeat_field::file))
        .text_lenenc(heartbeat.file)
        .lenenc(static_cast<std::uint64_t>(heartbeat_field::position))
        .lenenc(lenenc_size(heartbeat.position))
        .lenenc(heartbeat.position)
        .lenenc(static_cast<std::uint64_t>(heartbeat_field::end));
    return event.finish(sum);
}

result<xa_prepare_view> parse_xa_prepare(byte_view body)
{
    reader in(body);
    xa_prepare_view xa;
    xa.one_phase = in.u8() != 0;
    xa.format_id = in.u32();
    const std::uint32_t gtrid_size = in.u32();
    const std::uint32_t bqual_size = in.u32();
    if (gtrid_size > max_xid_part || bqual_size > max_xid_part)
        return tl::unexpected(errc::bad_value);
    xa.gtrid = in.bytes(gtrid_size);
    xa.bqual = in.bytes(bqual_size);
    if (!in.ok())
        return tl::unexpected(errc::truncated);
    return xa;
}

result<std::string_view> parse_rows_query(byte_view body)
{
    if (body.empty())
        return tl::unexpected(errc::truncated);
    return as_text(body.subspan(1));
}

}  // namespace protocol
