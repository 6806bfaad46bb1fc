#include "protocol/packet.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace protocol {
namespace {

// Up to here a packet stays in the receive buffer until it is whole; above, its memory is given
// back after use.
constexpr std::size_t large_packet = 1 << 20;

}  // namespace

std::uint8_t
append_packet(byte_buffer& out, byte_view payload, std::uint8_t sequence, std::size_t max_frame)
{
    assert(max_frame > 0);
    for (;;) {
        const byte_view frame = payload.first(std::min(payload.size(), max_frame));
        std::array<std::uint8_t, packet_header_size> header{};
        store_le(std::span(header).first(3), frame.size());
        header[3] = sequence++;
        out.insert(out.end(), header.begin(), header.end());
        out.insert(out.end(), frame.begin(), frame.end());
        payload = payload.subspan(frame.size());
        if (frame.size() < max_frame)
            return sequence;
    }
}

std::span<std::uint8_t> packet_splitter::prepare(std::size_t size)
{
    drop_given_out();
    if (begin_ == end_)
        begin_ = end_ = 0;
    if (buffer_.size() - end_ < size && begin_ > 0) {
        std::copy(buffer_.data() + begin_, buffer_.data() + end_, buffer_.data());
        end_ -= begin_;
        begin_ = 0;
    }
    if (buffer_.size() - end_ < size)
        buffer_.resize(end_ + size);
    return std::span(buffer_).subspan(end_, size);
}

result<std::optional<byte_view>> packet_splitter::next_slowly()
{
    drop_given_out();
    for (;;) {
        if (state_ == state::gathering) {
            if (!gather())
                return tl::unexpected(errc::lost);
            if (frame_left_ > 0)
                return std::nullopt;
            if (frame_is_last_)
                return finish_gathering();
        }

        const byte_view pending = byte_view(buffer_).subspan(begin_, end_ - begin_);
        if (pending.size() < packet_header_size)
            return std::nullopt;
        const std::size_t size = load_le(pending.first(3));
        if (pending[3] != sequence)
            return tl::unexpected(errc::out_of_order);
        if (!is_allowed(size))
            return tl::unexpected(errc::too_large);

        if (size < max_frame_ && state_ == state::between && size <= large_packet) {
            if (pending.size() - packet_header_size < size)
                return std::nullopt;
            begin_ += packet_header_size + size;
            ++sequence;
            return pending.subspan(packet_header_size, size);
        }

        begin_gathering(size);
    }
}

bool packet_splitter::is_allowed(std::size_t frame) const
{
    return frame <= max_frame_ && frame <= max_packet_ && joined_size_ <= max_packet_ - frame;
}

// The size is not reserved: a peer gets memory for what it has sent, not for what it says.
void packet_splitter::begin_gathering(std::size_t frame)
{
    begin_ += packet_header_size;
    ++sequence;
    frame_left_ = frame;
    frame_is_last_ = frame < max_frame_;
    if (!frame_is_last_ && state_ == state::between && make_gathered_)
        joined_large_ = make_gathered_();
    state_ = state::gathering;
}

// What there is of the frame.
bool packet_splitter::gather()
{
    const byte_view part = byte_view(buffer_).subspan(begin_, std::min(frame_left_, end_ - begin_));
    if (!joined_large_)
        joined_.insert(joined_.end(), part.begin(), part.end());
    else if (!joined_large_->add(part))
        return false;
    joined_size_ += part.size();
    begin_ += part.size();
    frame_left_ -= part.size();
    return true;
}

result<byte_view> packet_splitter::finish_gathering()
{
    state_ = state::given_out;
    if (!joined_large_)
        return byte_view(joined_);
    if (!joined_large_->finish())
        return tl::unexpected(errc::lost);
    return joined_large_->view();
}

byte_view packet_splitter::take_bytes()
{
    drop_given_out();
    const byte_view taken = byte_view(buffer_).subspan(begin_, end_ - begin_);
    begin_ = end_ = 0;
    return taken;
}

byte_buffer packet_splitter::take_rest()
{
    const byte_view rest = take_bytes();
    return byte_buffer(rest.begin(), rest.end());
}

void packet_splitter::drop_given_out()
{
    if (state_ != state::given_out)
        return;
    state_ = state::between;
    joined_size_ = 0;
    joined_large_.reset();
    if (joined_.capacity() > large_packet)
        joined_ = {};
    else
        joined_.clear();
}

}  // namespace protocol
