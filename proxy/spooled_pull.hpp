#pragma once

#include "proxy/store/store.hpp"
#include "rewrite/gate.hpp"

#include <spdlog/logger.h>

namespace proxy {

// Pulling while publishing is stopped: what arrives goes into the spool, and from there to the gate
// once it lets events through again. It begins where a restart would, which is before the stop, so
// the source is asked once more from there. Then a restart needs the source for nothing that was
// pulled, however long the stop lasts.
//
//   begin()              publishing has stopped: pull from next() on
//   add(), write()       what the source sends
//   feed(), feed() ...   until all is fed; then it is off, and events go straight to the gate
//
// All on the source thread.
class spooled_pull
{
public:
    // Both outlive it.
    spooled_pull(store& stored, spdlog::logger& lines) : store_(stored), lines_(lines) {}

    // After the store: takes up what an earlier process left, if it reaches back to that place.
    disk_result<> open(const rewrite::coordinate& pull_from);

    bool is_on() const { return on_; }
    // It is off, and what was read is still there.
    bool is_over() const { return !on_ && !store_.waiting_log().is_empty(); }
    // Where the source's next event is to come from, while it is on.
    rewrite::coordinate next() const;
    // False: it is on already, there is none (spool_size = 0), or it was given up.
    bool begin();
    // The source refuses. If it was asked from a place that it has purged, the dump goes on from
    // where the gate is, as without a spool, for as long as this stop lasts.
    void on_refused();
    void on_stop_ended() { given_up_ = false; }
    // What was written cannot be read now.
    bool has_trouble() const { return problem_.has_value(); }
    // Of the FORMAT_DESCRIPTION of the file that next() is in, if anything of that file is here.
    std::optional<std::uint32_t> format_timestamp() const;

    void set_format(protocol::byte_view format) { store_.waiting_log().set_format(format); }
    void
    add(const rewrite::coordinate& at, const protocol::event_view& event, protocol::checksum sum)
    {
        store_.waiting_log().add(at, event, sum);
    }
    // What was added, and what is not needed any more.
    disk_result<> write();
    // It takes nothing more: pulling waits.
    bool is_full();

    enum class fed : std::uint8_t {
        more,     // at once
        all,      // it is off
        held,     // is_held()
        nothing,  // that can be read now
        damage,   // not what was written; it is to come from the source again
    };
    // The gate takes nothing now.
    static bool is_held(const rewrite::gate& by);
    // A slice of what waits. An event that the gate cannot read is the source's damage.
    tl::expected<fed, rewrite::unreadable_event> feed(rewrite::gate& to);
    // What waits is another server's log than the one that is followed now.
    void abandon();
    // All from here on is to come again.
    void cut_at(const rewrite::coordinate& place);

    std::uint64_t bytes() const { return store_.waiting_log().unread_bytes(); }

private:
    tl::expected<fed, rewrite::unreadable_event> feed_one(rewrite::gate& to);

    store& store_;
    spdlog::logger& lines_;
    bool on_ = false;
    bool given_up_ = false;
    rewrite::coordinate begin_;            // where its next event comes from while it is empty
    std::size_t slice_ = 0;                // bytes of it that were fed
    bool full_ = false;                    // said
    std::optional<disk_problem> problem_;  // of a read
};

}  // namespace proxy
