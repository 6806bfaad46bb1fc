#include "proxy/admin/http_request.hpp"

#include <gtest/gtest.h>

namespace proxy {
namespace {

using progress = http_reader::progress;

const std::string plain = "GET /position.json?file=bin.000001&position=4&x=a%20b+c%2F HTTP/1.1\r\n"
                          "Host: 127.0.0.1:9\r\nX-One:  two words \r\n\r\n";
const std::string with_body =
    "POST /resume HTTP/1.0\r\nContent-Type: application/json\r\ncontent-LENGTH: 5\r\n\r\n{...}";

int status_of(const std::string& bytes, http_limits limits = {})
{
    http_reader reader(limits);
    return reader.feed(bytes) == progress::refused ? reader.status() : 0;
}

TEST(HttpRequest, IsTakenApart)
{
    http_reader reader;
    ASSERT_EQ(reader.feed(plain), progress::done);
    const http_request& request = reader.request();
    EXPECT_EQ(request.method, "GET");
    EXPECT_EQ(request.path, "/position.json");
    EXPECT_EQ(request.parameter("file"), "bin.000001");
    EXPECT_EQ(request.parameter("position"), "4");
    EXPECT_EQ(request.parameter("x"), "a b c/");
    EXPECT_EQ(request.parameter("y"), "");
    EXPECT_EQ(request.header("host"), "127.0.0.1:9");
    EXPECT_EQ(request.header("x-one"), "two words");
    EXPECT_EQ(request.header("none"), "");
    EXPECT_EQ(request.body, "");
}

TEST(HttpRequest, IsTheSameHoweverItIsCut)
{
    for (const std::string& bytes : {plain, with_body})
        for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
            SCOPED_TRACE(cut);
            http_reader reader;
            ASSERT_EQ(reader.feed(bytes.substr(0, cut)), progress::more);
            ASSERT_EQ(reader.feed(bytes.substr(cut)), progress::done);
            EXPECT_EQ(reader.request().body, bytes == plain ? "" : "{...}");
            EXPECT_EQ(reader.request().headers.size(), 2U);
        }
}

TEST(HttpRequest, WhatComesAfterItIsDropped)
{
    http_reader reader;
    ASSERT_EQ(reader.feed(with_body + "GET / HTTP/1.1\r\n\r\n"), progress::done);
    EXPECT_EQ(reader.request().body, "{...}");
}

TEST(HttpRequest, IsRefusedIfItCannotBeRead)
{
    for (const char* head :
         {"",
          "GET",
          "GET /",
          "GET / http/1.1",
          "GET  / HTTP/1.1",
          "GET x HTTP/1.1",
          "GET http://a/ HTTP/1.1",
          "G(T / HTTP/1.1",
          "GET /%4 HTTP/1.1",
          "GET /%zz HTTP/1.1",
          "GET /?a=%% HTTP/1.1",
          "GET / HTTP/1.1\r\nno colon",
          "GET / HTTP/1.1\r\n: x",
          "GET / HTTP/1.1\r\na b: x",
          "GET / HTTP/1.1\r\n folded: x",
          "GET / HTTP/1.1\r\nContent-Length: x",
          "GET / HTTP/1.1\r\nContent-Length: -1",
          "GET / HTTP/1.1\r\nContent-Length: 1 2",
          "GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1"})
        EXPECT_EQ(status_of(std::string(head) + "\r\n\r\n"), 400) << head;
    EXPECT_EQ(status_of("GET / HTTP/2\r\n\r\n"), 505);
    EXPECT_EQ(status_of("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"), 501);
}

TEST(HttpRequest, IsRefusedIfItIsTooLarge)
{
    const std::string head = "GET / HTTP/1.1\r\na: b\r\n\r\n";
    EXPECT_EQ(status_of(head, {.head_bytes = head.size()}), 0);
    EXPECT_EQ(status_of(head, {.head_bytes = head.size() - 1}), 431);
    EXPECT_EQ(status_of(std::string(100, 'a'), {.head_bytes = 99}), 431) << "without an end";
    EXPECT_EQ(status_of(with_body, {.body_bytes = 5}), 0);
    EXPECT_EQ(status_of(with_body, {.body_bytes = 4}), 413);
    EXPECT_EQ(status_of("POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n"), 413);
}

TEST(HttpRequest, ARefusedOneStaysRefused)
{
    http_reader reader({.head_bytes = 20});
    ASSERT_EQ(reader.feed(std::string(21, 'x')), progress::refused);
    EXPECT_EQ(reader.feed("GET / HTTP/1.1\r\n\r\n"), progress::refused);
    EXPECT_EQ(reader.status(), 431);
}

TEST(HttpRequest, AsksOnceForABodyThatWaits)
{
    const std::string head = "POST / HTTP/1.1\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n";
    http_reader waiting;
    ASSERT_EQ(waiting.feed(head), progress::more);
    EXPECT_TRUE(waiting.wants_continue());
    EXPECT_FALSE(waiting.wants_continue());
    EXPECT_EQ(waiting.feed("{}"), progress::done);
    http_reader whole;
    ASSERT_EQ(whole.feed(head + "{}"), progress::done);
    EXPECT_FALSE(whole.wants_continue());
}

TEST(Url, IsEncodedAndDecoded)
{
    std::string all;
    for (int c = 0; c < 256; ++c)
        all += static_cast<char>(c);
    EXPECT_EQ(decode_url(encode_url(all)), all);
    EXPECT_EQ(encode_url("bin.000001 ü&"), "bin.000001%20%C3%BC%26");
    EXPECT_EQ(decode_url("%4a%4A+"), "JJ ");
    EXPECT_FALSE(decode_url("%"));
    EXPECT_FALSE(decode_url("%4"));
    EXPECT_FALSE(decode_url("a%g0"));
}

}  // namespace
}  // namespace proxy
