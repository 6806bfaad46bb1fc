#include "proxy/command/serve.hpp"

#include "proxy/command/program.hpp"
#include "proxy/log_sink.hpp"

#include <csignal>
#include <filesystem>
#include <fmt/format.h>
#include <spdlog/logger.h>
#include <unistd.h>

namespace proxy {
namespace {

void make_data_folder(const std::filesystem::path& folder)
{
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error)
        throw std::runtime_error(fmt::format(
            "the data folder {} cannot be made: {}. Give another with --data, or make it and let "
            "this user write there",
            folder.string(),
            error.message()
        ));
}

}  // namespace

int run_serve(const config& chosen)
{
    std::signal(SIGXFSZ, SIG_IGN);  // a limit on file sizes is met like a full disk
    std::signal(SIGPIPE, SIG_IGN);  // whoever reads our log may go
    log_queue written(STDERR_FILENO);
    spdlog::logger lines("unghost", std::make_shared<log_sink>(written));
    lines.set_pattern("%Y-%m-%dT%H:%M:%S.%e %l %v");
    lines.set_level(spdlog::level::from_str(chosen.log_level));

    make_data_folder(chosen.store.folder);
    program running(chosen, lines, written);
    return running.run();
}

}  // namespace proxy
