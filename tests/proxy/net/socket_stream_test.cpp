#include "proxy/net/no_throw.hpp"
#include "proxy/net/socket_stream.hpp"
#include "tests/support/no_descriptors.hpp"
#include "tests/support/run_awaitable.hpp"

#include <asio/read.hpp>
#include <asio/steady_timer.hpp>
#include <cerrno>
#include <gtest/gtest.h>
#include <netinet/tcp.h>

namespace proxy {
namespace {

using namespace std::chrono_literals;

// More than both ends of a connection keep for it.
constexpr std::size_t much = 24U << 20;

// Connected sockets: our end, and the peer's.
class SocketStream : public testing::Test
{
protected:
    SocketStream()
    {
        asio::ip::tcp::acceptor acceptor(loop, {asio::ip::address_v4::loopback(), 0});
        peer.connect(acceptor.local_endpoint());
        ours = std::make_unique<socket_stream>(acceptor.accept());
    }
    static asio::awaitable<void> send(socket_stream& to, std::size_t size)
    {
        const protocol::byte_buffer bytes(size, 7);
        co_await to.send_frames(protocol::byte_view(bytes));
    }
    // A part, then a pause, until so much has come.
    static asio::awaitable<void> take_slowly(asio::ip::tcp::socket& from, std::size_t size)
    {
        asio::steady_timer pause(from.get_executor());
        protocol::byte_buffer room(512U << 10);
        while (size > 0) {
            const auto [error, bytes] = co_await asio::async_read(
                from, asio::buffer(room, std::min(size, room.size())), no_throw
            );
            if (error)
                co_return;
            size -= bytes;
            pause.expires_after(20ms);
            co_await pause.async_wait(no_throw);
        }
    }

    static asio::awaitable<void> reach(std::string host, std::uint16_t port)
    {
        co_await connect_to(std::move(host), port, 5s);
    }

    asio::io_context loop{1};
    asio::ip::tcp::socket peer{loop};
    std::unique_ptr<socket_stream> ours;
};

TEST_F(SocketStream, EndsASendWhosePeerTakesNothing)
{
    ours->set_write_limit(100ms);
    try {
        tests::run(loop, send(*ours, much));
        FAIL() << "it waits for ever";
    } catch (const std::system_error& error) {
        EXPECT_EQ(error.code(), std::errc::timed_out);
        EXPECT_NE(std::string(error.what()).find("taken nothing for 100 ms"), std::string::npos);
    }
}

// For a host that has gone: what it has not acknowledged is given up, before the kernel would do it
// after a quarter of an hour.
TEST_F(SocketStream, GivesTheKernelALimitAsWell)
{
    const auto limit_of_kernel = [this] {
        int milliseconds = -1;
        socklen_t size = sizeof(milliseconds);
        EXPECT_EQ(
            ::getsockopt(
                ours->socket().native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, &size
            ),
            0
        );
        return milliseconds;
    };
    EXPECT_EQ(limit_of_kernel(), 0);
    ours->set_write_limit(60s);
    EXPECT_EQ(limit_of_kernel(), 120'000) << "later than our own look, which says why";
    ours->set_write_limit(0ms);
    EXPECT_EQ(limit_of_kernel(), 0);
}

TEST_F(SocketStream, SendsOnWhileThePeerTakesSlowly)
{
    ours->set_write_limit(400ms);
    asio::co_spawn(loop, take_slowly(peer, much), [](const std::exception_ptr&) {});
    EXPECT_NO_THROW(tests::run(loop, send(*ours, much)));
}

// Taken for a cancellation, it ended the task that wanted to connect, and with it the program.
TEST_F(SocketStream, SaysThatNoDescriptorIsLeftToConnectWith)
{
    const std::uint16_t port = peer.remote_endpoint().port();
    const tests::no_descriptors none;
    try {
        tests::run(loop, reach("127.0.0.1", port));
        FAIL() << "connected";
    } catch (const std::system_error& error) {
        EXPECT_EQ(error.code().value(), EMFILE);
    }
}

TEST_F(SocketStream, LeavesNothingOfAWatchedSendBehindWhenItGoes)
{
    ours->set_write_limit(1h);
    asio::co_spawn(loop, send(*ours, much), [](const std::exception_ptr&) {});
    loop.poll();
    ours->close();
    loop.poll();
    ours.reset();
    // The timer must not keep the loop, nor look at the socket that is gone.
    loop.run_for(5s);
    EXPECT_TRUE(loop.stopped());
}

TEST_F(SocketStream, NamesAnAddressOfIpv6InBrackets)
{
    std::uint16_t port = 0;
    {
        const asio::ip::tcp::acceptor free(loop, {asio::ip::address_v4::loopback(), 0});
        port = free.local_endpoint().port();
    }
    try {
        tests::run(loop, reach("::1", port));
        FAIL() << "somebody listens there";
    } catch (const std::system_error& error) {
        const std::string named = "connect to [::1]:" + std::to_string(port);
        EXPECT_NE(std::string(error.what()).find(named), std::string::npos) << error.what();
    }
}

}  // namespace
}  // namespace proxy
