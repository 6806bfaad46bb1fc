#pragma once

#include "proxy/net/packet_stream.hpp"

#include <memory>
#include <system_error>

// Waiting for a peer's bytes without an exception, for whoever listens to two peers at once.
namespace proxy {

// How fill() ended; operation_aborted too.
asio::awaitable<std::error_code> arrival(packet_stream& from);

struct first_arrival
{
    bool first = true;      // it was the first of the two
    std::error_code error;  // of that one; none: bytes lie there
};

// Listens to two peers, again and again. Between calls a watch stays at the second one's socket: to
// begin and to cancel it each time would cost a relay more than all the rest of a short statement.
class two_peers
{
public:
    // Both outlive it, and are used by one thread.
    two_peers(packet_stream& first, packet_stream& second);
    ~two_peers();

    // Bytes of the other one may have come as well; none are lost. Both are used freely between
    // calls.
    asio::awaitable<first_arrival> next();

private:
    struct watch;

    asio::awaitable<first_arrival> next_of_sockets(socket_stream& first, socket_stream& second);

    packet_stream& first_;
    packet_stream& second_;
    std::shared_ptr<watch> watch_;
};

}  // namespace proxy
