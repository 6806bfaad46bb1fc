#pragma once

#include "proxy/source/row_count_query.hpp"
#include "rewrite/rewriter.hpp"

#include <asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <spdlog/logger.h>
#include <string>
#include <vector>

namespace proxy {

// Has the originals of migrations counted at the source while their tools copy them: a job each,
// which begins when the verdict is asked for, since the tool may be done in some milliseconds.
// What a snapshot shows is known once the log was read up to the place where it was taken, so a job
// goes on with the log (on_progress). All on one thread.
class row_counting
{
public:
    struct surroundings
    {
        asio::io_context& loop;
        // A connection of its own for each count that is under way; null: nobody counts.
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

    // Connects to the source: the first count shall not have to wait for that.
    void warm_up();
    // Another server is followed: nothing that the one before it counted is of use.
    void forget_all();
    // A verdict about the table is asked for, which may want it counted.
    void prepare(const rewrite::table_name& original, std::uint32_t epoch);
    // The log went through the rewriter up to `applied`. Begins what it wants counted, and ends
    // what it does not. `is_judging`: a verdict is still asked for.
    void on_progress(
        const rewrite::rewriter& rewriter, const rewrite::coordinate& applied, bool is_judging
    );
    // At the cut-over, which the log does not pass without it: why no count will come; nothing: it
    // is under way.
    std::optional<rewrite::row_count> ask(const rewrite::question& asked);

private:
    // A snapshot, and what was counted in it.
    struct candidate
    {
        rewrite::snapshot_place place;
        std::uint64_t rows = 0;
        std::vector<std::uint64_t> others;    // row_count::others
        rewrite::coordinate end;              // of the log, while nobody could rename the table yet
        std::optional<std::int64_t> changed;  // row_tally::changed at the place
        bool looked_at = false;
    };
    struct job
    {
        rewrite::table_name original;
        std::uint32_t epoch = 0;
        std::optional<rewrite::count_request> wanted;  // from the verdict on
        bool needed = true;                            // a verdict is asked for, or wants it
        bool cutting_over = false;                     // the log waits for it
        std::size_t snapshots = 0;                     // so many were taken
        std::vector<candidate> candidates;
    };
    enum class log_step : std::uint8_t { reached, too_late, unwanted };
    using self_handle = std::shared_ptr<row_counting*>;
    using job_handle = std::shared_ptr<job>;

    void begin(job_handle one);
    void bind(const std::vector<rewrite::count_request>& wanted, bool is_judging);
    void look_at(job& one) const;
    static asio::awaitable<void> connect(self_handle self);
    static asio::awaitable<void> run(self_handle self, job_handle one);
    // Nothing: nobody wants it any more.
    static asio::awaitable<std::optional<rewrite::row_count>>
    count(self_handle self, job_handle one, row_count_query& source, protocol::gtid_set base);
    static asio::awaitable<void> count_rows(job_handle one, row_count_query& source, candidate& of);
    static asio::awaitable<bool>
    count_at_once(self_handle self, job_handle one, row_count_query& source);
    static asio::awaitable<log_step> count_at_a_known_place(
        self_handle self, job_handle one, row_count_query& source, const protocol::gtid_set& base
    );
    static asio::awaitable<log_step>
    log_reaches(self_handle self, job_handle one, rewrite::coordinate end);
    static asio::awaitable<bool> wait(self_handle self, job_handle one);

    surroundings with_;
    self_handle self_;  // emptied at the end, for jobs that outlive us
    const rewrite::rewriter* rewriter_ = nullptr;
    rewrite::coordinate applied_;
    std::vector<job_handle> jobs_;
    std::unique_ptr<row_count_query> idle_;  // of the last job, for the next
    asio::steady_timer moved_;               // cancelled at each step of the log
};

}  // namespace proxy
