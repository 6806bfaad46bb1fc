#include "proxy/row_counting.hpp"

#include "protocol/server_errors.hpp"
#include "proxy/net/no_throw.hpp"

#include <algorithm>
#include <asio/post.hpp>
#include <fmt/format.h>

namespace proxy {

namespace {

// A table that is counted in some milliseconds: nobody waits for that.
constexpr std::uint64_t small_table = 32ULL << 20;
// Snapshots that are counted before it is known what they show.
constexpr std::size_t snapshots_at_once = 3;
constexpr int most_tries = 1000;
constexpr std::chrono::milliseconds pause_after_trouble{500};
constexpr std::chrono::hours until_moved{24};
constexpr std::string_view too_late = "the tool was done before the source had counted them";

// What trying again does not change. A count that reaches its limit ends as query_timeout, or,
// where several threads read the table (8.0.14 on), as query_interrupted; so does one that a person
// kills.
bool is_final(const source_error& error)
{
    using enum protocol::server_errno;
    return error.code == number_of(query_timeout) || error.code == number_of(query_interrupted) ||
           error.code == number_of(no_such_table) || error.code == number_of(table_def_changed) ||
           error.code == number_of(unknown_database) || error.kind == trouble::refused;
}

rewrite::row_count uncounted(std::string_view why)
{
    return {.uncounted = std::string(why)};
}

}  // namespace

row_counting::row_counting(surroundings with)
    : with_(std::move(with))
    , self_(std::make_shared<row_counting*>(this))
    , moved_(with_.loop, until_moved)
{}

row_counting::~row_counting()
{
    *self_ = nullptr;
    moved_.cancel();
}

// ---- what the log tells

void row_counting::warm_up()
{
    if (with_.connect && !idle_ && jobs_.empty())
        with_.start("row count connection", connect(self_));
}

void row_counting::forget_all()
{
    for (const job_handle& one : jobs_)
        one->needed = false;
    jobs_.clear();
    idle_.reset();
    rewriter_ = nullptr;
    moved_.cancel();
}

void row_counting::prepare(const rewrite::table_name& original, std::uint32_t epoch)
{
    if (!with_.connect)
        return;
    const auto one = std::make_shared<job>();
    one->original = original;
    one->epoch = epoch;
    begin(one);
}

void row_counting::begin(job_handle one)
{
    jobs_.push_back(one);
    with_.start("row count", run(self_, std::move(one)));
}

void row_counting::on_progress(
    const rewrite::rewriter& rewriter, const rewrite::coordinate& applied, bool is_judging
)
{
    if (!with_.connect)
        return;
    rewriter_ = &rewriter;
    applied_.move_to(applied.epoch, applied.file, applied.position);
    const std::vector<rewrite::count_request> wanted = rewriter.wanted_counts();
    if (wanted.empty() && jobs_.empty())
        return;
    bind(wanted, is_judging);
    for (const job_handle& one : jobs_)
        look_at(*one);
    std::erase_if(jobs_, [](const job_handle& one) { return !one->needed; });
    moved_.cancel();
}

void row_counting::bind(const std::vector<rewrite::count_request>& wanted, bool is_judging)
{
    for (const job_handle& one : jobs_)
        one->needed = !one->wanted && is_judging;
    for (const rewrite::count_request& request : wanted) {
        const auto is_its = [&request](const job_handle& one) {
            return one->wanted ? one->wanted->migration == request.migration
                               : one->original == request.original;
        };
        if (std::ranges::none_of(jobs_, is_its)) {
            const auto one = std::make_shared<job>();
            one->original = request.original;
            one->epoch = applied_.epoch;
            begin(one);
        }
        const job_handle& one = *std::ranges::find_if(jobs_, is_its);
        one->wanted = request;
        one->needed = true;
    }
}

void row_counting::look_at(job& one) const
{
    if (!one.needed || !one.wanted)
        return;
    for (candidate& of : one.candidates) {
        if (of.looked_at || applied_ < of.place.end)
            continue;
        of.looked_at = true;
        of.changed = rewriter_->changed_at(one.wanted->migration, of.place);
    }
}

std::optional<rewrite::row_count> row_counting::ask(const rewrite::question& asked)
{
    if (!with_.connect)
        return uncounted("nobody counts rows here");
    const auto found = std::ranges::find_if(jobs_, [&asked](const job_handle& one) {
        return one->wanted ? one->wanted->migration == asked.migration
                           : one->original == asked.original;
    });
    if (found == jobs_.end())
        return uncounted(too_late);
    (*found)->cutting_over = true;
    moved_.cancel();
    return std::nullopt;
}

// ---- jobs

asio::awaitable<void> row_counting::connect(self_handle self)
{
    std::unique_ptr<row_count_query> source = (*self)->with_.connect();
    try {
        co_await source->connect();
    } catch (const std::exception&) {
        co_return;  // whoever counts tries it again, and says so
    }
    if (*self != nullptr && !(*self)->idle_)
        (*self)->idle_ = std::move(source);
}

asio::awaitable<void> row_counting::run(self_handle self, job_handle one)
{
    co_await asio::post(asio::use_awaitable);  // all that came before the verdict is served by then
    if (*self == nullptr)
        co_return;
    const protocol::gtid_set base = (*self)->with_.executed();
    std::optional<rewrite::row_count> answer;
    while (*self != nullptr && one->needed && !answer) {
        std::unique_ptr<row_count_query> source = std::move((*self)->idle_);
        const bool was_idle = source != nullptr;  // and may have been closed meanwhile
        if (!source)
            source = (*self)->with_.connect();
        std::string trouble;
        try {
            answer = co_await count(self, one, *source, base);
        } catch (const source_error& error) {
            trouble = error.what();
            if (is_final(error))
                answer = uncounted(trouble);
        } catch (const std::exception& error) {
            trouble = error.what();
        }
        const auto cancellation = co_await asio::this_coro::cancellation_state;
        if (*self == nullptr || cancellation.cancelled() != asio::cancellation_type::none)
            co_return;
        if (trouble.empty())
            (*self)->idle_ = std::move(source);
        if (trouble.empty() || answer || was_idle)
            continue;
        asio::steady_timer pause((*self)->with_.loop, pause_after_trouble);
        co_await pause.async_wait(no_throw);
    }
    if (*self == nullptr || !one->needed || !answer)
        co_return;
    row_counting& of = **self;
    if (!one->wanted) {  // the verdict, when it comes, begins another
        std::erase(of.jobs_, one);
        co_return;
    }
    if (answer->uncounted.empty())
        of.with_.lines.info(
            "migration {} of {}: {} rows counted at the source, in {}",
            one->wanted->migration,
            to_text(one->original),
            answer->rows,
            one->snapshots == 1 ? std::string("a snapshot")
                                : fmt::format("one of {} snapshots", one->snapshots)
        );
    of.with_.done(one->wanted->judged, *std::move(answer));
}

asio::awaitable<std::optional<rewrite::row_count>> row_counting::count(
    self_handle self, job_handle one, row_count_query& source, protocol::gtid_set base
)
{
    const bool small = co_await source.open(one->original) <= small_table;
    std::optional<rewrite::row_count> answer;
    for (int tries = 0; tries < most_tries; ++tries) {
        one->candidates.clear();
        log_step step = log_step::reached;
        if (small)
            step = co_await count_at_once(self, one, source) ? step : log_step::unwanted;
        else
            step = co_await count_at_a_known_place(self, one, source, base);
        for (std::size_t i = 0; step == log_step::reached && i < one->candidates.size(); ++i) {
            // Copied: waiting, the log moves on, and others look at the list.
            const bool whole = one->candidates[i].place.executed.contains(base);
            step = co_await log_reaches(self, one, one->candidates[i].end);
            const candidate& found = one->candidates[i];
            if (step == log_step::reached && whole && found.changed)
                answer = {
                    .rows = found.rows,
                    .changed_before = *found.changed,
                    .uncounted = {},
                    .others = found.others,
                };
            // Counted before it was known what to ask of the rows: once more, if there is time.
            if (answer && answer->others.size() == one->wanted->conditions.size())
                co_return answer;
        }
        if (step == log_step::unwanted)
            co_return std::nullopt;
        if (step == log_step::too_late)
            co_return answer ? *answer : uncounted(too_late);
    }
    if (answer)
        co_return answer;
    co_return uncounted("the table is written so often that no snapshot of it could be told exactly"
    );
}

asio::awaitable<void>
row_counting::count_rows(job_handle one, row_count_query& source, candidate& of)
{
    const auto conditions = one->wanted ? one->wanted->conditions : std::vector<std::string>();
    std::vector<std::uint64_t> numbers = co_await source.count(one->original, conditions);
    of.rows = numbers.front();
    of.others.assign(numbers.begin() + 1, numbers.end());
}

// From count() to let_go() nobody renames the table: what is counted is the original, if the log up
// to its end then does not rename it.
asio::awaitable<bool>
row_counting::count_at_once(self_handle self, job_handle one, row_count_query& source)
{
    for (std::size_t i = 0; i < snapshots_at_once; ++i) {
        if (*self == nullptr || !one->needed)
            co_return false;
        candidate made;
        made.place = co_await source.take_snapshot(one->epoch);
        ++one->snapshots;
        co_await count_rows(one, source, made);
        made.end = co_await source.log_end(one->epoch);
        co_await source.let_go();
        one->candidates.push_back(std::move(made));
    }
    co_return true;
}

// A count that takes long is begun only where its place is known, and when the tool has altered the
// original: nobody shall wait for it.
asio::awaitable<row_counting::log_step> row_counting::count_at_a_known_place(
    self_handle self, job_handle one, row_count_query& source, const protocol::gtid_set& base
)
{
    while (!one->wanted || one->wanted->altering) {
        if (!co_await wait(self, one))
            co_return log_step::unwanted;
    }
    candidate made;
    made.place = co_await source.take_snapshot(one->epoch);
    ++one->snapshots;
    const bool whole = made.place.executed.contains(base);
    const rewrite::coordinate place = made.place.end;
    made.end = place;
    one->candidates.push_back(std::move(made));
    log_step step = co_await log_reaches(self, one, place);
    candidate& known = one->candidates.front();
    if (step == log_step::reached && whole && known.changed) {
        co_await count_rows(one, source, known);
        known.end = co_await source.log_end(one->epoch);
    } else {
        one->candidates.clear();
    }
    co_await source.let_go();
    co_return step;
}

asio::awaitable<row_counting::log_step>
row_counting::log_reaches(self_handle self, job_handle one, rewrite::coordinate end)
{
    while (*self != nullptr && one->needed) {
        row_counting& of = **self;
        of.look_at(*one);
        if (one->wanted && !(of.applied_ < end))
            co_return log_step::reached;
        if (one->cutting_over && of.applied_ < end)
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
