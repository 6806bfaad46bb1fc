#pragma once

#include <asio/awaitable.hpp>
#include <asio/signal_set.hpp>
#include <functional>
#include <spdlog/logger.h>
#include <string>
#include <vector>

namespace proxy {

// TLS files that can be read again while the program runs.
struct reloadable
{
    std::string leg;               // "to the source", for the log
    std::function<void()> reload;  // throws std::runtime_error if they are of no use
};

// Reads all of them again. One that cannot be used is said and leaves the others alone.
void reload_all(const std::vector<reloadable>& all, spdlog::logger& lines);

// A task: calls it at every SIGHUP.
asio::awaitable<void> reload_at(asio::signal_set& hangups, std::function<void()> reload);

}  // namespace proxy
