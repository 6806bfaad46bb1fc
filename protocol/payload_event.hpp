#pragma once

#include "protocol/event.hpp"

#include <memory>

// TRANSACTION_PAYLOAD_EVENT: events of one transaction, compressed with zstd.
// Source: libbinlogevents codecs/binary.cpp, Transaction_payload.
namespace protocol {

enum class compression : std::uint64_t {
    zstd = 0,
    none = 255,
};

struct payload_view
{
    compression kind = compression::none;
    std::uint64_t uncompressed_size = 0;
    byte_view payload;
};
result<payload_view> parse_payload(byte_view body);
byte_view append_payload(
    byte_buffer& out, const event_header& header, const payload_view& payload, checksum sum
);

// Gives the payload's events one by one without holding the whole: memory is one event (at most
// max_event) and fixed buffers. Inner events have no checksum. Views die with the next call.
class payload_reader
{
public:
    payload_reader(const payload_view& payload, std::size_t max_event);
    ~payload_reader();
    payload_reader(const payload_reader&) = delete;
    payload_reader& operator=(const payload_reader&) = delete;

    // The next event, or nothing at the end.
    result<std::optional<event_view>> next();

private:
    struct state;
    std::unique_ptr<state> state_;
};

// Compresses events added one by one into `out` (appended there); finish() ends the frame.
class payload_compressor
{
public:
    explicit payload_compressor(byte_buffer& out);
    ~payload_compressor();
    payload_compressor(const payload_compressor&) = delete;
    payload_compressor& operator=(const payload_compressor&) = delete;

    result<void> add(byte_view event);
    result<void> finish();
    std::uint64_t uncompressed_size() const;

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace protocol
