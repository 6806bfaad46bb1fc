#include "proxy/admin/http_client.hpp"

#include "proxy/config_reader.hpp"
#include "proxy/net/no_throw.hpp"
#include "proxy/net/socket_stream.hpp"
#include "proxy/net/unix_socket.hpp"

#include <array>
#include <asio/co_spawn.hpp>
#include <asio/generic/stream_protocol.hpp>
#include <asio/use_future.hpp>
#include <asio/write.hpp>
#include <charconv>
#include <fmt/format.h>
#include <future>

namespace proxy {
namespace {

constexpr std::chrono::seconds connect_patience{5};
// The status of a program with thousands of migrations is a few MiB.
constexpr std::size_t largest_reply = 256U << 20;

std::string bytes_of(const std::string& host, const http_question& question)
{
    std::string bytes = fmt::format(
        "{} {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{}",
        question.method,
        question.target,
        host,
        question.headers
    );
    if (!question.body.empty())
        bytes += fmt::format(
            "Content-Type: {}\r\nContent-Length: {}\r\n", question.type, question.body.size()
        );
    return bytes + "\r\n" + question.body;
}

using any_socket = asio::generic::stream_protocol::socket;

asio::awaitable<std::string> exchange(any_socket socket, std::string question)
{
    co_await asio::async_write(socket, asio::buffer(question), asio::use_awaitable);
    std::string reply;
    std::array<char, 16384> bytes;
    for (;;) {
        const auto [error, size] = co_await socket.async_read_some(asio::buffer(bytes), no_throw);
        reply.append(bytes.data(), size);
        if (error == asio::error::eof)
            co_return reply;
        if (error)
            throw std::system_error(error);
        if (reply.size() > largest_reply)
            throw std::system_error(std::make_error_code(std::errc::message_size));
    }
}

asio::awaitable<std::string> exchange_at(address where, std::string question)
{
    any_socket socket = co_await connect_to(where.host, where.port, connect_patience);
    co_return co_await exchange(std::move(socket), std::move(question));
}

// HTTP/1.1 200 OK, headers, a blank line, and the body up to the end.
http_reply parse(const std::string& bytes)
{
    const std::error_code no_http = std::make_error_code(std::errc::protocol_error);
    const std::size_t head_end = bytes.find("\r\n\r\n");
    constexpr std::size_t status_at = std::string_view("HTTP/1.1 ").size();
    http_reply reply;
    if (!bytes.starts_with("HTTP/1.") || head_end == std::string::npos ||
        std::from_chars(bytes.data() + status_at, bytes.data() + head_end, reply.status).ec !=
            std::errc())
        throw std::system_error(no_http);
    reply.body = bytes.substr(head_end + 4);
    return reply;
}

http_reply run_for(
    std::chrono::milliseconds patience, asio::io_context& loop, asio::awaitable<std::string> asking
)
{
    auto reply = asio::co_spawn(loop, std::move(asking), asio::use_future);
    loop.run_for(patience);
    if (reply.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
        throw std::system_error(std::make_error_code(std::errc::timed_out));
    return parse(reply.get());
}

}  // namespace

http_reply
ask_http(const address& where, const http_question& question, std::chrono::milliseconds patience)
{
    asio::io_context loop{1};
    return run_for(patience, loop, exchange_at(where, bytes_of(to_text(where), question)));
}

http_reply ask_http(
    const std::filesystem::path& socket,
    const http_question& question,
    std::chrono::milliseconds patience
)
{
    asio::io_context loop{1};
    any_socket connected = connect_at(loop, socket);
    return run_for(patience, loop, exchange(std::move(connected), bytes_of("localhost", question)));
}

}  // namespace proxy
