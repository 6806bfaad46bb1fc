#pragma once

#include "proxy/admin/status.hpp"
#include "proxy/config.hpp"
#include "proxy/store/disk.hpp"

#include <memory>
#include <spdlog/logger.h>

// The admin HTTP server, on threads of its own: /metrics, /status.json, /healthz,
// /readyz, /livez, /position.json?file=F&position=N, POST /resume.
namespace proxy {

class admin_server
{
public:
    // Listens; port 0: one the system chooses. Throws std::runtime_error if it cannot.
    // What the providers and handlers use must outlive it.
    admin_server(
        const address& where,
        const std::filesystem::path& folder,
        metrics_provider metrics,
        status_provider status,
        position_handler translate,
        resume_handler resume,
        spdlog::logger& lines
    );
    // Stops its threads and removes admin.address.
    ~admin_server();

    // Into folder/admin.address, where `unghost status --data` finds it.
    disk_result<> write_address();

    const address& where() const;

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace proxy
