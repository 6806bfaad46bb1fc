#include "proxy/net/arrival.hpp"

#include "proxy/net/no_throw.hpp"
#include "proxy/net/socket_stream.hpp"

#include <asio/error.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/this_coro.hpp>

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

// Of the second peer's socket. It outlives its owner until the socket is closed.
struct two_peers::watch
{
    bool set = false;
    asio::ip::tcp::socket* waiting = nullptr;  // the first peer's, while that is all we do
};

two_peers::two_peers(packet_stream& first, packet_stream& second)
    : first_(first)
    , second_(second)
    , watch_(std::make_shared<watch>())
{}

two_peers::~two_peers()
{
    watch_->waiting = nullptr;
}

asio::awaitable<first_arrival> two_peers::next()
{
    using namespace asio::experimental::awaitable_operators;
    socket_stream* const first = first_.plain();
    socket_stream* const second = second_.plain();
    if (first != nullptr && second != nullptr)
        co_return co_await next_of_sockets(*first, *second);
    const auto ended = co_await (arrival(first_) || arrival(second_));
    if (ended.index() == 0)
        co_return first_arrival{true, std::get<0>(ended)};
    co_return first_arrival{false, std::get<1>(ended)};
}

asio::awaitable<first_arrival>
two_peers::next_of_sockets(socket_stream& first, socket_stream& second)
{
    for (;;) {
        if (first.has_arrived())
            co_return first_arrival{true, co_await arrival(first_)};
        if (second.has_arrived())
            co_return first_arrival{false, co_await arrival(second_)};
        if (!watch_->set) {
            watch_->set = true;
            second.socket().async_wait(
                asio::socket_base::wait_read,
                [watch = watch_](const std::error_code&) {
                    watch->set = false;
                    if (watch->waiting != nullptr) {
                        std::error_code ignored;
                        watch->waiting->cancel(ignored);
                    }
                }
            );
        }
        watch_->waiting = &first.socket();
        co_await first.socket().async_wait(asio::socket_base::wait_read, no_throw);
        watch_->waiting = nullptr;
        // The watch cancels the wait only, and then one of them has something or we wait again.
        const auto cancelled = co_await asio::this_coro::cancellation_state;
        if (cancelled.cancelled() != asio::cancellation_type::none)
            co_return first_arrival{true, asio::error::operation_aborted};
    }
}

}  // namespace proxy
