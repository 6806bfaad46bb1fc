#include "proxy/admin/http_client.hpp"
#include "proxy/admin/http_server.hpp"
#include "tests/support/collected_log.hpp"

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>
#include <future>
#include <gtest/gtest.h>
#include <list>

namespace proxy {
namespace {

using namespace std::chrono_literals;

class HttpServer : public testing::Test
{
protected:
    void start(http_server_limits limits)
    {
        server.emplace(
            address{"127.0.0.1", 0},
            [this](const http_request& request, const http_caller&) { return answer(request); },
            log.lines,
            limits
        );
        server->start();
    }
    asio::ip::tcp::socket connect()
    {
        asio::ip::tcp::socket socket(loop);
        socket.connect({asio::ip::address_v4::loopback(), server->where().port});
        return socket;
    }
    asio::ip::tcp::socket send(const std::string& bytes)
    {
        asio::ip::tcp::socket socket = connect();
        asio::write(socket, asio::buffer(bytes));
        return socket;
    }
    // All that the server sends until it closes.
    static std::string read_all(asio::ip::tcp::socket& socket)
    {
        std::string bytes;
        std::error_code error;
        asio::read(socket, asio::dynamic_buffer(bytes), error);
        return bytes;
    }
    std::string get(const std::string& target)
    {
        return ask_http(server->where(), {.target = target}).body;
    }
    virtual http_answer answer(const http_request& request)
    {
        if (request.path == "/throws")
            throw std::runtime_error("no such luck");
        return {200, request.method + " " + request.path + " " + request.body};
    }

    asio::io_context loop;
    tests::collected_log log;
    std::optional<http_server> server;
};

TEST_F(HttpServer, AnswersOneRequestAConnection)
{
    start({});
    auto socket = send("GET /a HTTP/1.1\r\n\r\n");
    EXPECT_EQ(
        read_all(socket),
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 7\r\nConnection: "
        "close\r\n\r\nGET /a "
    );
    EXPECT_EQ(
        ask_http(server->where(), {.method = "POST", .target = "/b", .body = "x"}).body, "POST /b x"
    );
}

TEST_F(HttpServer, AHandlersExceptionIsItsAnswer)
{
    start({});
    const http_reply reply = ask_http(server->where(), {.target = "/throws"});
    EXPECT_EQ(reply.status, 500);
    EXPECT_EQ(reply.body, "no such luck\n");
}

TEST_F(HttpServer, RefusesARequestThatIsTooLargeOrNone)
{
    start({.request = {.head_bytes = 100, .body_bytes = 10}});
    for (const auto& [bytes, line] :
         {std::pair(
              "GET / HTTP/1.1\r\na: " + std::string(10'000, 'x'),
              "HTTP/1.1 431 Request Header Fields Too Large\r\n"
          ),
          std::pair(
              std::string("POST / HTTP/1.1\r\nContent-Length: 11\r\n\r\n"),
              "HTTP/1.1 413 Content Too Large\r\n"
          ),
          std::pair(std::string("\x16\x03\x01 hello\r\n\r\n"), "HTTP/1.1 400 Bad Request\r\n")}) {
        auto socket = send(bytes);
        const std::string reply = read_all(socket);
        EXPECT_TRUE(reply.starts_with(line)) << reply;
    }
}

TEST_F(HttpServer, SlowClientsKeepNobodyFromBeingAnswered)
{
    start({.patience = 1h, .connections = 8});
    std::list<asio::ip::tcp::socket> slow;
    for (int i = 0; i < 7; ++i)
        slow.push_back(send("GET /slow HTTP/1.1\r\nA:"));
    EXPECT_EQ(get("/healthz"), "GET /healthz ");
}

TEST_F(HttpServer, TheOldestConnectionMakesRoomForOneTooMany)
{
    start({.patience = 1h, .connections = 2});
    auto first = send("GET /first HTTP/1.1\r\n");
    auto second = send("GET /second HTTP/1.1\r\n");
    auto third = send("GET /third HTTP/1.1\r\n\r\n");
    EXPECT_NE(read_all(third).find("GET /third"), std::string::npos);
    EXPECT_EQ(read_all(first), "") << "closed without an answer";
    asio::write(second, asio::buffer(std::string("\r\n")));
    EXPECT_NE(read_all(second).find("GET /second"), std::string::npos);
}

TEST_F(HttpServer, ARequestHasADeadlineAsAWhole)
{
    start({.patience = 1ms});
    auto socket = connect();
    EXPECT_EQ(read_all(socket), "");
}

TEST_F(HttpServer, ItsEndWaitsForNoClient)
{
    start({.patience = 1h});
    auto silent = connect();
    auto slow = send("GET / HTTP/1.1\r\n");
    auto lingering = send("GET /x HTTP/1.1\r\n\r\n");
    std::string first(8, ' ');
    asio::read(lingering, asio::buffer(first));
    server.reset();
    EXPECT_EQ(read_all(silent), "");
    EXPECT_EQ(read_all(slow), "");
}

// A handler that takes its time for a POST.
class HttpServerAtWork : public HttpServer
{
protected:
    http_answer answer(const http_request& request) override
    {
        if (request.method == "POST") {
            begun.set_value();
            go_on.get_future().wait();
        }
        return HttpServer::answer(request);
    }
    std::promise<void> begun;
    std::promise<void> go_on;
};

TEST_F(HttpServerAtWork, APostThatTakesTimeHoldsUpNobody)
{
    start({.connections = 2});
    auto post = send("POST /resume HTTP/1.1\r\n\r\n");
    begun.get_future().wait();
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(get("/healthz"), "GET /healthz ");
    go_on.set_value();
    EXPECT_NE(read_all(post).find("POST /resume"), std::string::npos);
}

TEST(HttpClient, SaysWhenNobodyListens)
{
    asio::io_context loop;
    std::uint16_t port = 0;
    {
        const asio::ip::tcp::acceptor free(loop, {asio::ip::address_v4::loopback(), 0});
        port = free.local_endpoint().port();
    }
    EXPECT_THROW(ask_http({"127.0.0.1", port}, {.target = "/"}), std::system_error);
}

TEST(HttpClient, WaitsNoLongerThanItIsTold)
{
    asio::io_context loop;
    const asio::ip::tcp::acceptor silent(loop, {asio::ip::address_v4::loopback(), 0});
    EXPECT_THROW(
        ask_http({"127.0.0.1", silent.local_endpoint().port()}, {.target = "/"}, 1ms),
        std::system_error
    );
}

}  // namespace
}  // namespace proxy
