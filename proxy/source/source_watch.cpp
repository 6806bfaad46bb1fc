#include "proxy/source/source_watch.hpp"

#include "proxy/source/start_place.hpp"

#include <asio/error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

namespace proxy {
namespace {

constexpr std::chrono::milliseconds first_interval{1000};
constexpr int publish_looks = 40;

asio::awaitable<void> pause(std::chrono::milliseconds time)
{
    asio::steady_timer timer(co_await asio::this_coro::executor, time);
    co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace

asio::awaitable<void> source_watch::run()
{
    for (;;) {
        try {
            co_await look();
        } catch (const source_error& error) {
            if (error.kind == trouble::changed)
                throw;
            // The source client says what is wrong.
            waiting_.reset();
        } catch (const std::system_error& error) {
            if (error.code() == asio::error::operation_aborted)
                throw;
            waiting_.reset();
        }
        // Before the first connection nobody knows which server is meant.
        co_await pause(
            with_.board.current()->server_uuid.empty() ? std::min(first_interval, with_.interval)
                                                       : with_.interval
        );
    }
}

asio::awaitable<void> source_watch::look()
{
    if (with_.board.current()->server_uuid.empty())
        co_return;
    const binary_log published = with_.published();
    take(co_await with_.facts.look(published.file), published);
    // Transactions may be among them that the source has logged, purged, and we have not
    // published: those are not past its log.
    if (!waiting_ || !co_await wait_published(waiting_->fence))
        co_return;
    const auto known = with_.board.current();
    if (known->server_uuid == waiting_->server_uuid && known->gtid_purged != waiting_->gtids) {
        auto changed = std::make_shared<source_facts>(*known);
        changed->gtid_purged = std::move(waiting_->gtids);
        with_.board.set(std::move(changed));
    }
    waiting_.reset();
}

void source_watch::take_gtid_mode(const source_look& seen)
{
    const auto known = with_.board.current();
    if (known->gtid_mode == seen.gtid_mode)
        return;
    auto changed = std::make_shared<source_facts>(*known);
    changed->gtid_mode = seen.gtid_mode;
    with_.board.set(std::move(changed));
}

// `published` was read before the source was asked, so its log is no shorter.
void source_watch::take(source_look seen, const binary_log& published)
{
    if (seen.server_uuid != with_.board.current()->server_uuid)
        return;
    if (!published.file.empty())
        require_longer_log(with_.name, published, seen.end);
    take_gtid_mode(seen);
    with_.on_log_end(seen.end, seen.asked_at);
    if (!waiting_)
        waiting_ = purged_gtids{seen.server_uuid, std::move(seen.gtid_purged), seen.end};
    const lock_guard hold(lock_);
    state_.heard = seen.asked_at;
    state_.clock = seen.clock.value_or(state_.clock);
    state_.files = std::move(seen.files);
}

// For a while.
asio::awaitable<bool> source_watch::wait_published(binary_log fence)
{
    for (int looks = 0; looks < publish_looks; ++looks) {
        if (with_.is_published(fence))
            co_return true;
        co_await pause(with_.publish_pause);
    }
    co_return false;
}

watched_source source_watch::state() const
{
    const lock_guard hold(lock_);
    return state_;
}

}  // namespace proxy
