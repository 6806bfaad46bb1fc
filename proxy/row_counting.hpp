#pragma once

#include "proxy/source/row_count_query.hpp"
#include "rewrite/rewriter.hpp"

#include <asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <spdlog/logger.h>
#include <string>
#include <vector>

namespace proxy {

// Has the originals of migrations counted at the source while their tools copy them: a job each.
// What a snapshot shows is known once the log was read up to the place where it was taken, so a job
// goes on with the log (on_progress). All on one thread.
class row_counting
{
public:
    struct surroundings
    {
        asio::io_context& loop;
        // One connection for each count; null: nobody counts.
        std::function<std::unique_ptr<row_count_query>()> connect;
        // Starts a job whose failure ends the program.
        std::function<void(std::string name, asio::awaitable<void> job)> start;
        // What has gone through to consumers by now.
        std::function<protocol::gtid_set()> executed;
        std::function<void(const rewrite::coordinate& judged, rewrite::row_count)> done;
        spdlog::logger& lines;
    };
    explicit row_counting(surroundings with);
    ~row_counting();

    // The log went through the rewriter up to `applied`; begins jobs for what it wants counted.
    void on_progress(const rewrite::rewriter& rewriter, const rewrite::coordinate& applied);
    // At the cut-over, which the log does not pass without it: why no count will come; nothing: it
    // is under way.
    std::optional<rewrite::row_count> ask(const rewrite::question& asked);

private:
    struct job
    {
        rewrite::count_request wanted;
        bool needed = true;         // the rewriter still wants it
        bool cutting_over = false;  // the log waits for it
        bool is_small = false;
        // What a snapshot shows: row_tally::changed, once the log was read up to its place.
        std::optional<rewrite::snapshot_place> place;
        std::optional<std::int64_t> changed;
    };
    enum class log_step : std::uint8_t { reached, too_late, unwanted };
    using self_handle = std::shared_ptr<row_counting*>;
    using job_handle = std::shared_ptr<job>;

    void look_at(job& one) const;
    static asio::awaitable<void> run(self_handle self, job_handle one);
    // Nothing: nobody wants it any more.
    static asio::awaitable<std::optional<rewrite::row_count>>
    count(self_handle self, job_handle one, protocol::gtid_set base);
    // One try; uncounted: none that will do better comes. Nothing in it: try again.
    static asio::awaitable<log_step> try_once(
        self_handle self,
        job_handle one,
        row_count_query& source,
        const protocol::gtid_set& base,
        std::optional<rewrite::row_count>& counted
    );
    static asio::awaitable<log_step>
    log_reaches(self_handle self, job_handle one, rewrite::coordinate end);
    static asio::awaitable<bool> wait(self_handle self, job_handle one);

    surroundings with_;
    self_handle self_;  // emptied at the end, for jobs that outlive us
    const rewrite::rewriter* rewriter_ = nullptr;
    rewrite::coordinate applied_;
    std::map<std::uint64_t, job_handle> jobs_;  // by migration
    asio::steady_timer moved_;                  // cancelled at each step of the log
};

}  // namespace proxy
