#pragma once

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>

namespace proxy {

// Sees to it that the program ends when it is told to, and in time, whatever its other threads are
// busy with: on a thread of its own.
//
//   end_watch watch({...});
//   ... a signal, or begin(): on_end is called once, and the clock runs ...
//   watch.set_exit_code(0);  // all that must be saved is saved
//   ... destroyed in time; else: out_of_time says what has not ended, and the process exits
class end_watch
{
public:
    struct parts
    {
        std::chrono::milliseconds patience;
        std::function<void(const std::string& why)> on_end;  // called on this watch's thread
        std::function<void()> out_of_time;                   // the same
        std::function<void(int)> leave;                      // std::_Exit, but for tests
    };
    // From here on SIGTERM and SIGINT end the program by `on_end`.
    explicit end_watch(parts with);
    // The end has come in time.
    ~end_watch();

    // From any other thread: the program ends for a reason of its own. Returns when on_end, now or
    // earlier, has been called; it is not called any more after that.
    void begin(const std::string& why);
    // What the process exits with if it is out of time.
    void set_exit_code(int code) { exit_code_ = code; }

private:
    void on_begin(const std::string& why);

    parts with_;
    std::atomic<int> exit_code_{1};
    bool begun_ = false;
    asio::io_context loop_{1};
    asio::signal_set signals_;
    asio::steady_timer clock_;
    std::thread thread_;
};

}  // namespace proxy
