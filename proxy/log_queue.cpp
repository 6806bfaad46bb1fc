#include "proxy/log_queue.hpp"

#include <algorithm>
#include <climits>
#include <condition_variable>
#include <fmt/format.h>
#include <mutex>
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

    std::mutex lock;
    std::condition_variable changed;
    std::string waiting;
    std::uint64_t dropped = 0;
    std::uint64_t unsaid = 0;  // of those: the gap is not told yet
    bool ending = false;
    bool abandoned = false;  // what is in hand is not written any more
    bool idle = true;        // the thread has nothing in hand

    void run();
    void write(std::string_view bytes);
    bool goes_on();
    bool wait_for_end(std::unique_lock<std::mutex>& hold);
};

void log_queue::state::run()
{
    std::unique_lock hold(lock);
    for (;;) {
        idle = true;
        changed.notify_all();
        changed.wait(hold, [&] { return ending || !waiting.empty(); });
        if (waiting.empty())
            return;
        idle = false;
        const std::string bytes = std::exchange(waiting, {});
        hold.unlock();
        write(bytes);
        hold.lock();
    }
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
    const std::lock_guard hold(lock);
    return !abandoned;
}

// False: not all is written.
bool log_queue::state::wait_for_end(std::unique_lock<std::mutex>& hold)
{
    return changed.wait_for(hold, patience, [&] { return idle && waiting.empty(); });
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
    std::unique_lock hold(state_->lock);
    state_->abandoned = !state_->wait_for_end(hold);
    state_->waiting.clear();
    state_->ending = true;
    state_->changed.notify_all();
}

void log_queue::drain()
{
    std::unique_lock hold(state_->lock);
    state_->wait_for_end(hold);
}

void log_queue::add(std::string_view line)
{
    const std::lock_guard hold(state_->lock);
    if (state_->waiting.size() + line.size() > state_->limit_bytes) {
        ++state_->dropped;
        ++state_->unsaid;
        return;
    }
    if (const std::uint64_t gap = std::exchange(state_->unsaid, 0); gap > 0)
        state_->waiting +=
            fmt::format("... {} lines of this log are missing here: nobody read it in time\n", gap);
    state_->waiting += line;
    state_->changed.notify_all();
}

std::uint64_t log_queue::dropped() const
{
    const std::lock_guard hold(state_->lock);
    return state_->dropped;
}

}  // namespace proxy
