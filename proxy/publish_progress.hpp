#pragma once

#include "proxy/mutex.hpp"
#include "rewrite/upstream.hpp"

#include <chrono>
#include <optional>

namespace proxy {

// How far consumers have the source's log. All coordinates are the source's.
struct publish_state
{
    using time_point = std::chrono::steady_clock::time_point;

    rewrite::coordinate pulled;     // where the next event comes from; no file: nothing came yet
    rewrite::coordinate published;  // consumers may read all that lies before
    std::uint64_t unpublished_bytes = 0;  // pulled, and not published yet
    // Timestamps of events (the source's clock, seconds since 1970); 0: not known.
    std::uint32_t oldest_waiting = 0;    // of what is not published, if anything waits
    std::uint32_t newest_published = 0;  // the last one
    // The newest that was heard of where the source's log ends, and when.
    rewrite::coordinate log_end;
    std::optional<time_point> log_end_seen;
    // When consumers last were known to have all that the source had logged, before log_end_seen.
    std::optional<time_point> complete_at;
};

// Follows publishing event by event. Pure. All but state() belongs to the source thread:
//
//   on_pulled()     an event of the source's log arrived
//   on_begin()      it is handed to the rewriter: again after a question
//   on_done()       the rewriter took it; on_border() if no transaction is open after it
//   on_published()  what lies before the last border can be read by consumers
//   share()         once for each receive: other threads see it
class publish_progress
{
public:
    using time_point = publish_state::time_point;

    // `end`: where the event of this size ends.
    void on_pulled(const rewrite::coordinate& end, std::size_t size);
    void on_begin(std::uint32_t timestamp);
    void on_done(const rewrite::coordinate& end, std::size_t size);
    void on_border();
    void on_published();
    // Everything from here on comes again, or comes for the first time.
    void on_rewind(const rewrite::coordinate& to);
    // Another server's log is pulled from here on.
    void on_other_log(const rewrite::coordinate& from);
    // The source's log reached up to here at that time.
    void on_log_end(const rewrite::coordinate& end, time_point when);

    // Where the next event comes from that was not pulled yet.
    const rewrite::coordinate& pulled() const { return pulled_.at; }
    // The rewriter took all before it.
    const rewrite::coordinate& done() const { return done_.at; }
    // All before it can be read by consumers, and nothing behind it.
    const rewrite::coordinate& published() const { return published_.at; }
    // Something was pulled and cannot be read by consumers yet.
    bool is_waiting() const { return pulled_.bytes != published_.bytes; }

    void share();
    publish_state state() const;

private:
    // A place in the source's log, and how many bytes of it came before that.
    struct mark
    {
        rewrite::coordinate at;
        std::uint64_t bytes = 0;
        // Keeps the file name's memory: this is done with each event.
        void move_to(const rewrite::coordinate& end, std::size_t size);
    };
    const rewrite::coordinate& published_end() const
    {
        return is_waiting() ? published_.at : pulled_.at;
    }

    mark pulled_;
    mark done_;
    mark border_;
    mark published_;
    // Timestamps; 0: none.
    std::uint32_t first_after_border_ = 0;
    std::uint32_t first_unpublished_ = 0;
    std::uint32_t newest_done_ = 0;
    std::uint32_t newest_at_border_ = 0;
    std::uint32_t newest_published_ = 0;

    rewrite::coordinate log_end_;
    std::optional<time_point> log_end_seen_;
    std::optional<time_point> complete_at_;

    mutable mutex lock_;
    publish_state shared_ GUARDED_BY(lock_);
};

}  // namespace proxy
