#include "proxy/ingest.hpp"

#include "protocol/control_event.hpp"
#include "proxy/net/no_throw.hpp"
#include "proxy/source/source_error.hpp"
#include "proxy/store/clean_rotate.hpp"

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/post.hpp>
#include <fmt/format.h>
#include <future>

namespace proxy {

using protocol::byte_view;
using protocol::event_type;
using protocol::event_view;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::milliseconds checkpoint_interval{1000};
constexpr std::chrono::seconds full_disk_pause{2};

// Until these are waited out like a flush that finds no room.
template <class Value>
Value taken(disk_result<Value> given)
{
    if (!given)
        throw std::runtime_error(given.error().text);
    if constexpr (!std::is_void_v<Value>)
        return *std::move(given);
}

std::string stop_text(const rewrite::question& asked)
{
    return fmt::format(
        "publishing stopped at {}: {}. To go on: unghost resume {} --pass (serve what the source "
        "wrote), "
        "--empty (serve nothing in its place) or --sql 'STATEMENT' (serve that instead)",
        to_text(asked.at),
        asked.text,
        to_text(asked.at)
    );
}

// The checksum is right and the content is not: nothing of the event was taken, it can be asked for
// again.
source_error malformed(const rewrite::coordinate& at, protocol::errc why)
{
    return {
        trouble::damaged,
        fmt::format("source: the event at {} {}", to_text(at), make_error_code(why).message())
    };
}

}  // namespace

ingest::ingest(parts with)
    : with_(with)
    , self_(std::make_shared<ingest*>(this))
    , resumed_(with.loop, steady_clock::time_point::max())
{}

rewrite::settings ingest::rewriter_settings() const
{
    return {.rules = with_.fold.rules, .names = names_};
}

void ingest::open()
{
    resume_point from = taken(with_.log.open());
    epoch_ = from.epoch;
    fresh_ = from.fresh;
    identity_ = from.identity;
    saved_state_ = std::move(from.rewriter_state);
    taken_file_ = from.pull_from.file;
    taken_position_ = from.pull_from.position;
    if (!fresh_)
        with_.lines.info(
            "store: going on at {}:{}{}",
            taken_file_,
            taken_position_,
            from.replaying ? ", comparing what is there already" : ""
        );
    update_snapshot();
}

void ingest::close()
{
    *self_ = nullptr;
    if (!rewriter_ || fresh_)
        return;
    flush_if_room();
    if (!question_ && queue_.empty() && !rewriter_->in_transaction())
        maybe_checkpoint({epoch_, taken_file_, taken_position_});
}

// ---- what the source client asks and tells
// ---------------------------------------------------------

resume_place ingest::where()
{
    return {
        .fresh = fresh_ && taken_file_.empty(),
        .file = taken_file_,
        .position = taken_position_,
        .server_uuid = identity_.server_uuid,
        .format_timestamp = identity_.file == taken_file_ ? identity_.format_timestamp : 0,
    };
}

void ingest::on_connected(const source_facts& facts)
{
    auto newest = std::make_shared<source_facts>(facts);
    // What is not published yet may have been purged there meanwhile; it has not come past the log.
    if (with_.metrics.unpublished_bytes != 0)
        newest->gtid_purged = with_.board.current()->gtid_purged;
    with_.board.set(std::move(newest));
    source_uuid_ = facts.server_uuid;
    if (const auto uuid = protocol::parse_uuid(facts.server_uuid))
        identity_.server_uuid = *uuid;
    if (rewriter_)
        return;
    names_ = static_cast<rewrite::name_case>(facts.lower_case_table_names);
    if (saved_state_.empty()) {
        rewriter_ = std::make_unique<rewrite::rewriter>(rewriter_settings());
    } else {
        auto restored = rewrite::rewriter::restore(rewriter_settings(), saved_state_);
        if (!restored)
            throw store_error("the checkpoint's rewriting state cannot be read: it is damaged or "
                              "of another version. Keep "
                              "the data folder for inquiry and begin anew with an empty one");
        rewriter_ = std::make_unique<rewrite::rewriter>(std::move(*restored));
    }
    update_snapshot();
}

