#pragma once

#include "protocol/bytes.hpp"
#include "protocol/error.hpp"
#include "protocol/large_bytes.hpp"

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
// A packet view stays valid until the following call of prepare() or next(). Small packets are
// given out where they lie; what has several frames, or does not fit large_packet, is gathered
// in a buffer of its own, so the receive buffer stays small; what has several frames outside of
// memory, if gather_in() says where.
class packet_splitter
{
public:
    explicit packet_splitter(std::size_t max_packet, std::size_t max_frame = max_frame_payload)
        : max_packet_(max_packet)
        , max_frame_(max_frame)
    {}

    // Exactly `size` bytes to write to. Moves what is left of the last read, at most once a call.
    std::span<std::uint8_t> prepare(std::size_t size);
    void commit(std::size_t size) noexcept { end_ += size; }

    // The next whole packet, or nothing if more bytes are needed. out_of_order, too_large,
    // and lost, of one that is gathered elsewhere.
    result<std::optional<byte_view>> next()
    {
        const std::size_t pending = end_ - begin_;
        if (pending >= packet_header_size && state_ == state::between) {
            const std::uint8_t* const at = buffer_.data() + begin_;
            const auto header = load<std::uint32_t>(at);
            const std::size_t size = header & 0xffffff;
            if (header >> 24 == sequence && size < max_frame_ && size <= max_packet_ &&
                size <= pending - packet_header_size) {
                begin_ += packet_header_size + size;
                ++sequence;
                return byte_view(at + packet_header_size, size);
            }
        }
        return next_slowly();
    }

    // Between packets: all that was received and not given out, for whoever passes bytes on; valid
    // until the next prepare(). Their packets are not counted in `sequence`.
    byte_view take_bytes();
    bool has_bytes() const { return begin_ != end_; }
    // Between packets: bytes received but not yet given out (a TLS hello read too early, say);
    // empties the buffer.
    byte_buffer take_rest();

    void set_max_packet(std::size_t max_packet) { max_packet_ = max_packet; }
    void gather_in(make_gathered make) { make_gathered_ = std::move(make); }
    // Of the packet that next() gave last; null if it is in memory.
    const large_bytes* large() const
    {
        return state_ == state::given_out ? joined_large_.get() : nullptr;
    }

    // Number of the frame we expect next. A command starts a new count at zero.
    std::uint8_t sequence = 0;

private:
    enum class state : std::uint8_t {
        between,    // packets: nothing is joined
        gathering,  // frame_left_ bytes of a frame are still to be joined
        given_out,  // what was joined is what next() gave last
    };
    result<std::optional<byte_view>> next_slowly();
    bool is_allowed(std::size_t frame) const;
    void begin_gathering(std::size_t frame);
    bool gather();
    result<byte_view> finish_gathering();
    void drop_given_out();

    std::size_t max_packet_;
    std::size_t max_frame_;
    byte_buffer buffer_;
    std::size_t begin_ = 0;  // of what was received and not given out
    std::size_t end_ = 0;
    byte_buffer joined_;
    make_gathered make_gathered_;
    std::shared_ptr<gathered_bytes> joined_large_;  // then joined_ is empty
    std::size_t joined_size_ = 0;
    std::size_t frame_left_ = 0;
    bool frame_is_last_ = false;
    state state_ = state::between;
};

}  // namespace protocol
