#pragma once

#include "protocol/bytes.hpp"
#include "protocol/checksum.hpp"
#include "protocol/error.hpp"
#include "protocol/large_bytes.hpp"

#include <optional>

// The frame of every binlog event: a header of 19 bytes, a body, maybe a CRC-32.
// Source: libbinlogevents (mysql/binlog/event/binlog_event.h), Log_event_header.
namespace protocol {

enum class event_type : std::uint8_t {
    unknown = 0,
    query = 2,
    stop = 3,
    rotate = 4,
    intvar = 5,
    rand = 13,
    user_var = 14,
    format_description = 15,
    xid = 16,
    begin_load_query = 17,
    execute_load_query = 18,
    append_block = 9,
    delete_file = 11,
    table_map = 19,
    write_rows_v1 = 23,
    update_rows_v1 = 24,
    delete_rows_v1 = 25,
    incident = 26,
    heartbeat = 27,
    ignorable = 28,
    rows_query = 29,
    write_rows = 30,
    update_rows = 31,
    delete_rows = 32,
    gtid = 33,
    anonymous_gtid = 34,
    previous_gtids = 35,
    transaction_context = 36,
    view_change = 37,
    xa_prepare = 38,
    partial_update_rows = 39,
    transaction_payload = 40,
    heartbeat_v2 = 41,
    gtid_tagged = 42,
};

constexpr std::size_t event_header_size = 19;
constexpr std::string_view binlog_magic = "\xfe"
                                          "bin";
constexpr std::uint64_t first_position = binlog_magic.size();  // of the first event

// Bits of event_header::flags.
constexpr std::uint16_t event_in_use = 0x1;  // FORMAT_DESCRIPTION of a file being written
constexpr std::uint16_t event_suppress_use = 0x8;
constexpr std::uint16_t event_artificial = 0x20;  // made by a dump thread, in no file
constexpr std::uint16_t event_ignorable = 0x80;

struct event_header
{
    std::uint32_t timestamp = 0;
    event_type type = event_type::unknown;
    std::uint32_t server_id = 0;
    std::uint32_t size = 0;
    std::uint32_t end_log_pos = 0;  // modulo 2^32; 0 in artificial events
    std::uint16_t flags = 0;
};

// Offsets in the header of what is patched in place.
constexpr std::size_t event_size_offset = 9;
constexpr std::size_t event_end_log_pos_offset = 13;
constexpr std::size_t event_flags_offset = 17;

// One event. All views point into the bytes given to parse_event.
struct event_view
{
    event_header header;
    byte_view body;                      // without header and checksum
    byte_view whole;                     // header, body, checksum: as it lies in the file
    const large_bytes* large = nullptr;  // whose part `whole` is; null: it is in memory
};

// Needs event_header_size bytes. Inline: every event passes through it, often more than once.
inline event_header load_event_header(byte_view bytes)
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

// `bytes` is exactly one event; `sum` is what its file says. The checksum itself is not verified
// here (checksum_is_right does). truncated: shorter than header and checksum; bad_value: its size
// field is not bytes.size().
result<event_view> parse_event(byte_view bytes, checksum sum);

constexpr bool is_rows_event(event_type type)
{
    switch (type) {
        case event_type::write_rows_v1:
        case event_type::update_rows_v1:
        case event_type::delete_rows_v1:
        case event_type::write_rows:
        case event_type::update_rows:
        case event_type::delete_rows:
        case event_type::partial_update_rows: return true;
        default: return false;
    }
}
constexpr bool is_gtid_event(event_type type)
{
    return type == event_type::gtid || type == event_type::anonymous_gtid ||
           type == event_type::gtid_tagged;
}

}  // namespace protocol
