#pragma once

#include "protocol/bytes.hpp"
#include "protocol/error.hpp"
#include "protocol/gtid_set.hpp"

#include <string>

// Commands: the first byte of a packet says which. Source: sql/sql_parse.cc dispatch_command,
// sql/rpl_source.cc (register_replica, com_binlog_dump, com_binlog_dump_gtid).
namespace protocol {

enum class command_type : std::uint8_t {
    sleep = 0x00,
    quit = 0x01,
    init_db = 0x02,
    query = 0x03,
    field_list = 0x04,
    statistics = 0x09,
    process_info = 0x0a,
    process_kill = 0x0c,
    ping = 0x0e,
    change_user = 0x11,
    binlog_dump = 0x12,
    register_slave = 0x15,
    stmt_prepare = 0x16,
    stmt_execute = 0x17,
    stmt_send_long_data = 0x18,
    stmt_close = 0x19,
    stmt_reset = 0x1a,
    set_option = 0x1b,
    stmt_fetch = 0x1c,
    binlog_dump_gtid = 0x1e,
    reset_connection = 0x1f,
};

// Flags of both dump commands.
constexpr std::uint16_t dump_non_block = 0x1;
constexpr std::uint16_t dump_heartbeat_v2 = 0x2;

struct binlog_dump
{
    std::uint32_t position = 0;
    std::uint16_t flags = 0;
    std::uint32_t server_id = 0;
    std::string file;  // NUL bytes some clients append are cut off
    bool operator==(const binlog_dump&) const = default;
};
struct binlog_dump_gtid
{
    std::uint16_t flags = 0;
    std::uint32_t server_id = 0;
    std::string file;
    std::uint64_t position = 0;
    gtid_set seen;
    bool operator==(const binlog_dump_gtid&) const = default;
};
struct register_slave
{
    std::uint32_t server_id = 0;
    std::string host;
    std::string user;
    std::string password;
    std::uint16_t port = 0;
    std::uint32_t source_id = 0;
    bool operator==(const register_slave&) const = default;
};

// Who a connection becomes. What follows the character set is there only if the capabilities say
// so.
struct change_user
{
    std::string user;
    byte_buffer proof;  // answers the scramble of the login, for `plugin`
    std::string database;
    std::uint16_t collation = 255;
    std::string plugin;
    byte_buffer attributes;  // length-encoded names and values, as they came
    bool operator==(const change_user&) const = default;
};

// `packet` is the whole payload, the command byte included: another command is a bad_value. What
// follows the last field is ignored, as the server does.
result<binlog_dump> parse_binlog_dump(byte_view packet);
result<binlog_dump_gtid> parse_binlog_dump_gtid(byte_view packet);
result<register_slave> parse_register_slave(byte_view packet);
result<change_user> parse_change_user(byte_view packet, std::uint32_t capabilities);
// Text of COM_QUERY, within `packet`; with query_attributes negotiated the attributes in front are
// skipped. unsupported: an attribute of a type whose size we do not know.
result<std::string_view> parse_query_text(byte_view packet, std::uint32_t capabilities);

void append_binlog_dump(byte_buffer& out, const binlog_dump& dump);
void append_binlog_dump_gtid(byte_buffer& out, const binlog_dump_gtid& dump);
void append_register_slave(byte_buffer& out, const register_slave& registration);
void append_change_user(byte_buffer& out, const change_user& request, std::uint32_t capabilities);
// Without attributes, in the form that `capabilities` ask for.
void append_query_command(byte_buffer& out, std::string_view text, std::uint32_t capabilities = 0);

}  // namespace protocol
