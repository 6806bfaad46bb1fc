#include "proxy/command/end_watch.hpp"

#include <asio/post.hpp>
#include <csignal>
#include <fmt/format.h>
#include <future>
#include <unistd.h>

namespace proxy {
namespace {

// For out_of_time itself, which may meet a lock that a stuck thread holds.
constexpr unsigned last_seconds = 5;

}  // namespace

end_watch::end_watch(parts with)
    : with_(std::move(with))
    , signals_(loop_, SIGTERM, SIGINT)
    , clock_(loop_, asio::steady_timer::time_point::max())
{
    signals_.async_wait([this](const std::error_code& error, int signal) {
        if (!error)
            on_begin(fmt::format("signal {}", signal));
    });
    // Waits for ever if need be: the thread has something to do until the destructor.
    clock_.async_wait([](const std::error_code&) {});
    thread_ = std::thread([this] { loop_.run(); });
}

end_watch::~end_watch()
{
    asio::post(loop_, [this] {
        begun_ = true;
        signals_.cancel();
        clock_.cancel();
    });
    thread_.join();
}

void end_watch::begin(const std::string& why)
{
    std::promise<void> called;
    asio::post(loop_, [&] {
        on_begin(why);
        called.set_value();
    });
    called.get_future().wait();
}

void end_watch::on_begin(const std::string& why)
{
    if (std::exchange(begun_, true))
        return;
    clock_.expires_after(with_.patience);
    clock_.async_wait([this](const std::error_code& error) {
        if (error)
            return;
        ::alarm(last_seconds);
        with_.out_of_time();
        with_.leave(exit_code_);
    });
    with_.on_end(why);
}

}  // namespace proxy
