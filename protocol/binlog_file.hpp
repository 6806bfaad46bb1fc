#pragma once

#include "protocol/control_event.hpp"
#include "protocol/event.hpp"

#include <optional>

namespace protocol {

// Walks the bytes of a whole binlog file: magic, then events, with the checksum kind that its
// FORMAT_DESCRIPTION says. Views point into the bytes given to the constructor.
//
//   binlog_file file(bytes);
//   for (auto event = file.next(); event && *event; event = file.next())
//       … (*event)->body
//
// Checksums are not verified. unsupported: no binlog, or it begins with another event.
class binlog_file
{
public:
    explicit binlog_file(byte_view bytes) : bytes_(bytes) {}

    // The next event, or nothing at the end.
    result<std::optional<event_view>> next();

    checksum sum() const { return sum_; }
    // Where the next event begins: the offset of what failed, after an error.
    std::size_t position() const { return position_; }

private:
    byte_view bytes_;
    std::size_t position_ = 0;
    checksum sum_ = checksum::none;
};

}  // namespace protocol
