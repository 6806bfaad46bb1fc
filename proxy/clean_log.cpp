#include "proxy/clean_log.hpp"

#include "proxy/pull_status.hpp"
#include "proxy/remark_lines.hpp"
#include "proxy/store/clean_rotate.hpp"

#include <fmt/format.h>
#include <type_traits>

namespace proxy {

using protocol::event_view;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::milliseconds checkpoint_interval{1000};

protocol::checksum checksum_of(const event_view& event)
{
    return event.whole.size() - event.body.size() > protocol::event_header_size
               ? protocol::checksum::crc32
               : protocol::checksum::none;
}

std::optional<hook_event> hook_of(rewrite::remark_kind kind)
{
    switch (kind) {
        case rewrite::remark_kind::passing: return hook_event::passed;
        case rewrite::remark_kind::cut_over: return hook_event::folded;
        case rewrite::remark_kind::disturbed: return hook_event::disturbed;
        default: return std::nullopt;
    }
}

}  // namespace

clean_log::clean_log(
    store& stored,
    spdlog::logger& lines,
    facts_request ask,
    count_request ask_count,
    std::function<void(hook_call)> on_hook
)
    : store_(stored)
    , lines_(lines)
    , ask_(std::move(ask))
    , ask_count_(std::move(ask_count))
    , on_hook_(std::move(on_hook))
{}

template <class Value>
rewrite::port_result<Value> clean_log::answer(disk_result<Value> given)
{
    if (!given) {
        problem_ = std::move(given.error());
        return tl::unexpected(rewrite::not_now{});
    }
    if constexpr (std::is_void_v<Value>)
        return {};
    else
        return *std::move(given);
}

disk_result<resume_point> clean_log::open()
{
    auto from = store_.open();
    if (from) {
        fresh_ = from->fresh;
        identity_ = from->identity;
        progress_.on_rewind(from->pull_from);
        const auto files = store_.published().files();
        numbers_.begin_at(
            from->clean_end,
            files->files.empty() ? protocol::checksum::crc32 : files->files.back().sum
        );
    }
    return from;
}

disk_result<>
clean_log::begin_epoch(const next_epoch& next, std::optional<protocol::byte_view> rewriter_state)
{
    if (auto done = store_.begin_epoch(next, rewriter_state); !done)
        return done;
    identity_ = {.log = next.log, .format_timestamp = 0};
    identity_.log.file.clear();  // none is stored yet
    progress_.on_other_log(next.log.at(protocol::first_position));
    return {};
}

// ---- the gate's port

std::optional<protocol::gtid_set> clean_log::own_previous_gtids(const rewrite::coordinate& /*at*/)
{
    if (store_.epochs().known_up_to.empty())
        return std::nullopt;
    return store_.applied_gtids();
}

rewrite::port_result<> clean_log::begin_file(
    const rewrite::coordinate& at,
    const event_view& format,
    const protocol::format_description& about
)
{
    source_identity of = identity_;
    of.log.epoch = at.epoch;
    of.log.file = at.file;
    of.format_timestamp = format.header.timestamp;
    const auto begun = answer(store_.begin_file(of, at.position, about.sum));
    if (!begun)
        return begun;
    identity_ = std::move(of);
    fresh_ = false;
    numbers_.begin_at(protocol::first_position, about.sum);
    lines_.info(
        "source: {}{} begins", at.epoch > 1 ? fmt::format("{}/", at.epoch) : std::string(), at.file
    );
    return {};
}

// ROTATE names the next file: in our log, ours.
rewrite::port_result<> clean_log::end_file(
    const rewrite::coordinate& at, const event_view& event, const protocol::rotate_view& rotate
)
{
    const std::string next = store_.next_file_name(std::string(rotate.file));
    const protocol::byte_buffer clean = clean_rotate(event, next, checksum_of(event));
    rewrite::outputs out;
    out.list.emplace_back(rewrite::append{.event = clean, .intact = false});
    out.list.emplace_back(rewrite::commit{
        .clean_begin = store_.clean_end(),
        .upstream_begin = at.position,
        .upstream_end = at.position + event.whole.size(),
        .touched = true,
        .id = {},
    });
    store_.apply(out);
    const std::size_t size = event.whole.size();
    rewrite::coordinate end = at;
    end.position += size;
    progress_.on_begin(event.header.timestamp);
    progress_.on_done(end, size);
    progress_.on_border();
    return {};
}

