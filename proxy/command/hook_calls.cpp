#include "proxy/command/hook_calls.hpp"

#include "proxy/mutex.hpp"
#include "proxy/time_text.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <ctime>
#include <deque>
#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

namespace proxy {

namespace {

using std::chrono::steady_clock;

constexpr std::size_t most_waiting = 100;
// How often a child is asked whether it has ended.
constexpr std::chrono::milliseconds look_again{20};

class pipe_ends
{
public:
    pipe_ends() { good_ = ::pipe2(&ends_[0], O_CLOEXEC) == 0; }
    ~pipe_ends()
    {
        close(0);
        close(1);
    }
    pipe_ends(const pipe_ends&) = delete;
    pipe_ends& operator=(const pipe_ends&) = delete;

    bool is_open() const { return good_; }
    int reading() const { return ends_[0]; }
    int writing() const { return ends_[1]; }
    void close(std::size_t which)
    {
        if (int& one = ends_.at(which); one >= 0)
            ::close(std::exchange(one, -1));
    }

private:
    std::array<int, 2> ends_{-1, -1};
    bool good_ = false;
};

// What systemd says to us alone is not for a child.
std::vector<char*> environment_of_child()
{
    std::vector<char*> kept;
    for (char** at = environ; at && *at; ++at) {
        const std::string_view one = *at;
        if (!one.starts_with("NOTIFY_SOCKET=") && !one.starts_with("WATCHDOG_"))
            kept.push_back(*at);
    }
    kept.push_back(nullptr);
    return kept;
}

// In a process group of its own, so that what it starts can be ended with it.
int start(const std::vector<std::string>& command, int input, pid_t& child)
{
    std::vector<std::string> texts = command;
    std::vector<char*> words;
    words.reserve(texts.size() + 1);
    for (std::string& one : texts)
        words.push_back(one.data());
    words.push_back(nullptr);
    posix_spawn_file_actions_t files{};
    posix_spawnattr_t how{};
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawnattr_init(&how);
    ::posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
    ::posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    // We ignore some signals, and block those that another thread waits for.
    sigset_t none{};
    sigset_t all{};
    ::sigemptyset(&none);
    ::sigemptyset(&all);
    for (const int one : {SIGPIPE, SIGXFSZ, SIGTERM, SIGINT, SIGHUP})
        ::sigaddset(&all, one);
    ::posix_spawnattr_setsigmask(&how, &none);
    ::posix_spawnattr_setsigdefault(&how, &all);
    ::posix_spawnattr_setpgroup(&how, 0);
    ::posix_spawnattr_setflags(
        &how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
    );
    std::vector<char*> variables = environment_of_child();
    const int error =
        ::posix_spawnp(&child, words.front(), &files, &how, words.data(), variables.data());
    ::posix_spawnattr_destroy(&how);
    ::posix_spawn_file_actions_destroy(&files);
    return error;
}

std::string ending_text(int status)
{
    if (WIFSIGNALED(status))
        return fmt::format("ended by signal {}", WTERMSIG(status));
    return fmt::format("exit code {}", WEXITSTATUS(status));
}

}  // namespace

struct hook_calls::state
{
    explicit state(spdlog::logger& to) : lines(to) {}

    spdlog::logger& lines;
    mutex lock;
    std::condition_variable_any changed;
    hook_config chosen GUARDED_BY(lock);
    std::deque<hook_call> waiting GUARDED_BY(lock);
    std::uint64_t dropped GUARDED_BY(lock) = 0;
    bool ending GUARDED_BY(lock) = false;
    std::atomic<std::uint64_t> calls{0};
    std::atomic<std::uint64_t> failures{0};
    std::thread thread;

