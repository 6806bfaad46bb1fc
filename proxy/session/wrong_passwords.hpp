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

// Counts as a wrong one unless it turns out to be none: who leaves once he was told that he guessed
// wrong has guessed as well.
class unproven_login
{
public:
    unproven_login(wrong_passwords& book, std::string key) : book_(book), key_(std::move(key)) {}
    ~unproven_login()
    {
        if (!key_.empty())
            book_.note(key_);
    }
    unproven_login(const unproven_login&) = delete;
    unproven_login& operator=(const unproven_login&) = delete;
    void is_no_guess() { key_.clear(); }

private:
    wrong_passwords& book_;
    std::string key_;
};

}  // namespace proxy
