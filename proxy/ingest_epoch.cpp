#include "proxy/ingest.hpp"
#include "proxy/source/source_error.hpp"

#include <fmt/format.h>

// Another server is followed.
namespace proxy {

namespace {

protocol::gtid_set both(protocol::gtid_set one, const protocol::gtid_set& other)
{
    one.add(other);
    return one;
}

}  // namespace

// An earlier process began to follow this server.
std::optional<rewrite::epoch_begin> ingest::epoch_under_way() const
{
    const followed_epochs& epochs = with_.log.epochs();
    if (epochs.known_up_to.empty() || epochs.known_up_to.back().epoch != pull_from_.epoch)
        return std::nullopt;
    const rewrite::coordinate& end = epochs.known_up_to.back();
    if (!(pull_from_ < end) && epochs.lost.empty())
        return std::nullopt;
    rewrite::epoch_begin begin{
        .known = with_.log.applied_gtids(), .stored = {}, .end = end, .lost = epochs.lost
    };
    begin.known.add(epochs.past_the_log);
    return begin;
}

taken_gtids ingest::taken()
{
    log_.settle(gate_ ? gate_->state() : rewrite::gate_state::open);
    const std::shared_ptr<const source_facts> known = with_.board.current();
    taken_gtids all{
        .stored = with_.log.published().executed(),
        .applied = with_.log.applied_gtids(),
        .past_the_log = known->gtid_purged,
        .gtid_mode = known->gtid_mode,
        .anonymous = with_.log.epochs().anonymous,
        .lower_case_table_names = known->lower_case_table_names,
    };
    all.past_the_log.add(with_.log.epochs().past_the_log);
    all.past_the_log.subtract(all.stored);
    return all;
}

// All that waits came from the old server and may never come again: it goes. What was asked is
// asked again where it comes from the new one.
void ingest::on_other_server(const next_source& followed)
{
    const taken_gtids had = taken();
    if (log_.is_refused())
        throw source_error(trouble::passing, "the disk takes nothing now");
    const std::uint32_t epoch = with_.log.next_epoch_number();
    next_epoch next{
        .log = {epoch, followed.log.uuid, followed.log.file},
        .end = followed.end,
        .past_the_log = had.past_the_log,
        .lost = followed.lost,
    };
    next.end.epoch = epoch;
    rewrite::epoch_begin begin{
        .known = had.applied, .stored = had.stored, .end = next.end, .lost = followed.lost
    };
    begin.known.add(had.past_the_log);
    begin.stored.subtract(had.applied);

    by_gtid_ = true;  // until all is done: what is there belongs to no server's log
    const recorded_epoch recorded{
        .log = next.log,
        .server_id = followed.facts.server_id,
        .stored = had.stored,
        .known = both(had.stored, had.past_the_log),
        .lost = followed.lost,
        .end = next.end,
        .before =
            begin.stored.empty() && rewriter_ ? log_.progress().published() : rewrite::coordinate(),
    };
    if (const auto done = with_.log.decisions().record(recorded); !done)
        throw source_error(trouble::passing, fmt::format("ledger: {}", done.error().text));
    gate_.reset();
    counting_.forget_all();
    deadline_.reset();
    std::optional<protocol::byte_buffer> state;
    if (rewriter_) {
        rewriter_->abandon_transaction(protocol::first_position);
        if (begin.stored.empty())
            state = rewriter_->save();
    } else if (begin.stored.empty()) {
        state = saved_state_;
    }
    epoch_to_begin_ = std::move(begin);
    pull_from_ = next.log.at(protocol::first_position);
    if (const auto begun = log_.begin_epoch(next, state); !begun)
        throw source_error(
            trouble::passing, fmt::format("store: {}; tried again", begun.error().text)
        );
    by_gtid_ = false;
    spooled_.abandon();
    with_.lines.warn(
        "source: another server is followed, {} ({}), from {} on, as epoch {}",
        followed.facts.server_uuid,
        followed.facts.version,
        followed.log.file,
        epoch
    );
    if (rewriter_)
        make_gate(pull_from_);
    update_snapshot();
}

// Before the end of what is known, what has none cannot be told from what is here already.
void ingest::require_gtid(const upstream_event& event) const
{
    if (event.event.header.type == protocol::event_type::anonymous_gtid && gate_ &&
        gate_->repeats().is_before_end(at_))
        throw source_error(
            trouble::changed,
            fmt::format(
                "source: at {} there is a transaction without a GTID, and nobody can tell whether "
                "consumers have it: follow another server, or seed them again and start over with "
                "an empty data folder",
                to_text(at_)
            )
        );
}

}  // namespace proxy
