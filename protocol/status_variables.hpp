#pragma once

#include "protocol/bytes.hpp"
#include "protocol/error.hpp"

#include <optional>
#include <string_view>

// The status variables block of a QUERY event. Codes we know have a known length; at the first code
// we do not know the rest is kept whole, since lengths are not on the wire.
// Source: libbinlogevents statement_events.h, Query_event::Query_event_post_header and q_* codes.
namespace protocol {

enum class status_code : std::uint8_t {
    flags2 = 0,
    sql_mode = 1,
    catalog = 2,  // old form, not written by 5.0+
    auto_increment = 3,
    charset = 4,
    time_zone = 5,
    catalog_nz = 6,
    lc_time_names = 7,
    charset_database = 8,
    table_map_for_update = 9,
    master_data_written = 10,
    invoker = 11,
    updated_db_names = 12,
    microseconds = 13,
    commit_ts = 14,
    commit_ts2 = 15,
    explicit_defaults_for_timestamp = 16,
    ddl_logged_with_xid = 17,
    default_collation_for_utf8mb4 = 18,
    sql_require_primary_key = 19,
    default_table_encryption = 20,
    enable_cascade_triggers = 21,  // MySQL 9.x, one byte
};

// One variable: its code and all its bytes, the code included. Points into the block.
struct status_variable
{
    status_code code;
    byte_view bytes;  // code byte and value
};

// What unghost itself reads of a block.
struct session_state
{
    std::optional<std::uint32_t> flags2;
    std::optional<std::uint64_t> sql_mode;
    std::optional<std::uint16_t> client_charset;  // collation id of character_set_client
    std::optional<std::uint64_t> ddl_xid;
    std::optional<std::uint32_t> microseconds;
    std::string_view time_zone;  // SYSTEM, +02:00, Europe/Berlin; empty: not used. In the block
};

// sql_mode bits (sql/system_variables.h).
constexpr std::uint64_t mode_ansi_quotes = 0x4;
constexpr std::uint64_t mode_no_backslash_escapes = 0x100000;
constexpr std::uint64_t mode_strict_trans_tables = 0x200000;
constexpr std::uint64_t mode_strict_all_tables = 0x400000;
constexpr std::uint64_t mode_no_zero_in_date = 0x800000;
constexpr std::uint64_t mode_no_zero_date = 0x1000000;

// All variables in their order. The last may be one of an unknown code with everything after it.
result<std::vector<status_variable>> parse_status_variables(byte_view block);
result<session_state> read_session_state(byte_view block);

}  // namespace protocol
