#include "proxy/admin/http_request.hpp"

#include "protocol/ascii.hpp"

#include <charconv>
#include <fmt/format.h>
#include <utility>

namespace proxy {
namespace {

std::string_view trimmed(std::string_view text)
{
    const std::size_t begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

// What lies before the separator; `rest` begins after it, or is empty.
std::string_view cut(std::string_view& rest, char separator)
{
    const std::size_t end = rest.find(separator);
    const std::string_view part = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return part;
}

// RFC 9110: token. Names of methods and headers.
bool is_token(std::string_view text)
{
    constexpr std::string_view others = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::ranges::all_of(text, [&](char c) {
        return protocol::is_letter(c) || protocol::is_digit(c) ||
               others.find(c) != std::string_view::npos;
    });
}

std::optional<int> hex_value(char digit)
{
    int value = 0;
    const auto [end, error] = std::from_chars(&digit, &digit + 1, value, 16);
    return error == std::errc() ? std::optional(value) : std::nullopt;
}

std::optional<std::map<std::string, std::string>> read_parameters(std::string_view query)
{
    std::map<std::string, std::string> parameters;
    while (!query.empty()) {
        std::string_view value = cut(query, '&');
        const auto name = decode_url(cut(value, '='));
        const auto decoded = decode_url(value);
        if (!name || !decoded)
            return std::nullopt;
        parameters.emplace(*name, *decoded);
    }
    return parameters;
}

}  // namespace

std::optional<std::string> decode_url(std::string_view text)
{
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%') {
            const auto high = i + 2 < text.size() ? hex_value(text[i + 1]) : std::nullopt;
            const auto low = high ? hex_value(text[i + 2]) : std::nullopt;
            if (!low)
                return std::nullopt;
            decoded += static_cast<char>(*high * 16 + *low);
            i += 2;
        } else {
            decoded += text[i] == '+' ? ' ' : text[i];
        }
    }
    return decoded;
}

std::string encode_url(std::string_view text)
{
    constexpr std::string_view plain = "-._~";
    std::string encoded;
    for (const char c : text) {
        if (protocol::is_letter(c) || protocol::is_digit(c) ||
            plain.find(c) != std::string_view::npos)
            encoded += c;
        else
            encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return encoded;
}

std::string http_request::parameter(const std::string& name) const
{
    const auto place = parameters.find(name);
    return place == parameters.end() ? "" : place->second;
}

std::string http_request::header(const std::string& lower_case_name) const
{
    const auto place = headers.find(lower_case_name);
    return place == headers.end() ? "" : place->second;
}

http_reader::progress http_reader::refuse(int status)
{
    status_ = status;
    arrived_.clear();
    return progress::refused;
}

bool http_reader::wants_continue()
{
    return std::exchange(continue_asked_, false);
}

http_reader::progress http_reader::feed(std::string_view bytes)
{
    if (status_ != 0)
        return progress::refused;
    arrived_ += bytes;
    if (head_done_)
        return take_body();
    const std::size_t end = arrived_.find("\r\n\r\n");
    if (end == std::string::npos ? arrived_.size() > limits_.head_bytes
                                 : end + 4 > limits_.head_bytes)
        return refuse(431);
    if (end == std::string::npos)
        return progress::more;
    const std::string head = arrived_.substr(0, end);
    arrived_.erase(0, end + 4);
    head_done_ = true;
    return read_head(head);
}

http_reader::progress http_reader::read_head(std::string_view head)
{
    std::string_view rest = head;
    bool first = true;
    do {
        std::string_view line = rest.substr(0, rest.find("\r\n"));
        rest.remove_prefix(std::min(rest.size(), line.size() + 2));
        if (!(first ? read_line(line) : read_header(line)))
            return refuse(status_ != 0 ? status_ : 400);
        first = false;
    } while (!rest.empty());
    return read_length();
}

// GET /position.json?file=bin.000001&position=4 HTTP/1.1
bool http_reader::read_line(std::string_view line)
{
    request_.method = cut(line, ' ');
    std::string_view target = cut(line, ' ');
    if (!is_token(request_.method) || !target.starts_with('/') || !line.starts_with("HTTP/"))
        return false;
    if (line != "HTTP/1.1" && line != "HTTP/1.0") {
        status_ = 505;
        return false;
    }
    const auto path = decode_url(cut(target, '?'));
    auto parameters = read_parameters(target);
    if (!path || !parameters)
        return false;
    request_.path = *path;
    request_.parameters = std::move(*parameters);
    return true;
}

bool http_reader::read_header(std::string_view line)
{
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon)))
        return false;
    std::string name = protocol::lower(line.substr(0, colon));
    const std::string_view value = trimmed(line.substr(colon + 1));
    // Two lengths: which body does the sender mean?
    if (name == "content-length" && request_.headers.contains(name))
        return false;
    request_.headers[std::move(name)] = value;
    return true;
}

http_reader::progress http_reader::read_length()
{
    if (request_.headers.contains("transfer-encoding"))
        return refuse(501);
    if (request_.headers.contains("content-length")) {
        const std::string text = request_.header("content-length");
        const auto [end, error] =
            std::from_chars(text.data(), text.data() + text.size(), body_size_);
        if (error == std::errc::result_out_of_range)
            return refuse(413);
        if (error != std::errc() || end != text.data() + text.size())
            return refuse(400);
    }
    if (body_size_ > limits_.body_bytes)
        return refuse(413);
    continue_asked_ = protocol::equal_without_case(request_.header("expect"), "100-continue") &&
                      arrived_.size() < body_size_;
    return take_body();
}

http_reader::progress http_reader::take_body()
{
    if (arrived_.size() < body_size_)
        return progress::more;
    arrived_.resize(body_size_);
    request_.body = std::move(arrived_);
    arrived_.clear();
    return progress::done;
}

}  // namespace proxy
