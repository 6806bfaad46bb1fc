#pragma once

#include "proxy/mutex.hpp"

#include <asio/awaitable.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <spdlog/logger.h>
#include <string>
#include <vector>

namespace proxy {

// What a failed task means for the program.
class on_failure
{
public:
    // The program ends and says why.
    static on_failure end() { return on_failure(std::nullopt); }
    // It is said in the log, the same problem not more often than every ten minutes, and the task
    // starts again after the pause.
    static on_failure restart_after(std::chrono::milliseconds pause) { return on_failure(pause); }

    const std::optional<std::chrono::milliseconds>& pause() const { return pause_; }

private:
    explicit on_failure(std::optional<std::chrono::milliseconds> pause) : pause_(pause) {}

    std::optional<std::chrono::milliseconds> pause_;
};

enum class task_state : std::uint8_t {
    running,
    waiting,  // has failed and starts again after its pause
    ended,    // has done its work, or was cancelled
    failed,
};

std::string_view to_text(task_state state);

struct task_snapshot
{
    std::string name;
    task_state state = task_state::running;
    std::uint64_t failures = 0;
    std::uint64_t restarts = 0;
    std::string last_problem;  // empty: none so far
    std::chrono::system_clock::time_point problem_at;
};

// Every coroutine that nobody awaits is started here, so that none fails unnoticed:
//
//   task_group tasks(loop, log);
//   tasks.start("housekeeping", [&] { return keep_house(of); }, on_failure::restart_after(10s));
//   tasks.run_once("facts", fetch(table), [&](const std::exception_ptr& why) { ... });
//   loop.run();                     // returns when all have ended
//   if (tasks.failure()) ...        // what ended the program
//
// Runs on `loop` and is used on its thread alone, but for snapshot().
class task_group
{
public:
    using work = std::function<asio::awaitable<void>()>;
    using failure_handler = std::function<void(const std::exception_ptr&)>;

    // `on_end` is called when all are told to end: by cancel(), or because one has failed.
    task_group(asio::io_context& loop, spdlog::logger& lines, std::function<void()> on_end = {});

    // A task for the life of the program. One that returns without having been cancelled has failed
    // as well. `begin` is called again for every start.
    void start(std::string name, work begin, on_failure rule);

    // What it does is broken off, and it starts again at once, whatever pause it may be in.
    void restart(const std::string& name);

    // One job. Its failure goes to `failed`, or to the log if there is none; that it was cancelled
    // is no failure. Jobs of the same kind share a name, under which snapshot() shows them.
    void run_once(std::string name, asio::awaitable<void> job, failure_handler failed = {});
    // The same for a job that has its own way of being told to end: cancel() leaves it alone.
    void run_once(
        std::string name,
        asio::awaitable<void> job,
        asio::cancellation_slot stop,
        failure_handler failed = {}
    );

    // All tasks are told to end; none starts from here on.
    void cancel();
    // The program ends because of this; the first such failure is kept.
    void end_program(const std::exception_ptr& failure);

    const std::exception_ptr& failure() const { return failure_; }

    // From any thread: all tasks, and kinds of jobs that run or have failed.
    std::vector<task_snapshot> snapshot() const;

private:
    struct record
    {
        task_snapshot seen;
        std::size_t running = 0;
    };
    struct task
    {
        std::string name;
        work begin;
        std::optional<on_failure> rule;  // none: a job
        failure_handler failed;
        asio::cancellation_signal stop;
        bool again = false;  // told to stop only to start again
        std::string said;    // its last problem in the log
        std::chrono::steady_clock::time_point said_at;
    };
    using task_place = std::list<std::shared_ptr<task>>::iterator;

    asio::awaitable<void> keep_running(std::shared_ptr<task> one);
    // None: it does not start again.
    std::optional<std::chrono::milliseconds>
    pause_after(task& one, const std::exception_ptr& failure);
    void spawn(
        const std::shared_ptr<task>& one, asio::awaitable<void> whole, asio::cancellation_slot stop
    );
    void finish(const task& one, const std::exception_ptr& failure);
    void say_restart(task& one, const std::string& problem, std::chrono::milliseconds pause);
    void note(const std::string& name, task_state state, const std::string& problem);

    asio::io_context& loop_;
    spdlog::logger& lines_;
    std::function<void()> on_end_;
    std::list<std::shared_ptr<task>> tasks_;
    bool cancelled_ = false;
    std::exception_ptr failure_;

    mutable mutex lock_;
    std::vector<record> records_ GUARDED_BY(lock_);
};

// A task that does something at once, and again after every interval.
asio::awaitable<void> every(std::chrono::milliseconds interval, std::function<void()> chore);

// What a failure says. The text of an exception, whatever was thrown.
std::string text_of(const std::exception_ptr& failure);

// What a coroutine ends with that was told to end while it waited.
bool is_cancellation(const std::exception_ptr& failure);

}  // namespace proxy
