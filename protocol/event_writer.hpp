#pragma once

#include "protocol/event.hpp"
#include "protocol/writer.hpp"

namespace protocol {

// Builds one event at the end of a buffer: header from the constructor, body through body(), then
// finish() sets the size from what is there, room for the checksum included. Position and checksum
// of an event that goes into a log are set where it is appended; finish_artificial() is for events
// that are in no file (end_log_pos as given, artificial flag, sealed).
//
//   event_writer event(out, header);
//   event.body().u64(position).text(file);
//   event.finish(checksum::crc32);
class event_writer
{
public:
    event_writer(byte_buffer& out, const event_header& header);

    writer& body() { return to_; }
    // The event's bytes; valid until the buffer changes.
    byte_view finish(checksum sum);
    byte_view finish_artificial(checksum sum);

private:
    byte_buffer& out_;
    std::size_t begin_;
    writer to_;
};

}  // namespace protocol
