#include "proxy/session/dump_ending.hpp"

#include "protocol/server_errors.hpp"

namespace proxy {

dump_refusal fatal_refusal(std::string message)
{
    return {make_error_with_text(
        protocol::server_errno::source_fatal_error_reading_binlog, std::move(message)
    )};
}

dump_refusal retry_refusal(std::string message)
{
    return {make_error_with_text(protocol::server_errno::server_shutdown, std::move(message))};
}

void check_stop(const session_control& control)
{
    switch (control.stop) {
        case stop_reason::none: return;
        case stop_reason::replaced:
            throw fatal_refusal(
                "A replica with the same server_uuid/server_id as this replica has connected to "
                "the source"
            );
        case stop_reason::killed: throw dump_end{.silent = true};
        case stop_reason::interrupted:
        case stop_reason::shutdown: throw dump_end{};
    }
}

}  // namespace proxy
