#pragma once

#include "proxy/admin/http_request.hpp"
#include "proxy/config.hpp"
#include "proxy/task_group.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <spdlog/logger.h>

namespace proxy {

struct http_answer
{
    int status = 200;
    std::string body;
    std::string type = "text/plain";
    std::string policy = {};  // Content-Security-Policy; empty: none is sent
};

struct http_server_limits
{
    http_limits request;
    // A client has so long to send its request, and so long to take the answer.
    std::chrono::milliseconds patience{5000};
    // One more closes the oldest of those that are not being answered.
    std::size_t connections = 64;
};

// Who asks.
struct http_caller
{
    // Whose process, if it asks by the socket in the data folder: our own user's, or root's.
    // Nothing: it asks by the network.
    std::optional<std::string> user;
};

// A small HTTP server on a thread of its own: one request a connection, each bounded in bytes and
// in time, so that no client can keep others from being answered, or the program from ending.
class http_server
{
public:
    // Called on the server's threads, one request at a time each: POST on one of its own, as
    // what it starts may take a while; all others on the thread that reads, so they must not block.
    using handler = std::function<http_answer(const http_request&, const http_caller&)>;

    // Listens from here on; port 0: one the system chooses. Throws std::system_error.
    http_server(
        const address& where, handler answer, spdlog::logger& lines, http_server_limits limits = {}
    );
    // Answers from here on. Once: the handler may use this object.
    void start();
    // Listens at this file too (listen_at), where others than our user and root are not answered.
    // Once. Throws std::system_error.
    void open_control(const std::filesystem::path& file);
    // Closes all connections and waits for nobody but a handler that is at work. Again: nothing.
    void stop();
    ~http_server();

    const address& where() const;
    std::vector<task_snapshot> tasks() const;  // from any thread

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace proxy
