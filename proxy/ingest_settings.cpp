#include "proxy/ingest.hpp"

#include <asio/use_awaitable.hpp>
#include <utility>

// Rules of [fold] that change while it runs.
namespace proxy {

using std::chrono::steady_clock;

namespace {

// At one border, and then until another is tried.
constexpr std::chrono::seconds fold_patience{5};
constexpr std::chrono::seconds fold_pause_after{60};

}  // namespace

void ingest::set_fold(const fold_config& fresh)
{
    next_fold_ = fresh;
    if (gate_ && rewriter_->hides_anything())
        with_.lines.info("[fold]: the new settings wait until nothing is hidden any more");
    if (gate_)
        go_on_between_events();
    else
        change_fold();
    if (fold_border_)
        start("settings of [fold]", watch_fold(self_));
}

bool ingest::is_fold_due() const
{
    return next_fold_ && gate_ && gate_->is_empty() && !rewriter_->in_transaction() &&
           !rewriter_->hides_anything() && !spooled_.is_on() && !log_.is_replaying() &&
           !log_.is_refused() && (fold_border_ || steady_clock::now() > fold_until_);
}

// A restart derives what comes after its checkpoint again, by the settings of that day. So new ones
// count from a border on whose checkpoint is on the disk, and nothing is pulled until it is.
void ingest::change_fold()
{
    if (next_fold_ && !gate_) {  // before the first event
        with_.fold = *std::exchange(next_fold_, std::nullopt);
        return;
    }
    if (!is_fold_due()) {
        fold_border_.reset();
        return;
    }
    const auto time = steady_clock::now();
    if (!fold_border_)
        fold_until_ = time + fold_patience;
    if (fold_border_ != next()) {
        fold_border_ = next();
        log_.save_checkpoint(next());
    }
    if (log_.restart_from() != next()) {
        if (time > fold_until_) {
            fold_border_.reset();
            fold_until_ = time + fold_pause_after;
        }
        return;
    }
    fold_border_.reset();
    with_.fold = *std::exchange(next_fold_, std::nullopt);
    rewriter_->set_rules(with_.fold.rules);
    gate_->set_bounds({.wait = with_.fold.verdict_wait, .bytes = with_.fold.verdict_wait_bytes});
    with_.lines.info("[fold]: the new settings count from {} on", to_text(next()));
}

// Where no event comes.
asio::awaitable<void> ingest::watch_fold(std::shared_ptr<ingest*> self)
{
    asio::steady_timer pause(co_await asio::this_coro::executor);
    while (*self != nullptr && (*self)->fold_border_) {
        pause.expires_after(fold_pause);
        co_await pause.async_wait(asio::use_awaitable);
        if (*self != nullptr)
            (*self)->go_on_between_events();
    }
}

}  // namespace proxy