rewrite::port_result<> clean_log::take(const rewrite::outputs& from, const event_view& event)
{
    store_.apply(from);
    numbers_.on_outputs(from);
    progress_.on_begin(event.header.timestamp);
    taken_bytes_ = event.whole.size();
    changes_ = from.schema;
    for (const rewrite::migration_summary& changed : from.changed)
        store_.decisions().update(changed);
    for (const rewrite::remark& said : from.remarks) {
        store_.decisions().add_remark(said);
        log_remark(lines_, said);
        if (const auto told = hook_of(said.kind); told && on_hook_)
            on_hook_({
                .event = *told,
                .migration = said.migration,
                .table = said.table,
                .at = said.at,
                .text = said.text,
            });
    }
    return {};
}

void clean_log::on_applied(const rewrite::coordinate& next)
{
    progress_.on_done(next, taken_bytes_);
    unsaved_ = true;
    if (memory_ != nullptr)
        memory_->on_applied(changes_, rewriter_->schema_changes(), next);
    if (rewriter_->in_transaction())
        return;
    progress_.on_border();
    save_due_checkpoint(next);
}

rewrite::port_result<> clean_log::on_stop(const rewrite::question& asked)
{
    store_.decisions().set_stop(asked);
    numbers_.on_stop(asked.reason);
    lines_.error("{}", stop_text(asked));
    if (on_hook_)
        on_hook_({
            .event = hook_event::stop,
            .migration = asked.migration,
            .table = asked.original,
            .at = asked.at,
            .text = asked.text,
            .stop = to_text(asked.at),
        });
    return {};
}

void clean_log::on_resumed(const given_word& word)
{
    store_.decisions().set_stop(std::nullopt);
    store_.decisions().add_word(word);
    lines_.warn(
        "going on at {} by the word of {}: --{}",
        to_text(word.at),
        word.given_by,
        rewrite::operator_word_names[word.word]
    );
}

std::optional<rewrite::facts> clean_log::ask_facts(
    std::uint64_t number, const rewrite::question& asked, const rewrite::table_name& table
)
{
    return ask_(number, asked, table);
}

std::optional<rewrite::row_count> clean_log::ask_count(const rewrite::question& asked)
{
    return ask_count_(asked);
}

bool clean_log::is_free(const rewrite::question& asked)
{
    return memory_ != nullptr && memory_->is_free(asked.ghost, asked.at);
}

rewrite::port_result<std::optional<rewrite::decision>>
clean_log::find(const rewrite::question& asked)
{
    auto found = answer(store_.decisions().find(asked.at, asked.kind));
    if (found && !*found && !store_.epochs().known_up_to.empty())
        found = answer(store_.decisions().find_by_gtid(asked));
    if (found && !*found && asked.was_answered)
        throw store_error(fmt::format(
            "what was decided at {} (GTID {}) is not in the ledger: consumers have what came of "
            "it, "
            "and it could be judged otherwise now. Follow the server that was followed before, or "
            "seed the consumers anew from an empty data folder",
            to_text(asked.at),
            protocol::to_text(asked.in.transaction)
        ));
    return found;
}

rewrite::port_result<> clean_log::record(const rewrite::decision& made)
{
    const auto recorded = answer(store_.decisions().record(made));
    if (recorded && made.counted && made.counted->uncounted.empty())
        numbers_.on_count(made.counted->rows);
    if (recorded && made.expired)
        lines_.warn(
            "no answer at {} in time: {}",
            to_text(made.at),
            made.kind == rewrite::question_kind::second_half
                ? "the second half of the cut-over did not follow"
                : made.ruling.reason
        );
    return recorded;
}

// ---- the disk

void clean_log::settle(rewrite::gate_state after, const disk_result<>& kept)
{
    const bool flushed = answer(store_.flush()).has_value();
    if (flushed)
        progress_.on_published();
    const bool was_refused = refused_;
    refused_ = !flushed || after == rewrite::gate_state::refused || !answer(kept);
    if (refused_ && (!was_refused || problem_.kind != said_)) {
        lines_.error("store: {}", disk_text(problem_));
        said_ = problem_.kind;
    }
    if (was_refused && !refused_)
        lines_.info("store: the disk takes everything again, going on");
    checkpoint_due_ = unsaved_ && steady_clock::now() - last_checkpoint_ >= checkpoint_interval;
}

void clean_log::save_checkpoint(const rewrite::coordinate& next)
{
    if (held_ || fresh_ || next.file.empty() || store_.replaying() || !answer(store_.flush()) ||
        (memory_ != nullptr && !memory_->settle()) ||
        !answer(store_.save_checkpoint(next, rewriter_->save())))
        return;
    last_checkpoint_ = steady_clock::now();
    checkpoint_due_ = unsaved_ = false;
}

}  // namespace proxy
