#pragma once

#include "protocol/response_tracker.hpp"
#include "proxy/net/arrival.hpp"
#include "proxy/session/relay_answer.hpp"
#include "proxy/session/relay_login.hpp"

// The bytes of a relayed client: its commands to the source and the answers back, as they come, or
// an answer that is read here instead. What a command means is sql_relay's.
namespace proxy {

class relay_pipe
{
public:
    using packets = answer_packets;

    // `client` outlives it. Both streams are between commands.
    relay_pipe(packet_stream& client, source_connection source);

    packet_stream& client() { return client_; }
    packet_stream& source() { return *source_.stream; }
    std::uint32_t capabilities() const { return source_.capabilities; }

    // False: one side has gone. Else a command is there: all of it, if it is a short one.
    asio::awaitable<bool> next_command();
    std::uint8_t command_number() const { return in_[3]; }
    std::size_t command_size() const
    {
        return protocol::load_le(protocol::byte_view(in_).first(3));
    }
    // Larger commands are passed on piece by piece and not looked at.
    bool command_is_short() const;
    std::uint8_t command_code() const { return in_[protocol::packet_header_size]; }
    // Of a short one; it counts as served from here on.
    protocol::byte_view take_command();
    // What the client has sent after the command is no command of its own.
    void drop_early() { in_.resize(used_); }

    asio::awaitable<void> pass_command();
    asio::awaitable<void> pass_large_command();
    asio::awaitable<void> pass_answer(std::uint8_t command);

    // The answer in packets, none of which has reached the client.
    asio::awaitable<packets> collect_answer(std::uint8_t command);
    // The same for a statement of our own on the client's connection.
    asio::awaitable<packets> ask(std::string text);

    asio::awaitable<void> tell(const packets& answer);
    asio::awaitable<void> tell(const protocol::server_error& error);
    asio::awaitable<void> tell_ok();

private:
    asio::awaitable<bool> wait_for_client();
    asio::awaitable<void> pass_source_bytes(protocol::byte_view bytes);
    asio::awaitable<void> pass_file();
    asio::awaitable<void> to_source(protocol::byte_view bytes);

    packet_stream& client_;
    source_connection source_;
    two_peers peers_;
    protocol::response_tracker tracker_;
    // A command from its header on, whole if it is a short one, and what came after it.
    protocol::byte_buffer in_;
    std::size_t used_ = 0;  // of in_: has been served
};

}  // namespace proxy
