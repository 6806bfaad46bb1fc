#pragma once

#include "proxy/net/packet_stream.hpp"

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
// Bytes of the other one may have come as well; none are lost.
asio::awaitable<first_arrival> wait_for_either(packet_stream& first, packet_stream& second);

}  // namespace proxy
