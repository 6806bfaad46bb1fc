#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

// Requests of HTTP/1.0 and 1.1 (RFC 9112), as much of them as an admin server needs: a method, a
// path, parameters, a body whose length is given.
namespace proxy {

struct http_limits
{
    std::size_t head_bytes = 16U << 10;  // request line and headers
    std::size_t body_bytes = 1U << 20;
};

struct http_request
{
    std::string method;
    std::string path;                               // decoded, without the query
    std::map<std::string, std::string> parameters;  // of the query, decoded; the first of a name
    std::map<std::string, std::string> headers;     // names in lower case; the last of a name
    std::string body;

    // Empty: there is none of this name.
    std::string parameter(const std::string& name) const;
    std::string header(const std::string& lower_case_name) const;
};

// Puts one request together from the pieces in which it arrives. Holds no more than the limits
// allow, whatever comes.
class http_reader
{
public:
    explicit http_reader(http_limits limits = {}) : limits_(limits) {}

    enum class progress : std::uint8_t {
        more,     // bytes are missing
        done,     // request() is whole; what came after it is dropped
        refused,  // status() says why; nothing more is taken
    };
    progress feed(std::string_view bytes);

    const http_request& request() const { return request_; }
    // Of a refused one: 400, 413, 431, 501 or 505.
    int status() const { return status_; }
    // The client waits with its body until it is told to go on. True once.
    bool wants_continue();

private:
    progress refuse(int status);
    progress read_head(std::string_view head);
    bool read_line(std::string_view line);
    bool read_header(std::string_view line);
    progress read_length();
    progress take_body();

    http_limits limits_;
    std::string arrived_;  // head, later the body
    bool head_done_ = false;
    bool continue_asked_ = false;
    std::size_t body_size_ = 0;
    http_request request_;
    int status_ = 0;
};

// Percent signs and plus signs of a query's value. Nothing: a percent sign without two digits.
std::optional<std::string> decode_url(std::string_view text);
// The other way: everything but letters, digits and -._~ is written with percent signs.
std::string encode_url(std::string_view text);

}  // namespace proxy
