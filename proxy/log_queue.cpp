#include "proxy/log_queue.hpp"

#include "proxy/mutex.hpp"

#include <algorithm>
#include <climits>
#include <condition_variable>
#include <fmt/format.h>
#include <poll.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace proxy {
namespace {

// A pipe that poll calls writable takes this much without blocking.
constexpr std::size_t piece_bytes = PIPE_BUF;

bool is_writable(int descriptor)
{
    pollfd one{.fd = descriptor, .events = POLLOUT, .revents = 0};
    return ::poll(&one, 1, 100) > 0;
}

}  // namespace

struct log_queue::state
{
    int descriptor = -1;
    std::size_t limit_bytes = 0;
    std::chrono::milliseconds patience{};

    mutex lock;
    std::condition_variable_any changed;
    std::string waiting GUARDED_BY(lock);
    std::function<std::string(const std::string&)> gap_form GUARDED_BY(lock);
    std::uint64_t dropped GUARDED_BY(lock) = 0;
    std::uint64_t unsaid GUARDED_BY(lock) = 0;  // of those: the gap is not told yet
    bool ending GUARDED_BY(lock) = false;
    bool abandoned GUARDED_BY(lock) = false;  // what is in hand is not written any more
    bool idle GUARDED_BY(lock) = true;        // the thread has nothing in hand

    void run();
    std::string next();
    void write(std::string_view bytes);
    bool goes_on();
    bool wait_for_end() REQUIRES_LOCK(lock);
    std::string gap_line(std::uint64_t lines) const REQUIRES_LOCK(lock);
};

std::string log_queue::state::gap_line(std::uint64_t lines) const
{
    const std::string text =
        fmt::format("... {} lines of this log are missing here: nobody read it in time", lines);
    return (gap_form ? gap_form(text) : text) + "\n";
}

void log_queue::state::run()
{
    for (std::string bytes = next(); !bytes.empty(); bytes = next())
        write(bytes);
}

// Waits for lines; none: the queue has gone, and all is written.
std::string log_queue::state::next()
{
    const lock_guard hold(lock);
    idle = true;
    changed.notify_all();
    while (!ending && waiting.empty())
        changed.wait(lock);
    idle = waiting.empty();
    return std::exchange(waiting, {});
}

// An error loses the piece and nothing else: there is no other place to say it.
void log_queue::state::write(std::string_view bytes)
{
    while (!bytes.empty() && goes_on()) {
        if (!is_writable(descriptor))
            continue;
        const std::string_view piece = bytes.substr(0, piece_bytes);
        const ::ssize_t size = ::write(descriptor, piece.data(), piece.size());
        if (size < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        bytes.remove_prefix(size > 0 ? static_cast<std::size_t>(size) : piece.size());
    }
}

// False: the queue has gone.
bool log_queue::state::goes_on()
{
    const lock_guard hold(lock);
    return !abandoned;
}

// False: not all is written.
bool log_queue::state::wait_for_end()
{
    const auto until = std::chrono::steady_clock::now() + patience;
    bool in_time = true;
    while (in_time && !(idle && waiting.empty()))
        in_time = changed.wait_until(lock, until) == std::cv_status::no_timeout;
    return idle && waiting.empty();
}

log_queue::log_queue(int descriptor, std::size_t limit_bytes, std::chrono::milliseconds patience)
    : state_(std::make_shared<state>())
{
    state_->descriptor = descriptor;
    state_->limit_bytes = limit_bytes;
    state_->patience = patience;
    std::thread([shared = state_] { shared->run(); }).detach();
}

log_queue::~log_queue()
{
    const lock_guard hold(state_->lock);
    state_->abandoned = !state_->wait_for_end();
    state_->waiting.clear();
    state_->ending = true;
    state_->changed.notify_all();
}

void log_queue::drain()
{
    const lock_guard hold(state_->lock);
    state_->wait_for_end();
}

void log_queue::add(std::string_view line)
{
    const lock_guard hold(state_->lock);
    if (state_->waiting.size() + line.size() > state_->limit_bytes) {
        ++state_->dropped;
        ++state_->unsaid;
        return;
    }
    if (const std::uint64_t gap = std::exchange(state_->unsaid, 0); gap > 0)
        state_->waiting += state_->gap_line(gap);
    state_->waiting += line;
    state_->changed.notify_all();
}

void log_queue::set_gap_form(std::function<std::string(const std::string&)> form)
{
    const lock_guard hold(state_->lock);
    state_->gap_form = std::move(form);
}

std::uint64_t log_queue::dropped() const
{
    const lock_guard hold(state_->lock);
    return state_->dropped;
}

}  // namespace proxy
