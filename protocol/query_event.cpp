#include "protocol/query_event.hpp"

#include "protocol/reader.hpp"

#include <cassert>

namespace protocol {

result<query_view> parse_query(byte_view body)
{
    reader in(body);
    query_view query;
    query.thread_id = in.u32();
    query.exec_time = in.u32();
    const std::uint8_t database_size = in.u8();
    query.error_code = in.u16();
    query.status = in.bytes(in.u16());
    query.database = in.text(database_size);
    in.skip(1);  // NUL
    query.text = as_text(in.rest());
    if (!in.ok())
        return tl::unexpected(errc::truncated);
    return query;
}

byte_view
append_query(byte_buffer& out, const event_header& header, const query_view& query, checksum sum)
{
    assert(query.database.size() <= 0xff && query.status.size() <= 0xffff);
    event_writer event(out, header);
    event.body()
        .u32(query.thread_id)
        .u32(query.exec_time)
        .u8(static_cast<std::uint8_t>(query.database.size()))
        .u16(query.error_code)
        .u16(static_cast<std::uint16_t>(query.status.size()))
        .bytes(query.status)
        .text_nul(query.database)
        .text(query.text);
    return event.finish(sum);
}

}  // namespace protocol
