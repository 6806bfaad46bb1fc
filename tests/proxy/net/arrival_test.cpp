#include "proxy/net/arrival.hpp"
#include "proxy/net/socket_stream.hpp"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/error.hpp>
#include <asio/write.hpp>
#include <gtest/gtest.h>

namespace {

using proxy::first_arrival;
using proxy::socket_stream;
using proxy::two_peers;

// Connected sockets: our end, and the peer's.
struct connection
{
    asio::ip::tcp::socket peer;
    socket_stream ours;
};

connection connect(asio::io_context& loop)
{
    asio::ip::tcp::acceptor acceptor(loop, {asio::ip::address_v4::loopback(), 0});
    asio::ip::tcp::socket peer(loop);
    peer.connect(acceptor.local_endpoint());
    return {std::move(peer), socket_stream(acceptor.accept(), 1024, 1024)};
}

class TwoPeers : public testing::Test
{
protected:
    // Until the work is done: a watch stays in the loop.
    first_arrival run(asio::awaitable<first_arrival> work)
    {
        std::optional<first_arrival> found;
        asio::co_spawn(loop, std::move(work), [&](const std::exception_ptr&, first_arrival ended) {
            found = ended;
        });
        loop.restart();
        while (!found && loop.run_one_for(std::chrono::seconds(10)) > 0) {
        }
        EXPECT_TRUE(found);
        return found.value_or(first_arrival{});
    }
    first_arrival next() { return run(peers.next()); }
    // Not before next() waits.
    void later(asio::ip::tcp::socket& from)
    {
        asio::post(loop, [this, &from] {
            asio::post(loop, [&from] { asio::write(from, asio::buffer("\1\0\0\0x", 5)); });
        });
    }
    static asio::awaitable<first_arrival> filled(socket_stream& from)
    {
        co_await from.fill();
        co_return first_arrival{};
    }
    static std::size_t taken(socket_stream& from) { return from.take_arrived().size(); }

    asio::io_context loop{1};
    connection first = connect(loop);
    connection second = connect(loop);
    two_peers peers{first.ours, second.ours};
};

TEST_F(TwoPeers, TellsWhichOneSent)
{
    for (int turn = 0; turn < 3; ++turn) {
        later(first.peer);
        first_arrival found = next();
        EXPECT_TRUE(found.first);
        EXPECT_FALSE(found.error);
        EXPECT_EQ(taken(first.ours), 5U);

        later(second.peer);
        found = next();
        EXPECT_FALSE(found.first);
        EXPECT_FALSE(found.error);
        EXPECT_EQ(taken(second.ours), 5U);
    }
}

TEST_F(TwoPeers, SeesWhatCameBeforeItWaited)
{
    asio::write(second.peer, asio::buffer("\1\0\0\0x", 5));
    EXPECT_FALSE(next().first);
    EXPECT_FALSE(next().first);  // nobody has taken it
    asio::write(first.peer, asio::buffer("\1\0\0\0x", 5));
    EXPECT_TRUE(next().first);
}

// As a relay does: the second one's answer is read between two calls, and the watch has seen it.
TEST_F(TwoPeers, WaitsOnWhenTheSecondOnesBytesWereTakenInBetween)
{
    later(first.peer);
    EXPECT_TRUE(next().first);
    taken(first.ours);

    asio::write(second.peer, asio::buffer("\1\0\0\0x", 5));
    run(filled(second.ours));
    EXPECT_EQ(taken(second.ours), 5U);

    later(first.peer);
    EXPECT_TRUE(next().first);
    EXPECT_EQ(taken(first.ours), 5U);
}

TEST_F(TwoPeers, TellsTheEndOfEach)
{
    second.peer.close();
    first_arrival found = next();
    EXPECT_FALSE(found.first);
    EXPECT_EQ(found.error, asio::error::eof);
    first.peer.close();
    found = next();
    EXPECT_TRUE(found.first);
    EXPECT_EQ(found.error, asio::error::eof);
}

TEST_F(TwoPeers, CanBeCancelled)
{
    asio::cancellation_signal cancel;
    std::optional<first_arrival> found;
    asio::co_spawn(
        loop,
        peers.next(),
        asio::bind_cancellation_slot(
            cancel.slot(), [&](const std::exception_ptr&, first_arrival ended) { found = ended; }
        )
    );
    asio::post(loop, [&] {
        asio::post(loop, [&] { cancel.emit(asio::cancellation_type::terminal); });
    });
    while (!found && loop.run_one_for(std::chrono::seconds(10)) > 0) {
    }
    ASSERT_TRUE(found);
    EXPECT_EQ(found->error, asio::error::operation_aborted);
}

TEST_F(TwoPeers, MayGoWhileItsWatchIsSet)
{
    {
        two_peers short_lived(first.ours, second.ours);
        later(first.peer);
        EXPECT_TRUE(run(short_lived.next()).first);
        EXPECT_EQ(taken(first.ours), 5U);
    }
    asio::write(second.peer, asio::buffer("\1\0\0\0x", 5));
    loop.restart();
    loop.run_for(std::chrono::milliseconds(10));
    EXPECT_FALSE(next().first);
    EXPECT_EQ(taken(second.ours), 5U);
}

}  // namespace
