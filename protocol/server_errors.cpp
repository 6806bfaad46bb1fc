#include "protocol/server_errors.hpp"

#include <algorithm>
#include <array>

namespace protocol {
namespace {

// An error that unghost sends. `{}` is a gap.
struct error_row
{
    server_errno error;
    std::string_view state;
    std::string_view text;
};

using enum server_errno;

constexpr std::array rows{
    error_row{too_many_connections, "08004", "Too many connections"},
    error_row{bad_handshake, "08S01", "Bad handshake"},
    error_row{access_denied, "28000", "Access denied for user '{}'@'{}' (using password: {})"},
    error_row{unknown_command, "08S01", "Unknown command"},
    error_row{server_shutdown, "08S01", "Server shutdown in progress"},
    error_row{unknown_thread, "HY000", "Unknown thread id: {}"},
    error_row{not_owner_of_thread, "HY000", "You are not owner of thread {}"},
    error_row{unknown_error, "HY000", "Unknown error"},
    error_row{host_not_privileged, "HY000", "Host '{}' is not allowed to connect to this server"},
    error_row{packets_out_of_order, "08S01", "Got packets out of order"},
    error_row{unknown_system_variable, "HY000", "Unknown system variable '{}'"},
    error_row{error_when_executing, "HY000", "Error when executing command {}: {}"},
    error_row{
        specific_access_denied,
        "42000",
        "Access denied; you need (at least one of) the {} privilege(s) for this operation"
    },
    error_row{
        source_fatal_error_reading_binlog,
        "HY000",
        "Got fatal error 1236 from source when reading data from binary log: '{}'"
    },
    error_row{
        client_is_too_old,
        "08004",
        "Client does not support authentication protocol requested by server; consider upgrading "
        "MySQL client"
    },
    error_row{malformed_gtid_set, "HY000", "Malformed GTID set specification"},
    error_row{malformed_packet, "HY000", "Malformed communication packet."},
    error_row{
        secure_transport_required,
        "HY000",
        "Connections using insecure transport are prohibited while --require_secure_transport=ON."
    },
};

constexpr error_row row_of(server_errno error)
{
    const auto* const row = std::ranges::find(rows, error, &error_row::error);
    return row == rows.end() ? error_row{error, "HY000", ""} : *row;
}

std::string filled(std::string_view text, std::initializer_list<std::string_view> values)
{
    std::string result;
    for (const std::string_view value : values) {
        const std::size_t gap = text.find("{}");
        if (gap == text.npos)
            break;
        result += text.substr(0, gap);
        result += value;
        text.remove_prefix(gap + 2);
    }
    result += text;
    return result;
}

}  // namespace

server_error make_error(server_errno error, std::initializer_list<std::string_view> values)
{
    const std::string_view text = row_of(error).text;
    return make_error_with_text(
        error, text.empty() ? "error " + std::to_string(number_of(error)) : filled(text, values)
    );
}

server_error make_error_with_text(server_errno error, std::string text)
{
    return {
        .code = number_of(error),
        .state = std::string(row_of(error).state),
        .message = std::move(text),
    };
}

}  // namespace protocol