    void run();
    bool next(hook_call& call, hook_config& by);
    bool is_ending();
    void carry_out(const hook_call& call, const hook_config& by);
    bool feed(pipe_ends& input, const std::string& text, steady_clock::time_point until);
    std::string wait_for(pid_t child, steady_clock::time_point until);
};

void hook_calls::state::run()
{
    // A hook that does not read is no reason to end: EPIPE says it.
    sigset_t pipes{};
    ::sigemptyset(&pipes);
    ::sigaddset(&pipes, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipes, nullptr);
    hook_call call;
    hook_config by;
    while (next(call, by))
        carry_out(call, by);
}

// False: no more are called.
bool hook_calls::state::next(hook_call& call, hook_config& by)
{
    const lock_guard hold(lock);
    while (!ending && waiting.empty())
        changed.wait(lock);
    if (ending)
        return false;
    call = std::move(waiting.front());
    waiting.pop_front();
    by = chosen;
    if (const std::uint64_t gap = std::exchange(dropped, 0); gap > 0)
        lines.warn("hook: {} calls were dropped: it takes longer than they come", gap);
    return true;
}

bool hook_calls::state::is_ending()
{
    const lock_guard hold(lock);
    return ending;
}

void hook_calls::state::carry_out(const hook_call& call, const hook_config& by)
{
    if (by.command.empty())
        return;
    const auto until = steady_clock::now() + by.timeout;
    ++calls;
    const auto fail = [&](const std::string& why) {
        lines.error(
            "hook {} for \"{}\": {}", by.command.front(), hook_event_names[call.event], why
        );
        ++failures;  // whoever sees it finds the line in the log
    };
    pipe_ends input;
    pid_t child = -1;
    const int error = input.is_open() ? start(by.command, input.reading(), child) : errno;
    if (error != 0) {
        fail(fmt::format("cannot be started: {}", std::generic_category().message(error)));
        return;
    }
    input.close(0);
    feed(input, to_json_line(call), until);
    input.close(1);
    if (const std::string problem = wait_for(child, until); !problem.empty())
        fail(problem);
}

// A hook need not read it.
bool hook_calls::state::feed(
    pipe_ends& input, const std::string& text, steady_clock::time_point until
)
{
    ::fcntl(input.writing(), F_SETFL, O_NONBLOCK);
    std::string_view rest = text;
    while (!rest.empty() && steady_clock::now() < until && !is_ending()) {
        pollfd one{.fd = input.writing(), .events = POLLOUT, .revents = 0};
        if (::poll(&one, 1, static_cast<int>(look_again.count())) <= 0)
            continue;
        const ::ssize_t size = ::write(input.writing(), rest.data(), rest.size());
        if (size < 0 && errno != EAGAIN && errno != EINTR)
            return false;
        rest.remove_prefix(size > 0 ? static_cast<std::size_t>(size) : 0);
    }
    return rest.empty();
}

// Empty: it ended well.
std::string hook_calls::state::wait_for(pid_t child, steady_clock::time_point until)
{
    int status = 0;
    while (::waitpid(child, &status, WNOHANG) == 0) {
        const bool late = steady_clock::now() >= until;
        if (late || is_ending()) {
            ::kill(-child, SIGKILL);
            ::waitpid(child, &status, 0);
            return late ? "took longer than hook.timeout, and was killed" : "killed at our end";
        }
        std::this_thread::sleep_for(look_again);
    }
    return status == 0 ? std::string() : ending_text(status);
}

hook_calls::hook_calls(const hook_config& chosen, spdlog::logger& lines)
    : state_(std::make_shared<state>(lines))
{
    configure(chosen);
    state_->thread = std::thread([self = state_.get()] { self->run(); });
}

hook_calls::~hook_calls()
{
    {
        const lock_guard hold(state_->lock);
        state_->ending = true;
    }
    state_->changed.notify_all();
    state_->thread.join();
}

void hook_calls::configure(const hook_config& chosen)
{
    const lock_guard hold(state_->lock);
    state_->chosen = chosen;
}

std::uint64_t hook_calls::calls() const
{
    return state_->calls;
}

std::uint64_t hook_calls::failures() const
{
    return state_->failures;
}

void hook_calls::call(hook_call call)
{
    const lock_guard hold(state_->lock);
    const std::vector<hook_event>& on = state_->chosen.on;
    if (state_->chosen.command.empty() || std::ranges::find(on, call.event) == on.end())
        return;
    if (state_->waiting.size() >= most_waiting) {
        ++state_->dropped;
        return;
    }
    call.time = static_cast<std::int64_t>(std::time(nullptr));
    state_->waiting.push_back(std::move(call));
    state_->changed.notify_all();
}

std::string to_json_line(const hook_call& call)
{
    nlohmann::ordered_json made{
        {"event", hook_event_names[call.event]},
        {"time", iso_time(call.time)},
        {"source", call.source},
    };
    const auto add = [&](const char* key, const std::string& text) {
        if (!text.empty())
            made[key] = text;
    };
    add("state", call.state);
    if (call.migration != 0)
        made["migration"] = call.migration;
    if (!call.table.empty())
        made["table"] = {{"schema", call.table.schema}, {"table", call.table.table}};
    if (!call.at.file.empty())
        made["at"] = {{"file", call.at.file}, {"position", call.at.position}};
    add("id", call.stop);
    add("text", call.text);
    return made.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace proxy
