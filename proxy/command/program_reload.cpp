#include "proxy/command/program.hpp"
#include "proxy/config_text.hpp"
#include "proxy/text.hpp"

#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <future>

// What is told to a program while it runs, and by it: settings that change, a service manager,
// hooks.
namespace proxy {

reload_report program::reload()
{
    const auto done = std::make_shared<std::promise<reload_report>>();
    auto answer = done->get_future();
    asio::post(loop_, [this, done] { done->set_value(reload_here()); });
    if (answer.wait_for(std::chrono::seconds(10)) != std::future_status::ready)
        return {.problem = "unghost is busy or ending; try again"};
    try {
        return answer.get();
    } catch (const std::future_error&) {
        return {.problem = "unghost is ending"};
    }
}

// Nothing is taken of a configuration that is of no use as a whole.
reload_report program::reload_here()
{
    reload_report report;
    if (!around_.read_again)
        return {.problem = "there is no configuration to read again"};
    around_.manager.on_reloading();
    try {
        const config fresh = around_.read_again();
        const config_changes changes = changes_between(running_, fresh);
        take(with_live(running_, fresh));
        report = {.taken = changes.live, .restarts = changes.restarts, .problem = {}};
    } catch (const std::runtime_error& error) {
        report.problem = error.what();
    }
    around_.manager.on_ready();
    if (!report.problem.empty()) {
        lines_.error("reload: {}; the settings stay as they are", report.problem);
        return report;
    }
    reload_all(tls_files_, lines_);
    const std::string none = "nothing";
    lines_.info(
        "reload: {} changed{}",
        report.taken.empty() ? none : fmt::format("{}", fmt::join(report.taken, ", ")),
        report.restarts.empty()
            ? std::string()
            : fmt::format("; {} needs a restart", fmt::join(report.restarts, ", "))
    );
    return report;
}

// What may be of no use comes first, and throws.
void program::take(const config& fresh)
{
    consumers_->set_listen(fresh.listen);
    const retention_limits keeps{
        .age = fresh.store.retention_age, .bytes = fresh.store.retention_bytes
    };
    log_.set_limits(keeps, fresh.store.spool_bytes);
    retention_.replace(keeps);
    lines_.set_level(spdlog::level::from_str(fresh.log_level));
    hooks_.configure(fresh.hook);
    const config before = std::exchange(running_, fresh);
    const auto is_of_fold = [](const std::string& name) { return name.starts_with("fold."); };
    if (std::ranges::any_of(changes_between(before, fresh).live, is_of_fold))
        pulling_.set_fold(fresh.fold);
}

// On the source thread: one that is stuck gives no sign. Nor is one given for threads that serve.
asio::awaitable<void> program::show_life()
{
    asio::steady_timer pause(loop_);
    for (;;) {
        const program_status status = describe();
        const health alive = liveness_of(status);
        const std::string lag =
            status.lag.seconds ? fmt::format(", lag {:.0f} s", *status.lag.seconds) : "";
        if (alive.code == 200)
            around_.manager.on_alive(fmt::format(
                "{}{}, {} consumers{}",
                to_text(status.phase),
                status.phase_text.empty() ? "" : ": " + shortened(status.phase_text, 200),
                dumps(status),
                lag
            ));
        else
            around_.manager.say(alive.text);
        pause.expires_after(*around_.manager.interval());
        co_await pause.async_wait(asio::use_awaitable);
    }
}

void program::call_hook(hook_call call)
{
    call.source = source_name_;
    hooks_.call(std::move(call));
}

}  // namespace proxy
