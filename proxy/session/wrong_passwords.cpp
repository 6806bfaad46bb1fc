#include "proxy/session/wrong_passwords.hpp"

#include <algorithm>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

namespace proxy {
namespace {

constexpr unsigned free_of_charge = 3;
constexpr std::chrono::milliseconds each{100};
constexpr std::chrono::milliseconds longest{2000};
constexpr std::chrono::seconds memory{60};
constexpr std::size_t most_keys = 4096;

}  // namespace

std::chrono::milliseconds
wrong_passwords::delay_for(const std::string& key, clock::time_point now) const
{
    const lock_guard hold(lock_);
    const auto at = of_.find(key);
    if (at == of_.end() || now - at->second.last > memory || at->second.times <= free_of_charge)
        return std::chrono::milliseconds(0);
    return std::min(longest, each * (at->second.times - free_of_charge));
}

asio::awaitable<void> wrong_passwords::wait_for(std::string key) const
{
    const std::chrono::milliseconds delay = delay_for(key);
    if (delay == std::chrono::milliseconds(0))
        co_return;
    asio::steady_timer pause(co_await asio::this_coro::executor, delay);
    co_await pause.async_wait(asio::use_awaitable);
}

void wrong_passwords::note(const std::string& key, clock::time_point now)
{
    const lock_guard hold(lock_);
    if (of_.size() >= most_keys && !of_.contains(key)) {
        std::erase_if(of_, [now](const auto& one) { return now - one.second.last > memory; });
        if (of_.size() >= most_keys)
            of_.erase(of_.begin());
    }
    record& here = of_[key];
    here.times = now - here.last > memory ? 1 : here.times + 1;
    here.last = now;
}

void wrong_passwords::forget(const std::string& key)
{
    const lock_guard hold(lock_);
    of_.erase(key);
}

}  // namespace proxy
