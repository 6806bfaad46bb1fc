#include "proxy/net/arrival.hpp"

#include <asio/experimental/awaitable_operators.hpp>

namespace proxy {

asio::awaitable<std::error_code> arrival(packet_stream& from)
{
    try {
        co_await from.fill();
        co_return std::error_code();
    } catch (const std::system_error& error) {
        co_return error.code();
    }
}

asio::awaitable<first_arrival> wait_for_either(packet_stream& first, packet_stream& second)
{
    using namespace asio::experimental::awaitable_operators;
    const auto ended = co_await (arrival(first) || arrival(second));
    if (ended.index() == 0)
        co_return first_arrival{true, std::get<0>(ended)};
    co_return first_arrival{false, std::get<1>(ended)};
}

}  // namespace proxy
