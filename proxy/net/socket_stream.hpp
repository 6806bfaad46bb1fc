#pragma once

#include "proxy/net/packet_stream.hpp"
#include "proxy/net/send_watch.hpp"

#include <asio/ip/tcp.hpp>
#include <asio/ssl.hpp>
#include <chrono>
#include <string>

// Packets over TCP, and over TLS once start_tls() was asked for. One coroutine at a time reads, one
// at a time writes.
namespace proxy {

enum class tls_role : std::uint8_t {
    client,
    server,
};

// Whether the server's certificate must have the name that was asked for.
enum class name_check : std::uint8_t { none, required };

class socket_stream final : public packet_stream
{
public:
    using clock = std::chrono::steady_clock;

    // `max_packet`: small before a login, raised after it. `read_size`: how much is asked of the
    // kernel at once, and so what an idle connection holds.
    explicit socket_stream(
        asio::ip::tcp::socket socket,
        std::size_t max_packet = 64U << 10,
        std::size_t read_size = 16U << 10
    );
    ~socket_stream() override;

    // How start_tls() is to be done. `server_name`: what a client asks for (SNI).
    void allow_tls(
        std::shared_ptr<asio::ssl::context> context,
        tls_role role,
        std::string server_name = {},
        name_check check = name_check::none
    );

    // Where packets of several frames go; else they are gathered in memory.
    void gather_in(protocol::make_gathered make) { splitter_.gather_in(std::move(make)); }
    // Longest wait for the peer's next bytes; zero: for ever. timed_out is thrown after it.
    void set_read_limit(std::chrono::milliseconds limit) { read_limit_ = limit; }
    // No wait for bytes, whichever way, lasts beyond this moment: for a login as a whole.
    void set_deadline(clock::time_point deadline) { deadline_ = deadline; }
    void set_no_deadline() { deadline_ = clock::time_point::max(); }
    // Longest time in which the peer takes nothing of what is sent to it; zero: for ever.
    void set_write_limit(std::chrono::milliseconds limit) { send_watch_.set_limit(limit); }
    // Lets waiting operations end with an error; idempotent.
    void close();
    // Address of the peer without its port, as user@host shows it.
    std::string peer_host() const;
    std::string peer() const;  // with its port
    asio::any_io_executor executor() { return socket_.get_executor(); }

    asio::awaitable<protocol::byte_view> read() override;
    std::optional<protocol::byte_view> read_arrived() override;
    const protocol::large_bytes* large() const override { return splitter_.large(); }
    asio::awaitable<void> fill() override;
    socket_stream* plain() override { return tls_ || packed_ ? nullptr : this; }
    // Of a plain one: whether fill() would end at once, because bytes are there, or the end.
    bool has_arrived();
    asio::ip::tcp::socket& socket() { return socket_; }  // to wait for what has not arrived
    protocol::byte_view take_arrived() override { return splitter_.take_bytes(); }
    void put(protocol::byte_view payload) override;
    asio::awaitable<void> flush() override;
    asio::awaitable<void> send_frames(protocol::byte_view frames) override;
    asio::awaitable<void> send_frames(std::span<const protocol::byte_view> pieces) override;
    asio::awaitable<void> start_tls() override;
    bool encrypted() const override { return tls_ != nullptr; }
    void start_compression(protocol::stream_compression how, int level) override;
    void set_max_packet(std::size_t size) override { splitter_.set_max_packet(size); }
    bool peer_is_gone() override;
    std::uint8_t next_sequence() const override { return splitter_.sequence; }
    void set_next_sequence(std::uint8_t sequence) override { splitter_.sequence = sequence; }

private:
    using tls_stream = asio::ssl::stream<asio::ip::tcp::socket&>;

    // What the compressed protocol needs, once it is spoken.
    struct packed_streams
    {
        protocol::decompressor in;
        protocol::compressor out;
        protocol::byte_view unpacked;  // of in: not yet given to the splitter
        protocol::byte_buffer packed;
        std::uint8_t sequence = 0;
    };

    asio::awaitable<void> receive();
    asio::awaitable<std::size_t> read_some(std::span<std::uint8_t> room);
    asio::awaitable<void> send(protocol::byte_view bytes);
    asio::awaitable<void> send_packed(protocol::byte_view bytes);
    asio::awaitable<void> send_plain(protocol::byte_view bytes);
    asio::awaitable<void> send_tls(protocol::byte_view bytes);
    void check_sent(const std::error_code& error) const;
    clock::time_point wait_until() const;

    asio::ip::tcp::socket socket_;
    send_watch send_watch_;
    std::shared_ptr<asio::ssl::context> tls_context_;
    std::unique_ptr<tls_stream> tls_;
    tls_role tls_role_ = tls_role::server;
    std::string server_name_;
    name_check name_check_ = name_check::none;
    protocol::packet_splitter splitter_;
    std::unique_ptr<packed_streams> packed_;
    std::size_t read_size_;
    protocol::byte_buffer out_;
    std::chrono::milliseconds read_limit_{0};
    clock::time_point deadline_ = clock::time_point::max();
};

// A connected socket, or std::system_error that names host and port. Tries each address of the
// name in turn; `limit` is for all of them.
asio::awaitable<asio::ip::tcp::socket>
connect_to(std::string host, std::uint16_t port, std::chrono::milliseconds limit);

}  // namespace proxy
