#include "proxy/ingest.hpp"

#include "proxy/net/no_throw.hpp"
#include "proxy/source/source_error.hpp"

#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/format.h>

namespace proxy {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::hours until_cancelled{24};

// As the gate counts it.
milliseconds now()
{
    return std::chrono::duration_cast<milliseconds>(steady_clock::now().time_since_epoch());
}

// The checksum is right and the content is not: nothing of the event was taken, it can be asked for
// again.
source_error malformed(const rewrite::unreadable_event& event)
{
    return {
        trouble::damaged,
        fmt::format(
            "source: the event at {} {}", to_text(event.at), make_error_code(event.why).message()
        )
    };
}

rewrite::rewriter
begin_or_restore(const rewrite::settings& chosen, const protocol::byte_buffer& saved)
{
    if (saved.empty())
        return rewrite::rewriter(chosen);
    auto restored = rewrite::rewriter::restore(chosen, saved);
    if (!restored)
        throw store_error("the checkpoint's rewriting state cannot be read: it is damaged or of "
                          "another version. Keep the data folder for inquiry and begin with an "
                          "empty one");
    return std::move(*restored);
}

}  // namespace

ingest::ingest(parts with)
    : with_(std::move(with))
    , self_(std::make_shared<ingest*>(this))
    , log_(
          with_.log,
          with_.lines,
          [this](
              std::uint64_t number, const rewrite::question& asked, const rewrite::table_name& table
          ) { return facts_of(number, asked, table); },
          [this](const rewrite::question& asked) { return counting_.ask(asked); },
          with_.on_hook
      )
    , spooled_(with_.log, with_.lines)
    , counting_(
          {.loop = with_.loop,
           .connect = with_.counts,
           .start = [this](
                        std::string name, asio::awaitable<void> job
                    ) { start(std::move(name), std::move(job)); },
           .executed = [this] { return with_.log.published().executed(); },
           .done =
               [this](const rewrite::coordinate& judged, rewrite::row_count counted) {
                   gate_->on_count(judged, std::move(counted));
                   go_on_between_events();
               },
           .lines = with_.lines}
      )
    , resumed_(with_.loop, steady_clock::time_point::max())
{}

disk_result<> ingest::open()
{
    auto opened = log_.open();
    if (!opened)
        return tl::unexpected(std::move(opened.error()));
    if (auto spooled = spooled_.open(opened->pull_from); !spooled)
        return spooled;
    if (spooled_.is_on())
        log_.progress().on_pulled(spooled_.next(), spooled_.bytes());
    saved_state_ = std::move(opened->rewriter_state);
    by_gtid_ = opened->by_gtid;
    pull_from_ = std::move(opened->pull_from);
    if (!opened->fresh)
        with_.lines.info(
            "store: going on at {}{}",
            to_text(pull_from_),
            opened->replaying ? ", comparing what is there already" : ""
        );
    update_snapshot();
    return {};
}

void ingest::close()
{
    *self_ = nullptr;
    if (!gate_)
        return;
    if (is_at_border())
        log_.save_checkpoint(next());
    log_.settle(gate_->state(), spooled_.write());
}

// ---- what the source client asks and tells

resume_place ingest::where()
{
    const rewrite::coordinate from = spooled_.is_on() ? spooled_.next() : next();
    const source_identity& of = log_.identity();
    const std::uint32_t published = of.log.file == from.file ? of.format_timestamp : 0;
    return {
        .fresh = log_.is_fresh() && from.file.empty(),
        .log = {from.epoch, of.log.uuid, from.file},
        .position = from.position,
        .format_timestamp = spooled_.format_timestamp().value_or(published),
        .by_gtid = by_gtid_,
    };
}

void ingest::on_connected(const source_facts& facts)
{
    auto newest = std::make_shared<source_facts>(facts);
    // What is not published yet may have been purged there meanwhile; it has not come past the log.
    if (log_.progress().is_waiting())
        newest->gtid_purged = with_.board.current()->gtid_purged;
    with_.board.set(std::move(newest));
    if (const auto uuid = protocol::parse_uuid(facts.server_uuid))
        log_.set_server(*uuid);
    if (gate_) {
        begin_to_remember(facts);
        return;
    }
    if (!rewriter_)
        make_rewriter(facts);
    make_gate(pull_from_);
    begin_to_remember(facts);
    if (with_.fold.rules.count != rewrite::count_rows::never)
        counting_.warm_up();
    feed_from_spool();
    update_snapshot();
}

