#include "proxy/ingest.hpp"

#include "proxy/net/no_throw.hpp"
#include "proxy/source/source_error.hpp"

#include <asio/post.hpp>
#include <fmt/format.h>
#include <future>

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
          [this](std::uint64_t question, const rewrite::table_name& table) {
              start("table definition", fetch_facts(self_, table, question));
          }
      )
    , resumed_(with_.loop, steady_clock::time_point::max())
{}

disk_result<> ingest::open()
{
    auto opened = log_.open();
    if (!opened)
        return tl::unexpected(std::move(opened.error()));
    saved_state_ = std::move(opened->rewriter_state);
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
    if (gate_->is_empty() && !rewriter_->in_transaction())
        log_.save_checkpoint(next());
    else
        log_.settle(gate_->state());
}

// ---- what the source client asks and tells

resume_place ingest::where()
{
    const rewrite::coordinate& from = next();
    const source_identity& of = log_.identity();
    return {
        .fresh = log_.is_fresh() && from.file.empty(),
        .log = {from.epoch, of.log.uuid, from.file},
        .position = from.position,
        .format_timestamp = of.log.file == from.file ? of.format_timestamp : 0,
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
    if (gate_)
        return;
    const auto names = static_cast<rewrite::name_case>(facts.lower_case_table_names);
    rewriter_ = std::make_unique<rewrite::rewriter>(begin_or_restore(
        {.rules = with_.fold.rules, .names = names, .server_version = facts.version_number},
        saved_state_
    ));
    log_.take_from(*rewriter_);
    gate_ = std::make_unique<rewrite::gate>(
        *rewriter_,
        log_,
        log_,
        rewrite::gate_bounds{
            .wait = with_.fold.verdict_wait, .bytes = with_.fold.verdict_wait_bytes
        },
        pull_from_
    );
    update_snapshot();
}

void ingest::on_log_end(const binary_log& last, steady_clock::time_point when)
{
    log_.progress().on_log_end({log_.identity().log.epoch, last.file, last.size}, when);
    log_.progress().share();
}

void ingest::on_problem(const std::string& text)
{
    shown_.set_source_error(text);
}

void ingest::on_event(const upstream_event& event)
{
    rethrow_failure();
    // Assigned, not made: a name of this length would be allocated with every event.
    at_.epoch = event.log.epoch;
    at_.file = event.log.file;
    at_.position = event.position;
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

asio::awaitable<void> ingest::end_of_batch()
{
    rethrow_failure();
    go_on();
    while (log_.is_full() || is_stopped()) {
        update_snapshot();
        resumed_.expires_after(log_.is_full() ? with_.full_disk_pause : until_cancelled);
        co_await resumed_.async_wait(no_throw);
        rethrow_failure();
        go_on();
    }
    update_snapshot();
}

// ---- going on

void ingest::go_on()
{
    auto state = rewrite::gate_state::open;
    if (gate_) {
        const auto ticked = gate_->tick(now());
        if (!ticked) {
            log_.progress().on_rewind(next());
            throw malformed(ticked.error());
        }
        // An event that asks has begun to wait, though nothing came of it yet.
        log_.progress().on_begin(gate_->waiting_since());
        state = *ticked;
        watch_deadline();
    }
    log_.settle(state);
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

asio::awaitable<void> ingest::fetch_facts(
    std::shared_ptr<ingest*> self, rewrite::table_name table, std::uint64_t question
)
{
    rewrite::facts answer{.table = table};
    try {
        ingest& of = **self;
        answer = co_await of.with_.facts(table, of.log_.identity().log);
    } catch (const std::exception& error) {
        answer.missing =
            fmt::format("the source did not tell the table's definition: {}", error.what());
    }
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (*self == nullptr || cancellation.cancelled() != asio::cancellation_type::none)
        co_return;  // the program ends: that is no answer
    ingest& of = **self;
    of.gate_->on_facts(question, std::move(answer));
    of.go_on_between_events();
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

void ingest::update_snapshot()
{
    log_.progress().share();
    program_status newest = status_of(gate_.get(), rewriter_.get());
    newest.followed = log_.identity().log;
    newest.source_version = with_.board.current()->version;
    newest.pulled = next();
    if (log_.is_full() && !newest.stop)
        say_disk_full(newest);
    shown_.replace(std::move(newest));
}

std::optional<std::string> ingest::resume(const resume_request& word)
{
    // Shared with the source thread, which may be too busy to answer in time.
    const auto done = std::make_shared<std::promise<std::optional<std::string>>>();
    auto answer = done->get_future();
    asio::post(with_.loop, [self = self_, word, done] {
        done->set_value(*self ? (*self)->follow(word) : "unghost is ending");
    });
    if (answer.wait_for(std::chrono::seconds(10)) != std::future_status::ready)
        return "unghost is busy or ending; try again";
    return answer.get();
}

std::optional<std::string> ingest::follow(const resume_request& word)
{
    if (!is_stopped())
        return "publishing is not stopped";
    const rewrite::coordinate& at = gate_->asked()->at;
    const std::string id = to_text(at);
    // A person may leave the epoch out.
    const rewrite::coordinate plain{.file = at.file, .position = at.position};
    const bool is_meant = word.id == to_text(plain);
    if (word.word == rewrite::operator_word::sql && (is_meant || word.id == id))
        if (std::string objection = gate_->objection_to(word.sql); !objection.empty())
            return "--sql: " + objection;
    switch (gate_->on_word(is_meant ? id : word.id, word.word, word.sql)) {
        case rewrite::word_result::not_stopped: return "publishing is not stopped";
        case rewrite::word_result::other_stop:
            return fmt::format("publishing is stopped at {}, not at {}", id, word.id);
        case rewrite::word_result::refused:
            return fmt::format(
                "the word cannot be recorded ({}): free some room on the disk, then say it again",
                log_.problem()
            );
        case rewrite::word_result::taken: break;
    }
    log_.on_resumed(id, word.word);
    try {
        go_on_between_events();
    } catch (...) {
        with_.tasks.end_program(std::current_exception());
    }
    resumed_.cancel();
    return std::nullopt;
}

}  // namespace proxy
