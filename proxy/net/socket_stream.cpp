#include "proxy/net/socket_stream.hpp"

#include "proxy/config_reader.hpp"
#include "proxy/net/no_throw.hpp"

#include <array>
#include <asio/buffer.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/write.hpp>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <system_error>

namespace proxy {
namespace {

using namespace asio::experimental::awaitable_operators;

[[noreturn]] void fail(const std::error_code& error, const char* what)
{
    throw std::system_error(error, what);
}

// A consumer at the end of a dead link must not be served for ever; a silent one is no reason to
// end it.
void keep_alive(asio::ip::tcp::socket& socket)
{
    using idle = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPIDLE>;
    using interval = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPINTVL>;
    using count = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPCNT>;
    std::error_code ignored;
    socket.set_option(asio::socket_base::keep_alive(true), ignored);
    socket.set_option(idle(60), ignored);
    socket.set_option(interval(10), ignored);
    socket.set_option(count(6), ignored);
}

asio::const_buffer buffer_of(protocol::byte_view bytes)
{
    return {bytes.data(), bytes.size()};
}

// What is wrong with the peer's certificate; empty if nothing is.
std::string objection_to_peer(asio::ssl::stream<asio::ip::tcp::socket&>& stream)
{
    const long found = SSL_get_verify_result(stream.native_handle());
    if (found == X509_V_OK)
        return {};
    std::string text = std::string(": ") + X509_verify_cert_error_string(found);
    if (found == X509_V_ERR_CERT_NOT_YET_VALID || found == X509_V_ERR_CERT_HAS_EXPIRED)
        text += " (or is the clock of this machine wrong?)";
    return text;
}

}  // namespace

socket_stream::socket_stream(
    asio::ip::tcp::socket socket, std::size_t max_packet, std::size_t read_size
)
    : socket_(std::move(socket))
    , send_watch_(socket_)
    , splitter_(max_packet)
    , read_size_(read_size)
{
    std::error_code ignored;
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    socket_.non_blocking(true, ignored);
    keep_alive(socket_);
}

socket_stream::~socket_stream() = default;

void socket_stream::allow_tls(
    std::shared_ptr<asio::ssl::context> context,
    tls_role role,
    std::string server_name,
    name_check check
)
{
    tls_context_ = std::move(context);
    tls_role_ = role;
    server_name_ = std::move(server_name);
    name_check_ = check;
}

void socket_stream::close()
{
    std::error_code ignored;
    socket_.close(ignored);
}

std::string socket_stream::peer_host() const
{
    std::error_code error;
    const auto endpoint = socket_.remote_endpoint(error);
    return error ? std::string("unknown") : endpoint.address().to_string();
}

std::string socket_stream::peer() const
{
    std::error_code error;
    const auto endpoint = socket_.remote_endpoint(error);
    return error ? std::string("unknown")
                 : to_text(address{endpoint.address().to_string(), endpoint.port()});
}

socket_stream::clock::time_point socket_stream::wait_until() const
{
    if (read_limit_.count() == 0)
        return deadline_;
    return std::min(deadline_, clock::now() + read_limit_);
}

asio::awaitable<std::size_t> socket_stream::read_some(std::span<std::uint8_t> room)
{
    const asio::mutable_buffer into(room.data(), room.size());
    std::error_code error;
    std::size_t size = 0;
    if (!tls_) {
        // Most reads of a busy connection find their bytes here, without a turn of the loop.
        size = socket_.read_some(into, error);
        if (!error)
            co_return size;
        if (error != asio::error::would_block)
            fail(error, "read");
    }
    const clock::time_point until = wait_until();
    if (until == clock::time_point::max()) {
        std::tie(error, size) = tls_ ? co_await tls_->async_read_some(into, no_throw)
                                     : co_await socket_.async_read_some(into, no_throw);
    } else {
        asio::steady_timer timer(socket_.get_executor(), until);
        const auto first =
            tls_ ? co_await (tls_->async_read_some(into, no_throw) || timer.async_wait(no_throw))
                 : co_await (socket_.async_read_some(into, no_throw) || timer.async_wait(no_throw));
        if (first.index() == 1)
            fail(std::make_error_code(std::errc::timed_out), "read");
        std::tie(error, size) = std::get<0>(first);
    }
    if (error)
        fail(error, "read");
    co_return size;
}

asio::awaitable<protocol::byte_view> socket_stream::read()
{
    for (;;) {
        const auto packet = splitter_.next();
        if (!packet)
            fail(protocol::make_error_code(packet.error()), "packet");
        if (const std::optional<protocol::byte_view>& whole = *packet)
            co_return *whole;
        co_await receive();
    }
}

// More bytes for the splitter. Nothing is lost if it is cancelled.
asio::awaitable<void> socket_stream::receive()
{
    if (!packed_) {
        splitter_.commit(co_await read_some(splitter_.prepare(read_size_)));
        co_return;
    }
    while (packed_->unpacked.empty()) {
        const auto packet = packed_->in.next();
        if (!packet)
            fail(protocol::make_error_code(packet.error()), "compressed packet");
        if (const std::optional<protocol::byte_view>& bytes = *packet) {
            packed_->unpacked = *bytes;
            packed_->sequence = packed_->in.sequence();
            continue;
        }
        packed_->in.commit(co_await read_some(packed_->in.prepare(read_size_)));
    }
    // In pieces, so that the splitter's buffer stays as small as without compression.
    const auto piece = packed_->unpacked.first(std::min(packed_->unpacked.size(), read_size_));
    std::ranges::copy(piece, splitter_.prepare(piece.size()).begin());
    splitter_.commit(piece.size());
    packed_->unpacked = packed_->unpacked.subspan(piece.size());
}

void socket_stream::start_compression(protocol::stream_compression how, int level)
{
    packed_ = std::make_unique<packed_streams>(
        packed_streams{protocol::decompressor(how), protocol::compressor(how, level), {}, {}, 0}
    );
}

std::optional<protocol::byte_view> socket_stream::read_arrived()
{
    const auto packet = splitter_.next();
    if (!packet)
        fail(protocol::make_error_code(packet.error()), "packet");
    return *packet;
}

asio::awaitable<void> socket_stream::fill()
{
    if (!splitter_.has_bytes())
        co_await receive();
}

bool socket_stream::has_arrived()
{
    pollfd asked{socket_.native_handle(), POLLIN, 0};
    return splitter_.has_bytes() || ::poll(&asked, 1, 0) != 0;
}

void socket_stream::put(protocol::byte_view payload)
{
    splitter_.sequence = protocol::append_packet(out_, payload, splitter_.sequence);
}

asio::awaitable<void> socket_stream::flush()
{
    if (out_.empty())
        co_return;
    co_await send(out_);
    out_.clear();
}

asio::awaitable<void> socket_stream::send(protocol::byte_view bytes)
{
    if (packed_)
        co_await send_packed(bytes);
    else if (tls_)
        co_await send_tls(bytes);
    else
        co_await send_plain(bytes);
}

asio::awaitable<void> socket_stream::send_packed(protocol::byte_view bytes)
{
    packed_->packed.clear();
    packed_->out.append(packed_->packed, bytes, packed_->sequence);
    if (tls_)
        co_await send_tls(packed_->packed);
    else
        co_await send_plain(packed_->packed);
}

asio::awaitable<void> socket_stream::send_plain(protocol::byte_view bytes)
{
    std::error_code error;
    const std::size_t sent = socket_.write_some(buffer_of(bytes), error);
    if (error && error != asio::error::would_block)
        fail(error, "write");
    bytes = bytes.subspan(sent);
    if (bytes.empty())
        co_return;
    send_watch_.begin();
    const auto [rest_error, rest] = co_await asio::async_write(socket_, buffer_of(bytes), no_throw);
    send_watch_.end();
    check_sent(rest_error);
}

asio::awaitable<void> socket_stream::send_tls(protocol::byte_view bytes)
{
    send_watch_.begin();
    const auto [error, size] = co_await asio::async_write(*tls_, buffer_of(bytes), no_throw);
    send_watch_.end();
    check_sent(error);
}

void socket_stream::check_sent(const std::error_code& error) const
{
    if (!error)
        return;
    if (send_watch_.has_expired())
        throw std::system_error(
            std::make_error_code(std::errc::timed_out),
            fmt::format("the peer has taken nothing for {} ms", send_watch_.limit().count())
        );
    fail(error, "write");
}

asio::awaitable<void> socket_stream::send_frames(protocol::byte_view frames)
{
    co_await flush();
    co_await send(frames);
}

asio::awaitable<void> socket_stream::send_frames(std::span<const protocol::byte_view> pieces)
{
    co_await flush();
    if (packed_ || tls_ || pieces.size() != 2) {
        for (const protocol::byte_view piece : pieces)
            co_await send_frames(piece);
        co_return;
    }
    const std::array<asio::const_buffer, 2> both{buffer_of(pieces[0]), buffer_of(pieces[1])};
    std::error_code error;
    const std::size_t sent = socket_.write_some(both, error);
    if (error && error != asio::error::would_block)
        fail(error, "write");
    for (std::size_t done = sent; const protocol::byte_view piece : pieces) {
        const std::size_t skip = std::min(done, piece.size());
        done -= skip;
        if (skip < piece.size())
            co_await send_plain(piece.subspan(skip));
    }
}

asio::awaitable<void> socket_stream::start_tls()
{
    if (!tls_context_ || tls_)
        fail(std::make_error_code(std::errc::operation_not_supported), "TLS");
    co_await flush();
    const protocol::byte_buffer early = splitter_.take_rest();
    auto stream = std::make_unique<tls_stream>(socket_, *tls_context_);
    if (!server_name_.empty()) {
        SSL_set_tlsext_host_name(stream->native_handle(), server_name_.c_str());
        if (name_check_ == name_check::required)
            stream->set_verify_callback(asio::ssl::host_name_verification(server_name_));
    }
    const auto type = tls_role_ == tls_role::server ? asio::ssl::stream_base::server
                                                    : asio::ssl::stream_base::client;
    asio::steady_timer timer(socket_.get_executor(), wait_until());
    const auto first = co_await (
        stream->async_handshake(type, buffer_of(early), no_throw) || timer.async_wait(no_throw)
    );
    if (first.index() == 1)
        fail(std::make_error_code(std::errc::timed_out), "TLS handshake");
    if (const std::error_code error = std::get<0>(std::get<0>(first)))
        throw std::system_error(error, "TLS handshake" + objection_to_peer(*stream));
    tls_ = std::move(stream);
}

bool socket_stream::peer_is_gone()
{
    pollfd asked{socket_.native_handle(), POLLRDHUP, 0};
    return ::poll(&asked, 1, 0) > 0 && (asked.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

asio::awaitable<asio::ip::tcp::socket>
connect_to(std::string host, std::uint16_t port, std::chrono::milliseconds limit)
{
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, limit);
    asio::ip::tcp::resolver resolver(executor);
    const auto told = [&](const std::error_code& error) {
        return std::system_error(error, "connect to " + to_text(address{host, port}));
    };
    const auto found = co_await (
        resolver.async_resolve(host, std::to_string(port), no_throw) || timer.async_wait(no_throw)
    );
    if (found.index() == 1)
        throw told(std::make_error_code(std::errc::timed_out));
    const auto& [resolve_error, endpoints] = std::get<0>(found);
    if (resolve_error)
        throw told(resolve_error);
    // One by one: async_connect over all of them says of a socket that cannot be opened, for lack
    // of descriptors, that somebody has cancelled it.
    std::error_code error = asio::error::host_not_found;
    for (const auto& one : endpoints) {
        asio::ip::tcp::socket socket(executor);
        socket.open(one.endpoint().protocol(), error);
        if (error)
            continue;
        const auto connected =
            co_await (socket.async_connect(one.endpoint(), no_throw) || timer.async_wait(no_throw));
        if (connected.index() == 1)
            throw told(std::make_error_code(std::errc::timed_out));
        error = std::get<0>(std::get<0>(connected));
        if (!error)
            co_return socket;
    }
    throw told(error);
}

}  // namespace proxy
