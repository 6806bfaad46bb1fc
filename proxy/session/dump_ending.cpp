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
        case session_end::none: return;
        case session_end::replaced:
            throw fatal_refusal(
                "A replica with the same server_uuid/server_id as this replica has connected to "
                "the source"
            );
        case session_end::killed: throw dump_end{.silent = true};
        case session_end::interrupted:
        case session_end::shutdown: throw dump_end{};
    }
}

}  // namespace proxy
