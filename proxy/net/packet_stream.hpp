#pragma once

#include "protocol/bytes.hpp"
#include "protocol/compressed_packet.hpp"
#include "protocol/packet.hpp"

#include <asio/awaitable.hpp>
#include <optional>

// The seam between conversations and the wire: packets in, packets out. In tests the partner is a
// script.
namespace proxy {

class socket_stream;

class packet_stream
{
public:
    virtual ~packet_stream() = default;

    // The next packet's payload; the view is valid until the next read. Throws std::system_error:
    // end of stream, time limit, malformed frames.
    virtual asio::awaitable<protocol::byte_view> read() = 0;
    // A further packet that has arrived already, without waiting: replication reads in batches.
    virtual std::optional<protocol::byte_view> read_arrived() = 0;

    // Of the packet that was given last; null if it is in memory.
    virtual const protocol::large_bytes* large() const { return nullptr; }

    // For a relay, which passes bytes on as they come. Waits until some have arrived, unless there
    // are some; gives none away, so it may be cancelled. Between packets only.
    virtual asio::awaitable<void> fill() = 0;
    // Itself if the peer's bytes come from a socket as they are, so that waiting there is waiting
    // for fill(); null if they are encrypted, compressed, or a script's.
    virtual socket_stream* plain() { return nullptr; }
    // What has arrived, packet headers and all; valid until the next call that reads.
    virtual protocol::byte_view take_arrived() = 0;

    // Puts one payload after what is buffered; nothing is sent before flush().
    virtual void put(protocol::byte_view payload) = 0;
    virtual asio::awaitable<void> flush() = 0;
    // Sends whole frames (headers included) made by the caller, after what is buffered. Their
    // packet numbers start at next_sequence() and the caller tells how many there were.
    virtual asio::awaitable<void> send_frames(protocol::byte_view frames) = 0;

    // The same for frames that lie in several pieces, in order: a large event is not copied.
    virtual asio::awaitable<void> send_frames(std::span<const protocol::byte_view> pieces)
    {
        protocol::byte_buffer joined;
        for (const protocol::byte_view piece : pieces)
            joined.insert(joined.end(), piece.begin(), piece.end());
        co_await send_frames(protocol::byte_view(joined));
    }

    // TLS from here on; what was read too early belongs to it. Only where the stream was told how.
    virtual asio::awaitable<void> start_tls() = 0;
    virtual bool encrypted() const = 0;

    // The compressed protocol from here on, both ways; `level` is zstd's.
    virtual void start_compression(protocol::stream_compression how, int level) = 0;

    // The largest packet that is accepted from now on.
    virtual void set_max_packet(std::size_t size) = 0;
    // The peer has closed or reset the connection, asked without reading.
    virtual bool peer_is_gone() = 0;

    virtual std::uint8_t next_sequence() const = 0;
    virtual void set_next_sequence(std::uint8_t sequence) = 0;

    // put() and flush() in one.
    asio::awaitable<void> write(protocol::byte_view payload)
    {
        put(payload);
        co_await flush();
    }
};

}  // namespace proxy
