#pragma once

#include "protocol/handshake.hpp"
#include "protocol/response.hpp"
#include "proxy/config.hpp"
#include "proxy/net/packet_stream.hpp"
#include "proxy/source/source_error.hpp"

#include <functional>
#include <memory>
#include <string>

namespace proxy {

// A connection to the source before anybody has spoken on it.
struct source_wire
{
    std::unique_ptr<packet_stream> stream;
    bool can_tls = false;  // the stream was told how to do TLS
    // How long a read may wait; none in tests.
    std::function<void(std::chrono::milliseconds)> set_read_limit;
};
// Opens one; throws std::system_error.
using dial_source = std::function<asio::awaitable<source_wire>()>;

struct client_login
{
    std::string user;
    std::string password;
    tls_mode tls = tls_mode::required;
    std::string public_key;  // PEM, of the source's RSA key; empty: whatever key it sends
};

// A value of a row; empty for NULL and where there is none.
inline std::string text_at(const protocol::text_row& row, std::size_t column)
{
    return column < row.size() ? row[column].value_or("") : std::string();
}

// We as a client of the source: logs in, asks, and hands the stream over to a dump.
//
//   client_conversation source(co_await dial(), "10.0.0.5:3306");
//   co_await source.login(how);
//   co_await source.execute("SET NAMES utf8mb4");
//   text_result logs = co_await source.query("SHOW BINARY LOGS");
//
// Everything throws source_error with what to do next in its text; the stream's own
// std::system_error passes through. After an exception other than a refused statement (see
// `usable`) the connection is of no use any more. Source: sql-common/client.cc,
// sql-common/client_authentication.cc.
class client_conversation
{
public:
    // `name` stands in all error texts.
    client_conversation(source_wire wire, std::string name);

    asio::awaitable<void> login(client_login how);

    // One statement and its whole answer; a larger one is an error.
    asio::awaitable<protocol::text_result>
    query(std::string text, std::size_t limit_bytes = 16U << 20);
    // One statement whose answer is not wanted.
    asio::awaitable<void> execute(std::string text);
    // A command (with its command byte) that is answered by OK or ERR. `what` is for error texts.
    asio::awaitable<void> command(protocol::byte_buffer packet, std::string what);
    // A command whose answer the caller reads from stream().
    asio::awaitable<void> send(protocol::byte_buffer packet);

    packet_stream& stream() { return *wire_.stream; }
    void set_read_limit(std::chrono::milliseconds limit);
    const protocol::greeting& hello() const { return hello_; }
    const std::string& name() const { return name_; }
    // False once something was thrown that left an answer half read.
    bool usable() const { return usable_; }

    // The error for an ERR packet; `doing` completes "source X, ...".
    source_error refusal(protocol::byte_view packet, const std::string& doing) const;

private:
    bool encrypted() const { return wire_.stream->encrypted(); }
    asio::awaitable<void> start_tls(tls_mode mode, std::uint32_t capabilities);
    asio::awaitable<void> authenticate(const client_login& how);
    protocol::byte_buffer first_proof(std::string_view plugin, std::string_view password) const;
    asio::awaitable<void> on_more_data(protocol::byte_buffer data, const client_login& how);
    asio::awaitable<void> send_full_password(const client_login& how);
    asio::awaitable<void> send_encrypted(const client_login& how, std::string key);

    source_wire wire_;
    std::string name_;
    protocol::greeting hello_;
    std::string plugin_;  // that the server wants at the moment
    protocol::challenge scramble_{};
    bool usable_ = false;
};

}  // namespace proxy
