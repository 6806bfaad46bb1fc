#pragma once

#include "protocol/bytes.hpp"
#include "protocol/error.hpp"

#include <optional>

// MySQL packets: 3 bytes length, 1 byte number, payload. A payload of 2^24-1 bytes or more goes in
// several frames; a full frame promises another, even an empty one.
namespace protocol {

constexpr std::size_t packet_header_size = 4;
constexpr std::size_t max_frame_payload = 0xffffff;

// Appends the frames of one payload; returns the number for the next frame.
std::uint8_t append_packet(
    byte_buffer& out,
    byte_view payload,
    std::uint8_t sequence,
    std::size_t max_frame = max_frame_payload
);

// Cuts a byte stream into packets, joining the frames of large ones.
//
//   read some bytes into prepare(n), then commit(how many came)
//   call next() until it gives nothing, then read more
//
// A packet view stays valid until the following call of prepare() or next().
class packet_splitter
{
public:
    explicit packet_splitter(std::size_t max_packet, std::size_t max_frame = max_frame_payload)
        : max_packet_(max_packet)
        , max_frame_(max_frame)
    {}

    std::span<std::uint8_t> prepare(std::size_t size);
    void commit(std::size_t size) noexcept { end_ += size; }

    // The next whole packet, or nothing if more bytes are needed. out_of_order, too_large.
    result<std::optional<byte_view>> next();

    // Bytes received but not yet given out (a TLS hello read too early, say); empties the buffer.
    byte_buffer take_rest();

    void set_max_packet(std::size_t max_packet) { max_packet_ = max_packet; }

    // Number of the frame we expect next. A command starts a new count at zero.
    std::uint8_t sequence = 0;

private:
    std::size_t max_packet_;
    std::size_t max_frame_;
    byte_buffer buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    byte_buffer joined_;
    bool joined_given_out_ = false;
};

}  // namespace protocol