void ingest::on_state(source_state state, const std::string& problem)
{
    with_.metrics.source_connected = state == source_state::streaming;
    const std::lock_guard hold(snapshot_lock_);
    snapshot_.source_error = problem;
}

void ingest::on_event(const upstream_event& event)
{
    // Copies of what is known, and signs of life.
    if (event.kind == upstream_event_kind::format_copy)
        return;
    const bool done =
        !question_ && process(event.kind, event.file, event.position, event.sum, event.event.whole);
    if (event.kind == upstream_event_kind::ordinary) {
        taken_file_ = event.file;
        taken_position_ = event.position + event.event.whole.size();
    }
    if (done)
        return;
    queue_.push_back({
        .kind = event.kind,
        .file = event.file,
        .position = event.position,
        .sum = event.sum,
        .bytes = {event.event.whole.begin(), event.event.whole.end()},
    });
    queue_bytes_ += event.event.whole.size();
    read_ahead(queue_.back());
}

asio::awaitable<void> ingest::end_of_batch()
{
    go_on();
    for (;;) {
        const bool stopped = question_ && question_->asked.kind == rewrite::question_kind::stop;
        if (!stopped && !disk_full_)
            break;
        resumed_.expires_after(disk_full_ ? full_disk_pause : std::chrono::hours(24));
        co_await resumed_.async_wait(no_throw);
        go_on();
    }
    update_snapshot();
}

// ---- events
// ----------------------------------------------------------------------------------------

bool ingest::process(
    upstream_event_kind kind,
    const std::string& file,
    std::uint64_t position,
    protocol::checksum sum,
    byte_view bytes
)
{
    if (kind == upstream_event_kind::heartbeat) {
        with_.metrics.caught_up = true;
        return true;
    }
    if (kind != upstream_event_kind::ordinary)
        return true;
    const auto event = protocol::parse_event(bytes, sum);
    if (!event)
        throw malformed({epoch_, file, position}, event.error());
    if (event->header.type == event_type::rotate) {
        finish_file(*event, position);
        return true;
    }
    if (event->header.type == event_type::format_description)
        begin_file(file, bytes);
    // Assigned, not made anew: a name of this length would be allocated with every event.
    now_.epoch = epoch_;
    now_.file = file;
    now_.position = position;
    if (!rewrite_event(now_, *event, sum))
        return false;
    if (checkpoint_due_ && !rewriter_->in_transaction())
        maybe_checkpoint({epoch_, file, position + bytes.size()});
    return true;
}

void ingest::begin_file(const std::string& file, byte_view format)
{
    const auto description = protocol::parse_format_description(format);
    if (!description)
        throw malformed({epoch_, file, protocol::binlog_magic.size()}, description.error());
    identity_.file = file;
    identity_.format_timestamp = protocol::load_event_header(format).timestamp;
    const rewrite::coordinate at{epoch_, file, protocol::binlog_magic.size()};
    taken(with_.log.begin_file(identity_, at, description->sum == protocol::checksum::crc32));
    rewriter_->begin_file(at, protocol::binlog_magic.size());
    fresh_ = false;
    with_.lines.info("source: {} begins", file);
}

// ROTATE names the next file: in our log, ours.
void ingest::finish_file(const event_view& rotate, std::uint64_t position)
{
    const auto parsed = protocol::parse_rotate(rotate.body);
    if (!parsed)
        throw malformed({epoch_, identity_.file, position}, parsed.error());
    const std::string next = with_.log.next_file_name(std::string(parsed->file));
    const std::uint64_t begin = with_.log.clean_end();
    const auto sum = rotate.whole.size() - rotate.body.size() > protocol::event_header_size
                         ? protocol::checksum::crc32
                         : protocol::checksum::none;
    const protocol::byte_buffer event = clean_rotate(rotate, next, sum);
    outputs_.clear();
    outputs_.list.emplace_back(rewrite::append{.event = event, .intact = false});
    outputs_.list.emplace_back(rewrite::commit{
        .clean_begin = begin,
        .upstream_begin = position,
        .upstream_end = position + rotate.whole.size(),
        .touched = true,
        .id = {},
    });
    with_.log.apply(outputs_);
}

