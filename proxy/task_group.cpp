#include "proxy/task_group.hpp"

#include "protocol/enum_names.hpp"
#include "proxy/net/no_throw.hpp"

#include <algorithm>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/co_spawn.hpp>
#include <asio/steady_timer.hpp>
#include <system_error>

namespace proxy {
namespace {

constexpr std::chrono::minutes said_again{10};

}  // namespace

std::string_view to_text(task_state state)
{
    constexpr protocol::enum_names<task_state, 4> names{{"running", "waiting", "ended", "failed"}};
    return names[state];
}

std::string text_of(const std::exception_ptr& failure)
{
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& error) {
        return error.what();
    } catch (...) {
        return "an exception without a text";
    }
}

bool is_cancellation(const std::exception_ptr& failure)
{
    try {
        std::rethrow_exception(failure);
    } catch (const std::system_error& error) {
        return error.code() == asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}

asio::awaitable<void> every(std::chrono::milliseconds interval, std::function<void()> chore)
{
    asio::steady_timer timer(co_await asio::this_coro::executor);
    for (;;) {
        chore();
        timer.expires_after(interval);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

task_group::task_group(asio::io_context& loop, spdlog::logger& lines, std::function<void()> on_end)
    : loop_(loop)
    , lines_(lines)
    , on_end_(std::move(on_end))
{}

void task_group::start(std::string name, work begin, on_failure rule)
{
    auto one = std::make_shared<task>();
    one->name = std::move(name);
    one->begin = std::move(begin);
    one->rule = rule;
    const asio::cancellation_slot stop = one->stop.slot();
    spawn(one, keep_running(one), stop);
}

void task_group::restart(const std::string& name)
{
    const auto found = std::ranges::find_if(tasks_, [&name](const std::shared_ptr<task>& one) {
        return one->rule && one->name == name;
    });
    if (found == tasks_.end() || cancelled_)
        return;
    const std::shared_ptr<task> one = *found;
    one->again = true;
    one->stop.emit(asio::cancellation_type::all);
}

void task_group::run_once(std::string name, asio::awaitable<void> job, failure_handler failed)
{
    auto one = std::make_shared<task>();
    one->name = std::move(name);
    one->failed = std::move(failed);
    const asio::cancellation_slot stop = one->stop.slot();
    spawn(one, std::move(job), stop);
}

void task_group::run_once(
    std::string name,
    asio::awaitable<void> job,
    asio::cancellation_slot stop,
    failure_handler failed
)
{
    auto one = std::make_shared<task>();
    one->name = std::move(name);
    one->failed = std::move(failed);
    spawn(one, std::move(job), stop);
}

void task_group::spawn(
    const std::shared_ptr<task>& one, asio::awaitable<void> whole, asio::cancellation_slot stop
)
{
    if (cancelled_)
        return;
    note(one->name, task_state::running, "");
    const task_place place = tasks_.insert(tasks_.end(), one);
    asio::co_spawn(
        loop_,
        std::move(whole),
        asio::bind_cancellation_slot(
            stop,
            [this, one, place](const std::exception_ptr& failure) {
                tasks_.erase(place);
                finish(*one, failure);
            }
        )
    );
}

asio::awaitable<void> task_group::keep_running(std::shared_ptr<task> one)
{
    for (;;) {
        std::exception_ptr failure;
        try {
            co_await one->begin();
        } catch (...) {
            failure = std::current_exception();
        }
        if (cancelled_ && (!failure || is_cancellation(failure)))
            co_return;
        if (std::exchange(one->again, false) && !cancelled_) {
            co_await asio::this_coro::reset_cancellation_state();
            continue;
        }
        if (!failure || is_cancellation(failure))
            failure = std::make_exception_ptr(
                std::runtime_error(one->name + " has ended though nobody told it to")
            );
        const auto rest = pause_after(*one, failure);
        if (!rest)
            std::rethrow_exception(failure);
        asio::steady_timer pause(co_await asio::this_coro::executor, *rest);
        const auto [interrupted] = co_await pause.async_wait(no_throw);
        if (interrupted && (cancelled_ || !std::exchange(one->again, false)))
            co_return;
        if (interrupted)
            co_await asio::this_coro::reset_cancellation_state();
        note(one->name, task_state::running, "");
    }
}

std::optional<std::chrono::milliseconds>
task_group::pause_after(task& one, const std::exception_ptr& failure)
{
    const auto pause = one.rule ? one.rule->pause() : std::nullopt;
    if (!pause || cancelled_)
        return std::nullopt;
    const std::string problem = text_of(failure);
    say_restart(one, problem, *pause);
    note(one.name, task_state::waiting, problem);
    return pause;
}

void task_group::say_restart(task& one, const std::string& problem, std::chrono::milliseconds pause)
{
    const auto now = std::chrono::steady_clock::now();
    if (one.said == problem && now - one.said_at < said_again)
        return;
    one.said = problem;
    one.said_at = now;
    const std::chrono::duration<double> seconds = pause;
    lines_.error("{}: {}; it starts again in {} s", one.name, problem, seconds.count());
}

void task_group::finish(const task& one, const std::exception_ptr& failure)
{
    if (!failure || is_cancellation(failure))
        return note(one.name, task_state::ended, "");
    note(one.name, task_state::failed, text_of(failure));
    if (one.rule)
        return end_program(failure);
    if (one.failed)
        return one.failed(failure);
    lines_.error("{}: {}", one.name, text_of(failure));
}

void task_group::end_program(const std::exception_ptr& failure)
{
    if (failure != failure_)  // a task that told of it may fail by it as well
        lines_.error("ending: {}", text_of(failure));
    if (!failure_)
        failure_ = failure;
    cancel();
}

void task_group::cancel()
{
    if (!std::exchange(cancelled_, true) && on_end_)
        on_end_();
    const std::vector<std::shared_ptr<task>> all(tasks_.begin(), tasks_.end());
    for (const std::shared_ptr<task>& one : all)
        one->stop.emit(asio::cancellation_type::all);
}

void task_group::note(const std::string& name, task_state state, const std::string& problem)
{
    const lock_guard hold(lock_);
    auto place = std::ranges::find(records_, name, [](const record& one) -> const std::string& {
        return one.seen.name;
    });
    if (place == records_.end())
        place = records_.insert(place, record{.seen = {.name = name}});
    task_snapshot& seen = place->seen;
    if (state == task_state::running && seen.state != task_state::waiting)
        ++place->running;
    if (state == task_state::ended || state == task_state::failed)
        --place->running;
    if (state == task_state::running && seen.state == task_state::waiting)
        ++seen.restarts;
    if (state == task_state::waiting || state == task_state::failed)
        ++seen.failures;
    // A job that has ended leaves the others of its kind running.
    seen.state = state == task_state::ended && place->running > 0 ? task_state::running : state;
    if (problem.empty())
        return;
    seen.last_problem = problem;
    seen.problem_at = std::chrono::system_clock::now();
}

std::vector<task_snapshot> task_group::snapshot() const
{
    const lock_guard hold(lock_);
    std::vector<task_snapshot> all;
    for (const record& one : records_)
        if (one.running > 0 || !one.seen.last_problem.empty())
            all.push_back(one.seen);
    return all;
}

}  // namespace proxy
