#pragma once

#include "protocol/packet.hpp"

#include <algorithm>
#include <array>

namespace protocol {

// Follows packets through a stream of bytes without keeping them: where each ends, how long it is
// and how it begins. For bytes that are only passed on; packet_splitter is for packets to be read.
class packet_walk
{
public:
    static constexpr std::size_t head_size = 32;

    // Takes bytes of one packet, up to its end at most; returns how many. `bytes` may begin and end
    // anywhere in a packet.
    std::size_t take(byte_view bytes)
    {
        if (ended_)
            begin();
        std::size_t taken = 0;
        for (;;) {
            if (header_used_ < packet_header_size) {
                const std::size_t more =
                    std::min(packet_header_size - header_used_, bytes.size() - taken);
                std::copy_n(bytes.data() + taken, more, header_.data() + header_used_);
                header_used_ += more;
                taken += more;
                if (header_used_ < packet_header_size)
                    return taken;
                left_ = load<std::uint32_t>(header_.data()) & max_frame_payload;
                continues_ = left_ == max_frame_payload;
                size_ += left_;
            }
            const auto more = std::min<std::size_t>(left_, bytes.size() - taken);
            const std::size_t kept = std::min(more, head_size - head_used_);
            std::copy_n(bytes.data() + taken, kept, head_.data() + head_used_);
            head_used_ += kept;
            left_ -= static_cast<std::uint32_t>(more);
            taken += more;
            if (left_ > 0)
                return taken;
            header_used_ = 0;
            if (!continues_) {
                ended_ = true;
                return taken;
            }
        }
    }

    // What was taken last ended a packet; its head and size stay until more is taken.
    bool ended() const { return ended_; }
    // The packet's first bytes, as many as head_size of them; valid until the next take().
    byte_view head() const { return byte_view(head_).first(head_used_); }
    std::uint64_t size() const { return size_; }  // of the payload, all frames, as far as announced

private:
    void begin()
    {
        ended_ = false;
        head_used_ = 0;
        size_ = 0;
    }

    std::array<std::uint8_t, packet_header_size> header_{};
    std::array<std::uint8_t, head_size> head_{};
    std::size_t header_used_ = 0;
    std::size_t head_used_ = 0;
    std::uint32_t left_ = 0;  // of the frame
    std::uint64_t size_ = 0;
    bool continues_ = false;
    bool ended_ = false;
};

}  // namespace protocol
