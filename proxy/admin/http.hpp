#pragma once

#include "proxy/admin/metrics.hpp"
#include "proxy/admin/status.hpp"
#include "proxy/config.hpp"

#include <filesystem>
#include <memory>
#include <spdlog/logger.h>

// The admin HTTP server, on threads of its own: /metrics, /status.json, /healthz,
// /position.json?file=F&position=N, POST /resume.
namespace proxy {

class admin_server
{
public:
    // Listens (port 0: one the system chooses) and writes the address into folder/admin.address,
    // where `unghost status --data` finds it. Throws std::runtime_error if it cannot listen.
    // `numbers` and what the others use must outlive it.
    admin_server(
        const address& where,
        const std::filesystem::path& folder,
        const program_metrics& numbers,
        status_provider status,
        position_handler translate,
        resume_handler resume,
        spdlog::logger& lines
    );
    // Stops its threads and removes admin.address.
    ~admin_server();

    const address& where() const;

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace proxy
