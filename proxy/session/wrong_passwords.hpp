#pragma once

#include "proxy/mutex.hpp"

#include <asio/awaitable.hpp>
#include <chrono>
#include <map>
#include <string>

namespace proxy {

// Logins that were refused of late, by address and account (login_key): the next one waits before
// it is looked at. Who may log in with another account does not clear it. Any thread.
inline std::string login_key(const std::string& address, const std::string& user)
{
    return address + ' ' + user;
}

class wrong_passwords
{
public:
    using clock = std::chrono::steady_clock;

    // The first few cost nothing; then 100 ms more each time, up to 2 s; forgotten after a minute.
    std::chrono::milliseconds
    delay_for(const std::string& key, clock::time_point now = clock::now()) const;
    // Waits for as long. May throw, where it is cancelled.
    asio::awaitable<void> wait_for(std::string key) const;
    void note(const std::string& key, clock::time_point now = clock::now());
    void forget(const std::string& key);  // it has logged in

private:
    struct record
    {
        unsigned times = 0;
        clock::time_point last;
    };
    mutable mutex lock_;
    std::map<std::string, record> of_ GUARDED_BY(lock_);
};

}  // namespace proxy
