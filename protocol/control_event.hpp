#pragma once

#include "protocol/event.hpp"
#include "protocol/event_writer.hpp"
#include "protocol/gtid_set.hpp"

#include <string>

// The small events between and around transactions. The body of a PREVIOUS_GTIDS is a GTID set:
// parse_gtid_set_binary().
namespace protocol {

struct rotate_view
{
    std::uint64_t position = 0;
    std::string_view file;
};
result<rotate_view> parse_rotate(byte_view body);
byte_view append_rotate(
    byte_buffer& out, const event_header& header, const rotate_view& rotate, checksum sum
);

// PREVIOUS_GTIDS: all that lies in front of a file. Result: its bytes, valid until `out` changes.
byte_view append_previous_gtids(
    byte_buffer& out, const event_header& header, const gtid_set& before, checksum sum
);

struct format_description
{
    std::uint16_t binlog_version = 0;  // 4
    std::string server_version;
    std::uint32_t created = 0;
    byte_buffer post_header_lengths;  // by type - 1
    checksum sum = checksum::none;
};
constexpr std::size_t format_created_offset = event_header_size + 2 + 50;
// `whole` is the event with its checksum: the algorithm byte lies in front of it, always 5 bytes
// from the end, whatever it says.
result<format_description> parse_format_description(byte_view whole);

result<std::uint64_t> parse_xid(byte_view body);
byte_view append_xid(byte_buffer& out, const event_header& header, std::uint64_t xid, checksum sum);

// Heartbeats: file name and position. v1 (27): position in the header; v2 (41): typed fields.
struct heartbeat_view
{
    std::uint64_t position = 0;
    std::string_view file;
};
result<heartbeat_view> parse_heartbeat(const event_view& event);
byte_view append_heartbeat(
    byte_buffer& out,
    std::uint32_t server_id,
    const heartbeat_view& heartbeat,
    bool v2,
    checksum sum
);

// XA_PREPARE: identifies the transaction as `XA COMMIT` text does.
struct xa_prepare_view
{
    bool one_phase = false;
    std::uint32_t format_id = 0;
    byte_view gtrid;
    byte_view bqual;
};
result<xa_prepare_view> parse_xa_prepare(byte_view body);

// ROWS_QUERY: one length byte that is ignored, then text.
result<std::string_view> parse_rows_query(byte_view body);

}  // namespace protocol
