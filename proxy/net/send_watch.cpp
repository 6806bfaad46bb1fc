#include "proxy/net/send_watch.hpp"

#include <asio/steady_timer.hpp>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>

namespace proxy {
namespace {

using clock = std::chrono::steady_clock;

// Bytes that the peer's host has not acknowledged; -1 if that cannot be told.
int unacknowledged(asio::ip::tcp::socket& socket)
{
    int bytes = -1;
    return ::ioctl(socket.native_handle(), SIOCOUTQ, &bytes) == 0 ? bytes : -1;
}

}  // namespace

struct send_watch::state
{
    explicit state(asio::ip::tcp::socket& watched) : socket(&watched), timer(watched.get_executor())
    {}

    // A send waits; the socket is there.
    bool is_stalled(clock::time_point now)
    {
        const int now_queued = unacknowledged(*socket);
        if (now_queued != queued || now_queued < 0) {
            queued = now_queued;
            progress = now;
        }
        return now - progress >= limit;
    }

    asio::ip::tcp::socket* socket;  // null: the watch has gone
    asio::steady_timer timer;
    std::chrono::milliseconds limit{0};
    bool send_waits = false;
    bool timer_runs = false;
    bool expired = false;
    int queued = 0;  // unacknowledged at the last look
    clock::time_point progress;
};

send_watch::send_watch(asio::ip::tcp::socket& socket) : state_(std::make_shared<state>(socket)) {}

send_watch::~send_watch()
{
    state_->socket = nullptr;
    state_->timer.cancel();
}

void send_watch::set_limit(std::chrono::milliseconds limit)
{
    using user_timeout = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_USER_TIMEOUT>;
    state_->limit = limit;
    // Later than our own look, which says why.
    std::error_code ignored;
    state_->socket->set_option(user_timeout(static_cast<int>(2 * limit.count())), ignored);
}

void send_watch::begin()
{
    state& my = *state_;
    if (my.limit.count() == 0)
        return;
    my.send_waits = true;
    my.progress = clock::now();
    // One timer for many sends: to start one for each would cost more than most sends.
    if (!my.timer_runs)
        look_later(state_);
}

void send_watch::end()
{
    state_->send_waits = false;
}

bool send_watch::has_expired() const
{
    return state_->expired;
}

std::chrono::milliseconds send_watch::limit() const
{
    return state_->limit;
}

void send_watch::look_later(const std::shared_ptr<state>& me)
{
    me->timer_runs = true;
    me->timer.expires_after(me->limit / 4);
    me->timer.async_wait([me](const std::error_code& error) {
        me->timer_runs = false;
        if (error || me->socket == nullptr || !me->send_waits)
            return;
        if (!me->is_stalled(clock::now())) {
            look_later(me);
            return;
        }
        me->expired = true;
        std::error_code ignored;
        me->socket->cancel(ignored);
    });
}

}  // namespace proxy