void ingest::make_rewriter(const source_facts& facts)
{
    const auto names = static_cast<rewrite::name_case>(facts.lower_case_table_names);
    rewriter_ = std::make_unique<rewrite::rewriter>(begin_or_restore(
        {.rules = with_.fold.rules, .names = names, .server_version = facts.version_number},
        saved_state_
    ));
    log_.take_from(*rewriter_);
    if (!epoch_to_begin_)
        epoch_to_begin_ = epoch_under_way();
}

void ingest::make_gate(rewrite::coordinate next)
{
    gate_ = std::make_unique<rewrite::gate>(
        *rewriter_,
        log_,
        log_,
        rewrite::gate_bounds{
            .wait = with_.fold.verdict_wait, .bytes = with_.fold.verdict_wait_bytes
        },
        std::move(next)
    );
    if (!epoch_to_begin_)
        return;
    log_.hold_checkpoints(!epoch_to_begin_->stored.empty());
    rewriter_->abandon_transaction(log_.clean_end());
    gate_->begin_epoch(*std::exchange(epoch_to_begin_, std::nullopt));
}

void ingest::on_log_end(const binary_log& last, steady_clock::time_point when)
{
    log_.progress().on_log_end({log_.identity().log.epoch, last.file, last.size}, when);
    log_.progress().share();
}

void ingest::on_problem(const std::string& text)
{
    shown_.set_source_error(text);
    tell_of_source(text.empty() ? "connected" : "lost", text);
}

// What is said again and again is told once.
void ingest::tell_of_source(const std::string& state, const std::string& text)
{
    const bool refused = source_state_ == "refused" && state == "lost";
    if (state == source_state_ || refused)
        return;
    source_state_ = state;
    if (with_.on_hook)
        with_.on_hook({.event = hook_event::source, .text = text, .state = state});
}

void ingest::on_event(const upstream_event& event)
{
    rethrow_failure();
    at_.move_to(event.log.epoch, event.log.file, event.position);
    require_gtid(event);
    if (spooled_.is_on()) {
        keep(event);
        return;
    }
    switch (event.kind) {
        case upstream_event_kind::ordinary: break;
        case upstream_event_kind::format_copy: return;  // a copy of what is known
        case upstream_event_kind::file_begins:
            gate_->on_read_up_to(at_);
            log_.progress().on_pulled(at_, 0);
            return;
        case upstream_event_kind::heartbeat:
            gate_->on_read_up_to(at_);
            log_.progress().on_log_end(at_, steady_clock::now());
            return;
    }
    const auto given = gate_->on_event(at_, event.event, event.sum);
    if (!given) {
        log_.progress().on_rewind(next());
        throw malformed(given.error());
    }
    const std::size_t size = event.event.whole.size();
    at_.position += size;
    log_.progress().on_pulled(at_, size);
}

// As on_event(), while it is not for the gate.
void ingest::keep(const upstream_event& event)
{
    if (event.kind == upstream_event_kind::heartbeat)
        log_.progress().on_log_end(at_, steady_clock::now());
    else if (event.kind == upstream_event_kind::format_copy)
        spooled_.set_format(event.event.whole);
    if (event.kind != upstream_event_kind::ordinary)
        return;
    spooled_.add(at_, event.event, event.sum);
    const std::size_t size = event.event.whole.size();
    at_.position += size;
    if (log_.progress().pulled() < at_)  // else it came before the stop as well
        log_.progress().on_pulled(at_, size);
}

asio::awaitable<after_batch> ingest::end_of_batch()
{
    rethrow_failure();
    go_on();
    const bool ask_again = is_stopped() && spooled_.begin();
    while (!ask_again && must_wait()) {
        update_snapshot();
        const bool by_itself = log_.is_refused() || spooled_.is_on();
        resumed_.expires_after(
            fold_border_ ? fold_pause
            : by_itself  ? with_.full_disk_pause
                         : until_cancelled
        );
        co_await resumed_.async_wait(no_throw);
        rethrow_failure();
        go_on();
    }
    update_snapshot();
    co_return ask_again ? after_batch::ask_again : after_batch::go_on;
}

bool ingest::must_wait()
{
    return fold_border_ || log_.is_refused() || spooled_.is_full() ||
           (is_stopped() && !spooled_.is_on());
}

// ---- going on

