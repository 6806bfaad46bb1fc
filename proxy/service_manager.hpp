#pragma once

#include <chrono>
#include <optional>
#include <string>

// What systemd is told (Type=notify): that we are ready, how we are, that we are alive. Where no
// service manager asks for it, nothing happens. Source: sd_notify(3), sd_watchdog_enabled(3).
namespace proxy {

class service_manager
{
public:
    // $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID of this process.
    static service_manager from_environment();
    explicit service_manager(
        std::string socket, std::optional<std::chrono::microseconds> watchdog = std::nullopt
    )
        : socket_(std::move(socket))
        , watchdog_(watchdog)
    {}

    void on_ready() const { send("READY=1"); }
    void on_reloading() const;
    void on_ending() const { send("STOPPING=1"); }
    // One line for `systemctl status`, and a sign of life.
    void on_alive(const std::string& status) const;
    // That there is no sign of life although the process runs.
    void say(const std::string& status) const;

    // How often a sign of life is due; nothing: nobody waits for one.
    std::optional<std::chrono::milliseconds> interval() const;

private:
    void send(const std::string& state) const;

    std::string socket_;  // empty: nobody listens
    std::optional<std::chrono::microseconds> watchdog_;
};

}  // namespace proxy
