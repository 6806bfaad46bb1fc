#include "protocol/query_event.hpp"

#include "protocol/reader.hpp"

#include <cassert>

namespace protocol {
namespace {

// `ExtraBytes` lie between the numbers and the status variables.
template <std::size_t ExtraBytes>
result<query_view> parse(byte_view body)
{
    reader in(body);
    query_view query;
    query.thread_id = in.u32();
    query.exec_time = in.u32();
    const std::uint8_t database_size = in.u8();
    query.error_code = in.u16();
    const std::uint16_t status_size = in.u16();
    in.skip(ExtraBytes);
    query.status = in.bytes(status_size);
    query.database = in.text(database_size);
    in.skip(1);  // NUL
    query.text = as_text(in.rest());
    if (!in.ok())
        return tl::unexpected(errc::truncated);
    return query;
}

}  // namespace

result<query_view> parse_query(byte_view body)
{
    return parse<0>(body);
}

result<query_view> parse_load_query(byte_view body)
{
    return parse<13>(body);  // file id, two offsets into the text, how duplicates are handled
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

result<byte_buffer> with_query_text(const event_view& event, std::string_view text, checksum sum)
{
    auto query = event.header.type == event_type::execute_load_query ? parse_load_query(event.body)
                                                                     : parse_query(event.body);
    if (!query)
        return tl::unexpected(query.error());
    query->text = text;
    event_header header = event.header;
    header.type = event_type::query;
    byte_buffer changed;
    append_query(changed, header, *query, sum);
    return changed;
}

}  // namespace protocol
