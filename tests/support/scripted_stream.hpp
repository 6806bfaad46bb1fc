#pragma once

#include "protocol/capabilities.hpp"
#include "protocol/packet.hpp"
#include "protocol/response.hpp"
#include "proxy/net/packet_stream.hpp"

#include <asio/error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <deque>
#include <functional>
#include <system_error>
#include <vector>

// A partner made of a list: what it will send, and what was sent to it.
namespace tests {

inline protocol::byte_buffer ok_packet()
{
    protocol::byte_buffer packet;
    protocol::append_ok(packet, {});
    return packet;
}

inline protocol::byte_buffer error_packet(std::uint16_t code, std::string message)
{
    protocol::byte_buffer packet;
    protocol::append_error(packet, {.code = code, .message = std::move(message)});
    return packet;
}

// What a client of today can do.
constexpr std::uint32_t modern =
    protocol::capability::protocol_41 | protocol::capability::secure_connection |
    protocol::capability::plugin_auth | protocol::capability::plugin_auth_lenenc;

class scripted_stream final : public proxy::packet_stream
{
public:
    std::deque<protocol::byte_buffer> to_read;  // behind the last: end of stream
    // Asked when to_read is empty: an answer that depends on what was written. Empty: the end.
    std::function<protocol::byte_buffer()> next;
    std::vector<protocol::byte_buffer> written;  // payloads of whole packets
    std::vector<std::uint8_t> numbers;           // of the frames written
    std::function<void()> after_write;
    bool waits = false;  // behind the last packet: silence instead of the end
    bool tls = false;
    bool gone = false;
    protocol::stream_compression packed = protocol::stream_compression::none;
    std::size_t max_packet = 0;
    std::uint8_t number_of_filled = 0;            // of the packets that fill() brings
    std::size_t fail_at_write = ~std::size_t{0};  // the write with this number fails

    asio::awaitable<protocol::byte_view> read() override
    {
        if (to_read.empty() && next)
            if (protocol::byte_buffer made = next(); !made.empty())
                to_read.push_back(std::move(made));
        if (to_read.empty())
            throw std::system_error(asio::error::eof, "read");
        given_ = std::move(to_read.front());
        to_read.pop_front();
        ++sequence_;
        co_return given_;
    }
    std::optional<protocol::byte_view> read_arrived() override { return std::nullopt; }
    asio::awaitable<void> fill() override
    {
        if (!arrived_.empty())
            co_return;
        if (waits && to_read.empty()) {
            asio::steady_timer never(
                co_await asio::this_coro::executor, asio::steady_timer::time_point::max()
            );
            co_await never.async_wait(asio::use_awaitable);
        }
        const protocol::byte_view payload = co_await read();
        protocol::append_packet(arrived_, payload, number_of_filled);
    }
    protocol::byte_view take_arrived() override
    {
        given_ = std::move(arrived_);
        arrived_.clear();
        return given_;
    }
    void put(protocol::byte_view payload) override
    {
        sequence_ = protocol::append_packet(out_, payload, sequence_);
    }
    asio::awaitable<void> flush() override
    {
        if (out_.empty())
            co_return;
        take(out_);
        out_.clear();
    }
    asio::awaitable<void> send_frames(protocol::byte_view frames) override
    {
        co_await flush();
        take(frames);
    }
    using packet_stream::send_frames;
    asio::awaitable<void> start_tls() override
    {
        tls = true;
        co_return;
    }
    bool encrypted() const override { return tls; }
    void start_compression(protocol::stream_compression how, int) override { packed = how; }
    void set_max_packet(std::size_t size) override { max_packet = size; }
    bool peer_is_gone() override { return gone; }
    std::uint8_t next_sequence() const override { return sequence_; }
    void set_next_sequence(std::uint8_t sequence) override { sequence_ = sequence; }

private:
    void take(protocol::byte_view frames)
    {
        if (writes_++ == fail_at_write)
            throw std::system_error(asio::error::broken_pipe, "write");
        pending_.insert(pending_.end(), frames.begin(), frames.end());
        join_frames();
        if (after_write)
            after_write();
    }
    void join_frames()
    {
        protocol::byte_view rest = pending_;
        while (rest.size() >= protocol::packet_header_size) {
            const std::size_t size = protocol::load_le(rest.first(3));
            if (rest.size() < protocol::packet_header_size + size)
                break;
            const protocol::byte_view payload = rest.subspan(protocol::packet_header_size, size);
            if (!open_)
                written.emplace_back();
            written.back().insert(written.back().end(), payload.begin(), payload.end());
            numbers.push_back(rest[3]);
            open_ = size == protocol::max_frame_payload;
            rest = rest.subspan(protocol::packet_header_size + size);
        }
        pending_ = protocol::byte_buffer(rest.begin(), rest.end());
    }

    protocol::byte_buffer given_;
    protocol::byte_buffer arrived_;
    protocol::byte_buffer out_;
    protocol::byte_buffer pending_;
    bool open_ = false;
    std::uint8_t sequence_ = 0;
    std::size_t writes_ = 0;
};

}  // namespace tests