void ingest::go_on()
{
    auto state = rewrite::gate_state::open;
    if (gate_) {
        if (!gate_->repeats().has_stored())
            log_.hold_checkpoints(false);
        const auto ticked = gate_->tick(now());
        if (!ticked) {
            spooled_.cut_at(next());
            log_.progress().on_rewind(next());
            throw malformed(ticked.error());
        }
        // An event that asks has begun to wait, though nothing came of it yet.
        log_.progress().on_begin(gate_->waiting_since());
        state = *ticked;
        watch_deadline();
    }
    log_.settle(state, spooled_.write());
    if (gate_ && !log_.is_refused())
        counting_.on_progress(*rewriter_, log_.progress().done(), is_judging());
    // What a restart needs stays: also when the source is silent, files and the spool shall go.
    if (gate_ && is_at_border())
        log_.save_due_checkpoint(next());
    change_fold();
    feed_from_spool();
}

void ingest::go_on_between_events()
{
    try {
        go_on();
    } catch (const source_error&) {
        failure_ = std::current_exception();  // only the source client can ask for it again
    }
    update_snapshot();
}

// ---- from the spool

void ingest::feed_from_spool()
{
    if (!gate_ || !spooled_.is_on() || draining_ || is_stopped())
        return;
    draining_ = true;
    start("spool", drain_spool(self_));
}

// Until all of it was fed, or something else must come first, which begins it again.
asio::awaitable<void> ingest::drain_spool(std::shared_ptr<ingest*> self)
{
    while (*self != nullptr && (*self)->feed_a_slice()) {
        if ((*self)->log_.is_refused() || (*self)->spooled_.has_trouble()) {
            asio::steady_timer pause(
                co_await asio::this_coro::executor, (*self)->with_.full_disk_pause
            );
            co_await pause.async_wait(asio::use_awaitable);
        } else {
            co_await asio::post(asio::use_awaitable);  // others have their turn
        }
    }
    if (*self != nullptr)
        (*self)->draining_ = false;
}

bool ingest::feed_a_slice()
{
    using fed = spooled_pull::fed;
    if (!gate_)
        return false;  // another server is about to be followed
    const auto done = spooled_.feed(*gate_);
    if (!done)
        spooled_.cut_at(done.error().at);
    if (!done || *done == fed::damage) {
        log_.progress().on_rewind(next());
        failure_ = std::make_exception_ptr(malformed(
            done ? rewrite::unreadable_event{next(), protocol::errc::bad_checksum} : done.error()
        ));
        resumed_.cancel();
        return false;
    }
    go_on_between_events();
    return *done == fed::more || log_.is_refused() || spooled_.has_trouble() ||
           (*done == fed::held && !spooled_pull::is_held(*gate_));
}

// A job whose failure ends the program.
void ingest::start(std::string name, asio::awaitable<void> job)
{
    with_.tasks.run_once(
        std::move(name),
        std::move(job),
        [&tasks = with_.tasks](const std::exception_ptr& why) { tasks.end_program(why); }
    );
}

void ingest::rethrow_failure()
{
    if (failure_)
        std::rethrow_exception(std::exchange(failure_, nullptr));
}

// One job for the time of the question that is open.
void ingest::watch_deadline()
{
    const auto until = gate_->wake_at();
    if (until == deadline_)
        return;
    deadline_ = until;
    if (until)
        start("verdict deadline", wait_for_deadline(self_, *until));
}

asio::awaitable<void> ingest::wait_for_deadline(std::shared_ptr<ingest*> self, milliseconds until)
{
    asio::steady_timer timer(co_await asio::this_coro::executor, steady_clock::time_point(until));
    co_await timer.async_wait(no_throw);
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (*self != nullptr && cancellation.cancelled() == asio::cancellation_type::none)
        (*self)->go_on_between_events();
}

// ---- other threads

bool ingest::is_stopped() const
{
    return gate_ && gate_->asked() && gate_->asked()->kind == rewrite::question_kind::stop;
}

bool ingest::is_judging() const
{
    return gate_->asked() && gate_->asked()->kind == rewrite::question_kind::verdict;
}

void ingest::update_snapshot()
{
    log_.progress().share();
    program_status newest = status_of(gate_.get(), rewriter_.get());
    newest.followed = log_.identity().log;
    newest.source_version = with_.board.current()->version;
    newest.pulled = log_.progress().pulled();
    newest.spooled_bytes = spooled_.is_on() ? spooled_.bytes() : 0;
    if (log_.is_refused())
        say_disk_problem(newest, log_.problem());
    shown_.replace(std::move(newest));
}

}  // namespace proxy
