#pragma once

#include <asio/ip/tcp.hpp>
#include <chrono>
#include <memory>

// Ends the sends of a socket whose peer takes no bytes any more, though its host may be well: a
// consumer that has stopped reading must not stay for ever and keep the files it has not read. As
// net_write_timeout of a server, but a peer that takes bytes slowly is not ended.
namespace proxy {

class send_watch
{
public:
    explicit send_watch(asio::ip::tcp::socket& socket);
    ~send_watch();
    send_watch(const send_watch&) = delete;
    send_watch& operator=(const send_watch&) = delete;

    // Longest time without a byte taken while a send waits; zero: for ever. Set too: how long the
    // kernel keeps sending to a host that does not answer (TCP_USER_TIMEOUT).
    void set_limit(std::chrono::milliseconds limit);

    // Around each send that may wait.
    void begin();
    void end();
    // Whether the limit has passed: the socket's operations were cancelled then.
    bool has_expired() const;
    std::chrono::milliseconds limit() const;

private:
    struct state;
    static void look_later(const std::shared_ptr<state>& me);

    std::shared_ptr<state> state_;  // its timer may outlive the watch
};

}  // namespace proxy