bool ingest::rewrite_event(
    const rewrite::coordinate& at, const event_view& event, protocol::checksum sum
)
{
    for (;;) {
        outputs_.clear();
        const auto asked = rewriter_->on_event(at, event, sum, outputs_);
        if (!asked)
            throw malformed(at, asked.error());
        const std::optional<rewrite::question>& open = *asked;
        if (!open)
            break;
        if (auto recorded = taken(with_.log.decisions().find(open->at, open->kind))) {
            rewriter_->decide(std::move(*recorded));
            continue;
        }
        ask(*open);
        return false;
    }
    with_.log.apply(outputs_);
    note(outputs_, event);
    return true;
}

void ingest::note(const rewrite::outputs& made, const event_view& event)
{
    program_metrics& metrics = with_.metrics;
    if (!made.list.empty())
        if (const auto* done = std::get_if<rewrite::commit>(&made.list.back())) {
            metrics.transactions.fetch_add(1, std::memory_order_relaxed);
            if (done->touched)
                metrics.transactions_emptied.fetch_add(1, std::memory_order_relaxed);
            if (event.header.timestamp != 0)
                metrics.published_timestamp.store(
                    event.header.timestamp, std::memory_order_relaxed
                );
        }
    for (const rewrite::migration_summary& changed : made.changed)
        with_.log.decisions().update(changed);
    for (const rewrite::remark& said : made.remarks) {
        with_.log.decisions().add_remark(said);
        const std::string line = fmt::format(
            "migration {} of {} at {}: {}",
            said.migration,
            to_text(said.table),
            to_text(said.at),
            said.text
        );
        switch (said.kind) {
            case rewrite::remark_kind::folding:
                ++metrics.migrations_folded;
                with_.lines.info("folding: {}", line);
                break;
            case rewrite::remark_kind::passing:
                ++metrics.migrations_passed;
                with_.lines.info("passing: {}", line);
                break;
            case rewrite::remark_kind::disturbed:
                ++metrics.remarks_disturbed;
                with_.lines.warn("disturbed: {}", line);
                break;
            case rewrite::remark_kind::cut_over: with_.lines.info("cut over: {}", line); break;
            case rewrite::remark_kind::ended: with_.lines.info("ended: {}", line); break;
            case rewrite::remark_kind::name_freed: with_.lines.warn("name freed: {}", line); break;
            default: with_.lines.info("{}", line); break;
        }
    }
    if (!made.changed.empty() || !made.remarks.empty())
        metrics.hidden_objects = rewriter_->hidden_tables().size();
}

// ---- questions
// -------------------------------------------------------------------------------------

void ingest::ask(const rewrite::question& asked)
{
    question_ = std::make_unique<open_question>(
        open_question{.asked = asked, .deadline = steady_clock::now() + with_.fold.verdict_wait}
    );
    ++question_number_;
    if (asked.kind == rewrite::question_kind::stop) {
        ++with_.metrics.migrations_stopped;
        with_.metrics.stopped = true;
        with_.log.decisions().set_stop(asked);
        with_.lines.error("{}", stop_text(asked));
        update_snapshot();
        return;
    }
    question_->wait = std::make_unique<rewrite::verdict_wait>(rewriter_->wait_for(asked));
    asio::co_spawn(
        with_.loop, watch_deadline(self_, question_number_, with_.fold.verdict_wait), asio::detached
    );
}

void ingest::read_ahead(const queued_event& event)
{
    if (!question_ || !question_->wait)
        return;
    const rewrite::coordinate at{epoch_, event.file, event.position};
    if (event.kind == upstream_event_kind::ordinary)
        if (const auto parsed = protocol::parse_event(event.bytes, event.sum))
            question_->wait->on_event(at, *parsed);
    const std::uint64_t size = event.kind == upstream_event_kind::ordinary ? event.bytes.size() : 0;
    question_->wait->on_read_up_to({epoch_, event.file, event.position + size});
    ask_source();
}

