#pragma once

#include "protocol/control_event.hpp"

#include <string>

namespace proxy {

// The source's ROTATE as it ends a clean file: it names the next clean file and is otherwise as it
// was. Whoever appends it sets its position and checksum.
inline protocol::byte_buffer clean_rotate(
    const protocol::event_view& rotate, const std::string& next_clean_file, protocol::checksum sum
)
{
    protocol::byte_buffer event;
    protocol::append_rotate(
        event, rotate.header, {.position = protocol::first_position, .file = next_clean_file}, sum
    );
    return event;
}

}  // namespace proxy
