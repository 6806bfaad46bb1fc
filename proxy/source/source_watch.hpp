#pragma once

#include "proxy/mutex.hpp"
#include "proxy/source/facts_query.hpp"
#include "proxy/source/source_facts.hpp"

#include <functional>

namespace proxy {

// What the watch knows of the source. Empty before it answered first.
struct watched_source
{
    std::optional<std::chrono::steady_clock::time_point> heard;
    source_clock clock;
    std::vector<binary_log> files;  // of its log, while the end is in another file than asked from
};

// Looks at the source every few seconds, on the connection that facts about tables are asked on, so
// that one is open when a migration begins. Tells
// * where its log ends: what is pulled says nothing of what has not come yet. Before our own end:
// it
//   was reset under us, and the dump says nothing of that;
// * gtid_purged: what the source has past its own log can grow at any time, without an event;
// * gtid_mode, which can be switched while we are connected.
class source_watch
{
public:
    // All of it outlives the watch, and is called on the thread of run().
    struct parts
    {
        std::string name;  // the source's, for messages
        facts_query& facts;
        facts_board& board;
        std::function<binary_log()> published;  // of the source's log; no file: nothing
        std::function<bool(const binary_log&)> is_published;  // up to there
        std::function<void(const binary_log&, std::chrono::steady_clock::time_point)> on_log_end;
        std::chrono::milliseconds interval{10'000};
        std::chrono::milliseconds publish_pause{50};  // between 40 looks whether all is published
    };
    explicit source_watch(parts with) : with_(std::move(with)) {}

    // For ever, or until the log turns out to be another: source_error of trouble::changed.
    asio::awaitable<void> run();

    watched_source state() const;  // from any thread

private:
    asio::awaitable<void> look();
    asio::awaitable<bool> wait_published(binary_log fence);
    void take(source_look seen, const binary_log& published);
    void take_gtid_mode(const source_look& seen);

    struct purged_gtids
    {
        std::string server_uuid;
        protocol::gtid_set gtids;
        binary_log fence;  // the end of the source's log, read after them
    };

    parts with_;
    std::optional<purged_gtids> waiting_;
    mutable mutex lock_;
    watched_source state_ GUARDED_BY(lock_);
};

}  // namespace proxy