void ingest::ask_source()
{
    if (question_->facts_asked)
        return;
    const auto table = question_->wait->needs();
    if (!table)
        return;
    question_->facts_asked = true;
    asio::co_spawn(with_.loop, fetch_facts(self_, *table, question_number_), asio::detached);
}

asio::awaitable<void> ingest::fetch_facts(
    std::shared_ptr<ingest*> self, rewrite::table_name table, std::uint64_t question
)
{
    rewrite::facts known{.table = table};
    try {
        known = co_await (*self)->with_.facts.ask(table, (*self)->source_uuid_, (*self)->epoch_);
    } catch (const std::exception& error) {
        known.missing =
            fmt::format("the source did not tell the table's definition: {}", error.what());
    }
    if (*self)
        (*self)->on_facts(question, std::move(known));
}

void ingest::on_facts(std::uint64_t question, rewrite::facts known)
{
    if (known.missing.empty())
        with_.metrics.note_facts();
    if (!question_ || question != question_number_ || !question_->wait)
        return;  // it was decided without
    question_->wait->on_facts(std::move(known));
    go_on();
}

asio::awaitable<void> ingest::watch_deadline(
    std::shared_ptr<ingest*> self, std::uint64_t question, std::chrono::milliseconds limit
)
{
    asio::steady_timer timer(co_await asio::this_coro::executor, limit);
    co_await timer.async_wait(no_throw);
    if (*self && (*self)->question_ && (*self)->question_number_ == question)
        (*self)->go_on();
}

// True if the open question has its answer now.
bool ingest::answer()
{
    if (!question_->wait)
        return false;  // only an operator's word
    auto made = question_->wait->decided();
    if (!made) {
        if (steady_clock::now() < question_->deadline &&
            queue_bytes_ < with_.fold.verdict_wait_bytes)
            return false;
        made = question_->wait->expire();
        with_.lines.warn("waited at {} in vain: {}", to_text(made->at), made->ruling.reason);
    }
    taken(with_.log.decisions().record(*made));
    rewriter_->decide(std::move(*made));
    question_.reset();
    return true;
}

void ingest::go_on()
{
    while (question_ ? answer() : queue_done_ < queue_.size()) {
        if (question_ || queue_done_ == queue_.size())
            continue;
        const queued_event event = std::move(queue_[queue_done_]);
        queue_bytes_ -= event.bytes.size();
        bool done = false;
        try {
            done = process(event.kind, event.file, event.position, event.sum, event.bytes);
        } catch (const source_error&) {
            // It comes again, and all behind it.
            taken_file_ = event.file;
            taken_position_ = event.position;
            queue_.clear();
            queue_done_ = 0;
            queue_bytes_ = 0;
            throw;
        }
        if (done) {
            ++queue_done_;
            continue;
        }
        // It asks: it and all behind it are read ahead.
        queue_bytes_ += event.bytes.size();
        queue_[queue_done_] = event;
        for (std::size_t i = queue_done_; i < queue_.size(); ++i)
            read_ahead(queue_[i]);
    }
    if (queue_done_ == queue_.size()) {
        queue_.clear();
        queue_done_ = 0;
    }
    flush_if_room();
}

void ingest::flush_if_room()
{
    const bool was_full = disk_full_;
    if (const auto written = with_.log.flush()) {
        if (disk_full_)
            with_.lines.info("store: there is room again, going on");
        disk_full_ = false;
    } else {
        if (!disk_full_)
            with_.lines.error(
                "store: the disk is full ({}). Pulling waits; what is stored is served on. Free "
                "some "
                "room, or shorten retention: the source keeps its log only as long as it is set to",
                written.error().text
            );
        disk_full_ = true;
    }
    if (disk_full_ != was_full)
        update_snapshot();
    if (steady_clock::now() - last_checkpoint_ >= checkpoint_interval)
        checkpoint_due_ = true;
}

