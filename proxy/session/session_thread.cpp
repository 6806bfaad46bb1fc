#include "proxy/session/session_thread.hpp"

#include "proxy/net/no_throw.hpp"

#include <asio/post.hpp>

namespace proxy {

std::shared_ptr<session_thread> session_thread::make(publication& log)
{
    const std::shared_ptr<session_thread> made(new session_thread(log));
    made->waker_ = std::make_shared<publication::waker>();
    // The publication keeps its wakers for ever: one of a thread that is gone must do nothing.
    made->waker_->wake = [weak = std::weak_ptr(made)] {
        if (const auto thread = weak.lock())
            asio::post(thread->loop_, [plain = thread.get()] { plain->wake_all(); });
    };
    log.add_waker(made->waker_);
    return made;
}

asio::awaitable<void> session_thread::wait_for_more(std::uint64_t seen, clock::time_point until)
{
    struct sleeper
    {
        sleeper(std::set<asio::steady_timer*>& all, asio::steady_timer& timer)
            : all_(all)
            , timer_(timer)
        {
            all_.insert(&timer_);
        }
        ~sleeper() { all_.erase(&timer_); }
        std::set<asio::steady_timer*>& all_;
        asio::steady_timer& timer_;
    };
    asio::steady_timer timer(loop_, until);
    const sleeper entry(sleeping_, timer);
    waker_->sleeping.store(true);
    // Looked at again after the mark: who published in between saw nobody asleep.
    if (log_.end() == seen)
        co_await timer.async_wait(no_throw);
}

void session_thread::wake_all()
{
    for (asio::steady_timer* timer : sleeping_)
        timer->cancel();
}

}  // namespace proxy
