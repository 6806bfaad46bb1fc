#include "proxy/row_counting.hpp"

#include "protocol/server_errors.hpp"
#include "proxy/net/no_throw.hpp"

#include <fmt/format.h>

namespace proxy {

namespace {

// A table that is counted in some milliseconds: nobody waits for that.
constexpr std::uint64_t small_table = 32ULL << 20;
constexpr int most_snapshots = 1000;
constexpr std::chrono::milliseconds pause_after_trouble{500};
constexpr std::chrono::hours until_cancelled{24};
constexpr std::string_view too_late = "the tool was done before the source had counted them";

// What trying again does not change.
bool is_final(const source_error& error)
{
    using enum protocol::server_errno;
    return error.code == number_of(query_timeout) || error.code == number_of(no_such_table) ||
           error.code == number_of(table_def_changed) ||
           error.code == number_of(unknown_database) || error.kind == trouble::refused;
}

}  // namespace

row_counting::row_counting(surroundings with)
    : with_(std::move(with))
    , self_(std::make_shared<row_counting*>(this))
    , moved_(with_.loop, until_cancelled)
{}

row_counting::~row_counting()
{
    *self_ = nullptr;
    moved_.cancel();
}

void row_counting::on_progress(
    const rewrite::rewriter& rewriter, const rewrite::coordinate& applied
)
{
    if (!with_.connect)
        return;
    rewriter_ = &rewriter;
    applied_.move_to(applied.epoch, applied.file, applied.position);
    const std::vector<rewrite::count_request> wanted = rewriter.wanted_counts();
    if (wanted.empty() && jobs_.empty())
        return;
    for (const auto& [id, one] : jobs_)
        one->needed = false;
    for (const rewrite::count_request& request : wanted) {
        job_handle& one = jobs_[request.migration];
        const bool fresh = !one;
        if (fresh)
            one = std::make_shared<job>();
        one->wanted = request;
        one->needed = true;
        if (fresh)
            with_.start("row count", run(self_, one));
    }
    for (const auto& [id, one] : jobs_)
        look_at(*one);
    std::erase_if(jobs_, [](const auto& one) { return !one.second->needed; });
    moved_.cancel();
}

void row_counting::look_at(job& one) const
{
    if (one.needed && one.place && !one.changed && !(applied_ < one.place->end))
        one.changed = rewriter_->changed_at(one.wanted.migration, *one.place);
}

std::optional<rewrite::row_count> row_counting::ask(const rewrite::question& asked)
{
    const auto found = jobs_.find(asked.migration);
    if (found != jobs_.end()) {
        found->second->cutting_over = true;
        moved_.cancel();
        return std::nullopt;
    }
    return rewrite::row_count{
        .uncounted = std::string(with_.connect ? too_late : "nobody counts rows here")
    };
}

asio::awaitable<void> row_counting::run(self_handle self, job_handle one)
{
    std::optional<rewrite::row_count> answer;
    const protocol::gtid_set base = (*self)->with_.executed();
    while (*self != nullptr && one->needed && !answer) {
        std::string trouble;
        try {
            answer = co_await count(self, one, base);
        } catch (const source_error& error) {
            trouble = error.what();
            if (is_final(error))
                answer = rewrite::row_count{.uncounted = trouble};
        } catch (const std::exception& error) {
            trouble = error.what();
        }
        const auto cancellation = co_await asio::this_coro::cancellation_state;
        if (*self == nullptr || cancellation.cancelled() != asio::cancellation_type::none)
            co_return;
        if (trouble.empty() || answer)
            continue;
        asio::steady_timer pause((*self)->with_.loop, pause_after_trouble);
        co_await pause.async_wait(no_throw);
    }
    if (*self == nullptr || !one->needed || !answer)
        co_return;
    row_counting& of = **self;
    if (answer->uncounted.empty())
        of.with_.lines.info(
            "migration {} of {}: {} rows counted at the source",
            one->wanted.migration,
            to_text(one->wanted.original),
            answer->rows
        );
    of.with_.done(one->wanted.judged, *std::move(answer));
}

asio::awaitable<std::optional<rewrite::row_count>>
row_counting::count(self_handle self, job_handle one, protocol::gtid_set base)
{
    const std::unique_ptr<row_count_query> source = (*self)->with_.connect();
    one->is_small = co_await source->open(one->wanted.original) <= small_table;
    while (!one->is_small && one->wanted.altering) {
        if (!co_await wait(self, one))
            co_return std::nullopt;
    }
    for (int tries = 0; tries < most_snapshots; ++tries) {
        std::optional<rewrite::row_count> counted;
        switch (co_await try_once(self, one, *source, base, counted)) {
            case log_step::unwanted: co_return std::nullopt;
            case log_step::too_late:
                co_return rewrite::row_count{.uncounted = std::string(too_late)};
            case log_step::reached: break;
        }
        if (counted)
            co_return counted;
    }
    co_return rewrite::row_count{
        .uncounted = "the table is written so often that no snapshot of it could be told exactly"
    };
}

// Until let_go() nobody renames the table: what is counted is the original, if the log up to its
// end then does not rename it.
asio::awaitable<row_counting::log_step> row_counting::try_once(
    self_handle self,
    job_handle one,
    row_count_query& source,
    const protocol::gtid_set& base,
    std::optional<rewrite::row_count>& counted
)
{
    const std::uint32_t epoch = one->wanted.judged.epoch;
    const rewrite::table_name table = one->wanted.original;
    rewrite::row_count found;
    one->changed.reset();
    one->place = co_await source.take_snapshot(epoch);
    rewrite::coordinate end = one->place->end;
    const bool whole = one->place->executed.contains(base);
    if (whole && !one->is_small) {
        // A count that takes long is only begun where its place is known.
        if (const log_step step = co_await log_reaches(self, one, end); step != log_step::reached)
            co_return step;
    }
    if (whole && (one->is_small || one->changed)) {
        found.rows = co_await source.count(table);
        end = co_await source.log_end(epoch);
    }
    co_await source.let_go();
    if (!whole)
        co_return log_step::reached;
    const log_step step = co_await log_reaches(self, one, end);
    if (step == log_step::reached && one->changed) {
        found.changed_before = *one->changed;
        counted = std::move(found);
    }
    co_return step;
}

asio::awaitable<row_counting::log_step>
row_counting::log_reaches(self_handle self, job_handle one, rewrite::coordinate end)
{
    while (*self != nullptr && one->needed) {
        row_counting& of = **self;
        of.look_at(*one);
        if (!(of.applied_ < end))
            co_return log_step::reached;
        if (one->cutting_over)
            co_return log_step::too_late;
        if (!co_await wait(self, one))
            break;
    }
    co_return log_step::unwanted;
}

asio::awaitable<bool> row_counting::wait(self_handle self, job_handle one)
{
    if (*self == nullptr || !one->needed)
        co_return false;
    co_await (*self)->moved_.async_wait(no_throw);
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    co_return *self != nullptr &&
        one->needed&& cancellation.cancelled() == asio::cancellation_type::none;
}

}  // namespace proxy
