#pragma once

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <exception>
#include <optional>

// Runs one coroutine on a loop of its own and gives its result, or throws what it threw.
namespace tests {

template <class Result>
Result run(asio::io_context& loop, asio::awaitable<Result> work)
{
    std::optional<Result> result;
    std::exception_ptr thrown;
    asio::co_spawn(loop, std::move(work), [&](std::exception_ptr error, Result value) {
        thrown = error;
        result = std::move(value);
    });
    loop.restart();
    loop.run();
    if (thrown)
        std::rethrow_exception(thrown);
    return std::move(*result);
}

inline void run(asio::io_context& loop, asio::awaitable<void> work)
{
    std::exception_ptr thrown;
    asio::co_spawn(loop, std::move(work), [&](std::exception_ptr error) { thrown = error; });
    loop.restart();
    loop.run();
    if (thrown)
        std::rethrow_exception(thrown);
}

template <class Result>
Result run(asio::awaitable<Result> work)
{
    asio::io_context loop{1};
    return run(loop, std::move(work));
}

inline void run(asio::awaitable<void> work)
{
    asio::io_context loop{1};
    run(loop, std::move(work));
}

}  // namespace tests
