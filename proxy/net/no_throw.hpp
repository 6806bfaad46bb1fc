#pragma once

#include <asio/experimental/as_tuple.hpp>
#include <asio/use_awaitable.hpp>

namespace proxy {

// Errors of an asynchronous operation as values: auto [error, size] = co_await f(..., no_throw);
constexpr auto no_throw = asio::experimental::as_tuple(asio::use_awaitable);

}  // namespace proxy
