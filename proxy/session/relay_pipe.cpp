#include "proxy/session/relay_pipe.hpp"

#include "protocol/command.hpp"
#include "proxy/session/write_error.hpp"

namespace proxy {
namespace {

using protocol::answer_place;
using protocol::byte_buffer;
using protocol::byte_view;
using protocol::packet_header_size;

constexpr std::size_t short_command = 64U << 10;

void append(byte_buffer& to, byte_view bytes)
{
    to.insert(to.end(), bytes.begin(), bytes.end());
}

}  // namespace

relay_pipe::relay_pipe(packet_stream& client, source_connection source)
    : client_(client)
    , source_(std::move(source))
    , peers_(client_, *source_.stream)
{}

bool relay_pipe::command_is_short() const
{
    return command_size() <= short_command;
}

byte_view relay_pipe::take_command()
{
    const std::size_t size = command_size();
    used_ = packet_header_size + size;
    return byte_view(in_).subspan(packet_header_size, size);
}

asio::awaitable<bool> relay_pipe::next_command()
{
    in_.erase(in_.begin(), in_.begin() + static_cast<std::ptrdiff_t>(used_));
    used_ = 0;
    for (;;) {
        if (in_.size() >= packet_header_size) {
            const std::size_t size = protocol::load_le(byte_view(in_).first(3));
            if (in_.size() >= packet_header_size + std::min(size, short_command))
                co_return true;
        }
        if (!co_await wait_for_client())
            co_return false;
        append(in_, client_.take_arrived());
    }
}

asio::awaitable<bool> relay_pipe::wait_for_client()
{
    for (;;) {
        const first_arrival found = co_await peers_.next();
        if (found.first)
            co_return !found.error;
        // Unasked, a server says goodbye only.
        const byte_view words = source_.stream->take_arrived();
        if (!words.empty())
            co_await client_.send_frames(words);
        if (found.error)
            co_return false;
    }
}

asio::awaitable<void> relay_pipe::to_source(byte_view bytes)
{
    std::optional<std::system_error> failure;
    try {
        co_await source_.stream->send_frames(bytes);
    } catch (const std::system_error& error) {
        failure = error;
    }
    if (!failure)
        co_return;
    // A server that takes no more (max_allowed_packet, KILL) has said why in front of it.
    if (!co_await arrival(*source_.stream))
        co_await client_.send_frames(source_.stream->take_arrived());
    throw *failure;
}

asio::awaitable<void> relay_pipe::pass_command()
{
    co_await to_source(byte_view(in_).first(used_));
}

asio::awaitable<void> relay_pipe::pass_large_command()
{
    protocol::packet_walk walk;
    used_ = walk.take(in_);
    co_await to_source(byte_view(in_).first(used_));
    while (!walk.ended()) {
        co_await client_.fill();
        const byte_view bytes = client_.take_arrived();
        const std::size_t taken = walk.take(bytes);
        co_await to_source(bytes.first(taken));
        append(in_, bytes.subspan(taken));
    }
}

asio::awaitable<void> relay_pipe::pass_answer(std::uint8_t command)
{
    tracker_.begin(command, source_.capabilities);
    while (tracker_.where() != answer_place::done) {
        if (tracker_.where() == answer_place::wants_file) {
            co_await pass_file();
            tracker_.file_sent();
        }
        co_await source_.stream->fill();
        co_await pass_source_bytes(source_.stream->take_arrived());
    }
}

asio::awaitable<void> relay_pipe::pass_source_bytes(byte_view bytes)
{
    const auto taken = tracker_.feed(bytes);
    if (!taken)
        refuse_answer(taken.error());
    // What a server says after its answer goes on too: it is its last word.
    if (tracker_.where() != answer_place::wants_file || *taken == bytes.size())
        co_await client_.send_frames(bytes);
    else
        refuse_answer(protocol::errc::out_of_order);
}

// LOCAL INFILE: the client's packets, up to an empty one.
asio::awaitable<void> relay_pipe::pass_file()
{
    protocol::packet_walk walk;
    byte_buffer early(in_.begin() + static_cast<std::ptrdiff_t>(used_), in_.end());
    in_.resize(used_);
    byte_view bytes = early;
    for (;;) {
        while (!bytes.empty()) {
            const std::size_t taken = walk.take(bytes);
            co_await to_source(bytes.first(taken));
            bytes = bytes.subspan(taken);
            if (walk.ended() && walk.size() == 0) {
                append(in_, bytes);
                co_return;
            }
        }
        co_await client_.fill();
        bytes = client_.take_arrived();
    }
}

asio::awaitable<relay_pipe::packets> relay_pipe::collect_answer(std::uint8_t command)
{
    co_return co_await read_answer(*source_.stream, command, source_.capabilities);
}

// A statement of our own on the client's connection.
asio::awaitable<relay_pipe::packets> relay_pipe::ask(std::string text)
{
    byte_buffer packet;
    protocol::append_query_command(packet, text, source_.capabilities);
    byte_buffer frames;
    protocol::append_packet(frames, packet, 0);
    co_await to_source(frames);
    co_return co_await collect_answer(static_cast<std::uint8_t>(protocol::command_type::query));
}

asio::awaitable<void> relay_pipe::tell(const packets& answer)
{
    for (const byte_buffer& packet : answer)
        client_.put(packet);
    co_await client_.flush();
}

asio::awaitable<void> relay_pipe::tell(const protocol::server_error& error)
{
    co_await write_error(client_, error);
}

asio::awaitable<void> relay_pipe::tell_ok()
{
    byte_buffer packet;
    protocol::append_ok(packet, {});
    co_await client_.write(packet);
}

}  // namespace proxy
