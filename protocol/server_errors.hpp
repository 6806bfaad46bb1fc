#pragma once

#include "protocol/response.hpp"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

// MySQL's errors as far as unghost sends or recognises them.
// Source: share/messages_to_clients.txt, include/mysqld_error.h; MariaDB:
// sql/share/errmsg-utf8.txt.
namespace protocol {

enum class server_errno : std::uint16_t {
    too_many_connections = 1040,
    out_of_resources = 1041,
    bad_handshake = 1043,
    access_denied = 1045,
    unknown_command = 1047,
    unknown_database = 1049,
    server_shutdown = 1053,
    normal_shutdown = 1077,
    shutdown_complete = 1079,
    unknown_thread = 1094,
    not_owner_of_thread = 1095,
    unknown_error = 1105,
    host_is_blocked = 1129,
    host_not_privileged = 1130,
    table_access_denied = 1142,
    no_such_table = 1146,
    aborted_connection = 1152,
    packets_out_of_order = 1156,
    net_read_error = 1158,
    net_read_interrupted = 1159,
    net_error_on_write = 1160,
    net_write_interrupted = 1161,
    new_aborted_connection = 1184,
    unknown_system_variable = 1193,
    too_many_user_connections = 1203,
    lock_wait_timeout = 1205,
    deadlock = 1213,
    error_when_executing = 1220,
    user_limit_reached = 1226,
    specific_access_denied = 1227,
    source_fatal_error_reading_binlog = 1236,
    client_is_too_old = 1251,
    query_interrupted = 1317,
    table_def_changed = 1412,
    access_denied_no_password = 1698,
    malformed_gtid_set = 1772,
    must_change_password = 1820,
    malformed_packet = 1835,
    must_change_password_login = 1862,
    mariadb_connection_killed = 1927,
    query_timeout = 3024,
    offline_mode = 3032,
    account_locked = 3118,
    secure_transport_required = 3159,
    session_was_killed = 3169,
    client_was_inactive = 4031,
};

constexpr std::uint16_t number_of(server_errno error)
{
    return static_cast<std::uint16_t>(error);
}

// The server's own text, whose gaps take `values` in their order.
server_error make_error(server_errno error, std::initializer_list<std::string_view> values = {});
// With our own words: number and SQLSTATE of the server's error.
server_error make_error_with_text(server_errno error, std::string text);

}  // namespace protocol
