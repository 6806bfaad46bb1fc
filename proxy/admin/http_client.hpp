#pragma once

#include "proxy/config.hpp"

#include <chrono>
#include <filesystem>
#include <string>

namespace proxy {

// What a command asks a running unghost.
struct http_question
{
    std::string method = "GET";
    std::string target;  // path and query, encoded
    std::string body;
    std::string type = "application/json";  // of the body
    // Extra headers, each ending in a line break.
    std::string headers;
};

struct http_reply
{
    int status = 0;
    std::string body;
};

// Connects, asks and waits for the whole answer, no longer than `patience`. Throws
// std::system_error: nobody listens there, it takes too long, or what comes is no HTTP.
http_reply ask_http(
    const address& where,
    const http_question& question,
    std::chrono::milliseconds patience = std::chrono::seconds(30)
);
// The same at a socket that is a file.
http_reply ask_http(
    const std::filesystem::path& socket,
    const http_question& question,
    std::chrono::milliseconds patience = std::chrono::seconds(30)
);

}  // namespace proxy
