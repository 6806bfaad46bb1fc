#include "proxy/command/serve.hpp"

#include "proxy/command/commands.hpp"
#include "proxy/command/descriptors.hpp"
#include "proxy/command/program.hpp"
#include "proxy/log_sink.hpp"
#include "proxy/store/disk.hpp"

#include <csignal>
#include <fmt/format.h>
#include <spdlog/logger.h>
#include <unistd.h>

namespace proxy {
namespace {

void make_data_folder(const std::filesystem::path& folder)
{
    if (const auto made = real_disk().make_folder(folder); !made)
        throw std::runtime_error(fmt::format(
            "the data folder cannot be made: {}. Give another with --data, or make it and let this "
            "user write there",
            made.error().text
        ));
}

void limit_clients(config& chosen, spdlog::logger& lines)
{
    const std::size_t descriptors = raise_descriptor_limit();
    const std::size_t clients = clients_for(descriptors);
    if (clients >= chosen.listen.max_connections)
        return;
    lines.warn(
        "listen.max_connections = {} needs {} descriptors, and this process may have {} "
        "(LimitNOFILE, ulimit -Hn): {} clients are let in",
        chosen.listen.max_connections,
        descriptors_for(chosen.listen.max_connections),
        descriptors,
        clients
    );
    chosen.listen.max_connections = clients;
}

}  // namespace

int run_serve(config chosen)
{
    std::signal(SIGXFSZ, SIG_IGN);  // a limit on file sizes is met like a full disk
    std::signal(SIGPIPE, SIG_IGN);  // whoever reads our log may go
    log_queue written(STDERR_FILENO);
    spdlog::logger lines("unghost", std::make_shared<log_sink>(written));
    lines.set_pattern("%Y-%m-%dT%H:%M:%S.%e %l %v");
    lines.set_level(spdlog::level::from_str(chosen.log_level));

    as_configured([&] { make_data_folder(chosen.store.folder); });
    limit_clients(chosen, lines);
    std::unique_ptr<program> started;
    as_configured([&] { started = std::make_unique<program>(chosen, lines, written); });
    return started->run();
}

}  // namespace proxy
