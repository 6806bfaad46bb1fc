#pragma once

#include "proxy/mutex.hpp"

#include <chrono>
#include <map>
#include <string>

namespace proxy {

// Addresses whose logins were refused of late: each waits before its next one is looked at. Any
// thread.
class wrong_passwords
{
public:
    using clock = std::chrono::steady_clock;

    // The first few cost nothing; then 100 ms more each time, up to 2 s; forgotten after a minute.
    std::chrono::milliseconds
    delay_for(const std::string& address, clock::time_point now = clock::now()) const;
    void note(const std::string& address, clock::time_point now = clock::now());
    void forget(const std::string& address);  // it has logged in

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
