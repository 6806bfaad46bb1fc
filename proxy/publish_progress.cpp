#include "proxy/publish_progress.hpp"

#include <algorithm>

namespace proxy {

void publish_progress::mark::move_to(const rewrite::coordinate& end, std::size_t size)
{
    at.move_to(end.epoch, end.file, end.position);
    bytes += size;
}

void publish_progress::on_pulled(const rewrite::coordinate& end, std::size_t size)
{
    pulled_.move_to(end, size);
}

void publish_progress::on_begin(std::uint32_t timestamp)
{
    if (timestamp == 0)
        return;
    newest_done_ = timestamp;
    if (first_after_border_ == 0)
        first_after_border_ = timestamp;
}

void publish_progress::on_done(const rewrite::coordinate& end, std::size_t size)
{
    done_.move_to(end, size);
}

void publish_progress::on_border()
{
    border_.move_to(done_.at, done_.bytes - border_.bytes);
    newest_at_border_ = newest_done_;
    if (first_unpublished_ == 0)
        first_unpublished_ = first_after_border_;
    first_after_border_ = 0;
}

void publish_progress::on_published()
{
    published_ = border_;
    newest_published_ = newest_at_border_;
    first_unpublished_ = 0;
}

void publish_progress::on_rewind(const rewrite::coordinate& to)
{
    pulled_ = {to, done_.bytes};
    if (published_.at.file.empty())
        published_ = border_ = done_ = pulled_;
}

// All that is stored counts as published of it; of the old log nothing is waited for any more.
void publish_progress::on_other_log(const rewrite::coordinate& from)
{
    published_ = border_ = done_ = pulled_ = {from, done_.bytes};
    first_after_border_ = first_unpublished_ = 0;
    log_end_ = {};
    log_end_seen_ = complete_at_ = std::nullopt;
}

void publish_progress::on_log_end(const rewrite::coordinate& end, time_point when)
{
    if (log_end_seen_ && !(published_end() < log_end_))
        complete_at_ = log_end_seen_;
    // An answer may be older than what came on the other connection meanwhile.
    if (log_end_ < end)
        log_end_ = end;
    log_end_seen_ = log_end_seen_ ? std::max(*log_end_seen_, when) : when;
}

void publish_progress::share()
{
    const lock_guard hold(lock_);
    shared_.pulled = pulled_.at;
    shared_.published = published_end();
    shared_.unpublished_bytes = pulled_.bytes - published_.bytes;
    shared_.oldest_waiting = 0;
    if (is_waiting())
        shared_.oldest_waiting = first_unpublished_ != 0 ? first_unpublished_ : first_after_border_;
    shared_.newest_published = newest_published_;
    shared_.log_end = log_end_;
    shared_.log_end_seen = log_end_seen_;
    shared_.complete_at = complete_at_;
}

publish_state publish_progress::state() const
{
    const lock_guard hold(lock_);
    return shared_;
}

}  // namespace proxy
