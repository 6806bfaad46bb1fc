#pragma once

#include "proxy/admin/lag_history.hpp"
#include "proxy/admin/status.hpp"
#include "proxy/config.hpp"
#include "proxy/store/disk.hpp"

#include <memory>
#include <spdlog/logger.h>

// The admin HTTP server, on threads of its own: / (for people), /metrics, /status.json,
// /history.json, /healthz, /readyz, /livez, /position.json?file=F&position=N for everybody; POST
// /resume, /follow and /reload by the socket in the data folder alone, which our user and root may
// open. Where it listens on the loopback only, a request for another host's name is refused: a page
// whose name was turned to 127.0.0.1 reads nothing.
namespace proxy {

// The socket in the data folder.
constexpr const char* control_name = "control.sock";

// What it answers with.
struct admin_calls
{
    metrics_provider metrics;
    status_provider status;
    history_provider history;
    position_handler translate;
    resume_handler resume;
    look_handler look;
    reload_handler reload;
    follow_handler follow;
};

class admin_server
{
public:
    // Listens; port 0: one the system chooses. Throws std::runtime_error if it cannot.
    // What the calls use must outlive it.
    admin_server(
        const address& where,
        const std::filesystem::path& folder,
        admin_calls calls,
        spdlog::logger& lines
    );
    // Answers from here on. Once: what the providers use may be this object.
    void start();
    // Stops its threads and removes both files of announce(). It may be called again.
    void stop();
    ~admin_server();

    // Opens folder/control.sock, and writes folder/admin.address, where `unghost status --data`
    // finds it. Called again after it failed.
    disk_result<> announce();

    const address& where() const;
    std::vector<task_snapshot> tasks() const;  // from any thread

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace proxy