void ingest::maybe_checkpoint(const rewrite::coordinate& next)
{
    if (with_.log.replaying())
        return;
    flush_if_room();
    if (disk_full_)
        return;
    taken(with_.log.save_checkpoint(next, rewriter_->save()));
    last_checkpoint_ = steady_clock::now();
    checkpoint_due_ = false;
}

// ---- other threads
// ---------------------------------------------------------------------------------

void ingest::update_snapshot()
{
    program_metrics& metrics = with_.metrics;
    metrics.stored_bytes = with_.log.stored_bytes();
    metrics.unpublished_bytes =
        with_.log.published().end() - with_.log.published().committed_end() + queue_bytes_;
    const std::lock_guard hold(snapshot_lock_);
    snapshot_.source_uuid = source_uuid_;
    snapshot_.source_version = with_.board.current()->version;
    snapshot_.pulled = {epoch_, taken_file_, taken_position_};
    snapshot_.stop.reset();
    snapshot_.phase = rewriter_ ? program_phase::serving : program_phase::starting;
    if (question_ && question_->asked.kind == rewrite::question_kind::stop) {
        snapshot_.phase = program_phase::stopped;
        snapshot_.phase_text = question_->asked.text;
        snapshot_.stop = stop_status{.id = to_text(question_->asked.at), .asked = question_->asked};
    } else if (disk_full_) {
        snapshot_.phase = program_phase::disk_full;
        snapshot_.phase_text =
            "pulling waits, what is stored is served on. Free some room, or shorten "
            "retention: the source keeps its log only as long as it is set to";
    } else {
        snapshot_.phase_text.clear();
    }
    if (!rewriter_)
        return;
    snapshot_.safe_to_move = !rewriter_->hides_anything();
    snapshot_.hidden.clear();
    for (const rewrite::table_name& table : rewriter_->hidden_tables())
        snapshot_.hidden.push_back(to_text(table));
    snapshot_.migrations = rewriter_->migrations();
}

void ingest::describe(program_status& into) const
{
    const std::lock_guard hold(snapshot_lock_);
    into.phase = snapshot_.phase;
    into.phase_text = snapshot_.phase_text;
    into.source_version = snapshot_.source_version;
    into.source_uuid = snapshot_.source_uuid;
    into.source_error = snapshot_.source_error;
    into.pulled = snapshot_.pulled;
    into.safe_to_move = snapshot_.safe_to_move;
    into.hidden = snapshot_.hidden;
    into.migrations = snapshot_.migrations;
    into.stop = snapshot_.stop;
}

std::optional<std::string> ingest::resume(const resume_request& word)
{
    // Shared with the source thread, which may be too busy to answer in time.
    const auto done = std::make_shared<std::promise<std::optional<std::string>>>();
    auto answer = done->get_future();
    asio::post(with_.loop, [self = self_, word, done] {
        if (*self)
            done->set_value((*self)->follow(word));
    });
    if (answer.wait_for(std::chrono::seconds(10)) != std::future_status::ready)
        return "unghost is busy or ending; try again";
    return answer.get();
}

std::optional<std::string> ingest::follow(const resume_request& word)
{
    if (!question_ || question_->asked.kind != rewrite::question_kind::stop)
        return "publishing is not stopped";
    const std::string id = to_text(question_->asked.at);
    if (word.id != id)
        return fmt::format("publishing is stopped at {}, not at {}", id, word.id);
    rewrite::decision made{
        .kind = rewrite::decision_kind::go_on,
        .at = question_->asked.at,
        .word = word.word,
        .sql = word.sql,
    };
    taken(with_.log.decisions().record(made));
    with_.log.decisions().set_stop(std::nullopt);
    with_.lines.warn("going on at {} by an operator's word", id);
    rewriter_->decide(std::move(made));
    question_.reset();
    with_.metrics.stopped = false;
    go_on();
    update_snapshot();
    resumed_.cancel();
    return std::nullopt;
}

}  // namespace proxy
