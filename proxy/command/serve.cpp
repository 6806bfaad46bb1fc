#include "proxy/command/serve.hpp"

#include "proxy/command/commands.hpp"
#include "proxy/command/descriptors.hpp"
#include "proxy/command/program.hpp"
#include "proxy/config_text.hpp"
#include "proxy/log_lines.hpp"
#include "proxy/log_sink.hpp"
#include "proxy/store/disk.hpp"
#include "proxy/version.hpp"

#include <csignal>
#include <fmt/format.h>
#include <spdlog/logger.h>
#include <unistd.h>
#include <utility>

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

// One line a section, so that a log of any age tells what it was written under.
void say_settings(const config& chosen, spdlog::logger& lines)
{
    lines.info("unghost {} starts", version_text());
    std::string section;
    std::string text;
    const auto say = [&] {
        if (!text.empty())
            lines.info("settings: [{}] {}", section, std::exchange(text, {}));
    };
    for (const setting& one : list_settings(chosen)) {
        if (one.section != section)
            say();
        section = one.section;
        // Its arguments may hold what a pager asks for.
        const bool is_hook = one.section == "hook" && one.key == "command";
        const std::string value = !is_hook || chosen.hook.command.empty()
                                      ? one.value
                                      : fmt::format("[\"{}\", ...]", chosen.hook.command.front());
        text += (text.empty() ? "" : ", ") + one.key + " = " + value;
    }
    say();
    for (const account_config& one : chosen.listen.accounts)
        lines.info("settings: [[account]] name = \"{}\"", one.name);
}

}  // namespace

int run_serve(const std::function<config()>& read)
{
    config chosen = read();
    std::signal(SIGXFSZ, SIG_IGN);  // a limit on file sizes is met like a full disk
    std::signal(SIGPIPE, SIG_IGN);  // whoever reads our log may go
    log_queue written(STDERR_FILENO);
    spdlog::logger lines("unghost", std::make_shared<log_sink>(written));
    const bool to_journal = is_journal(STDERR_FILENO);
    lines.set_formatter(make_formatter(chosen.log_format, to_journal));
    written.set_gap_form([format = chosen.log_format, to_journal](const std::string& text) {
        return line_of(text, format, to_journal);
    });
    lines.set_level(spdlog::level::from_str(chosen.log_level));
    const service_manager manager = service_manager::from_environment();

    say_settings(chosen, lines);
    as_configured([&] { make_data_folder(chosen.store.folder); });
    limit_clients(chosen, lines);
    const auto read_again = [&] {
        config fresh = read();
        limit_clients(fresh, lines);
        return fresh;
    };
    std::unique_ptr<program> started;
    as_configured([&] {
        started = std::make_unique<program>(
            chosen,
            lines,
            written,
            std::chrono::seconds(10),
            program_surroundings{.read_again = read_again, .manager = manager}
        );
    });
    return started->run();
}

}  // namespace proxy
