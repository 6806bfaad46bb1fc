#include "rewrite/migration/migration.hpp"

#include <algorithm>

namespace rewrite {

const original_away* migration::away() const
{
    if (const auto* half = std::get_if<half_cut_over_stage>(&stage))
        return &half->away;
    const std::optional<original_away>* kept = nullptr;
    if (const auto* disturbed = std::get_if<disturbed_stage>(&stage))
        kept = &disturbed->away;
    else if (const auto* strayed = std::get_if<strayed_stage>(&stage))
        kept = &strayed->away;
    return kept && *kept ? &**kept : nullptr;
}

const original_lock* migration::lock() const
{
    if (const auto* folding = std::get_if<folding_stage>(&stage))
        return &folding->lock;
    const auto* half = std::get_if<half_cut_over_stage>(&stage);
    return half ? &half->lock : nullptr;
}

bool migration::lost_rows() const
{
    return lock() && *lock() == original_lock::rows_lost;
}

std::string migration::missed_changes() const
{
    return "the tool's trigger " + lost_trigger + " was dropped";
}

bool migration::copied_by(std::uint32_t thread) const
{
    return std::ranges::find(threads, thread) != threads.end();
}

std::string migration::idle_copier() const
{
    return "the tool went on from another connection, which copied nothing to " + to_text(ghost) +
           ": the source may have lost rows";
}

const expected_shape* migration::expected() const
{
    const auto* done = std::get_if<cut_over_stage>(&stage);
    return done && done->expected ? &*done->expected : nullptr;
}

migration_state state_of(const migration& m)
{
    struct namer
    {
        migration_state operator()(const passing_stage&) { return migration_state::passing; }
        migration_state operator()(const folding_stage&) { return migration_state::folding; }
        migration_state operator()(const half_cut_over_stage&) { return migration_state::folding; }
        migration_state operator()(const disturbed_stage&) { return migration_state::disturbed; }
        migration_state operator()(const strayed_stage&) { return migration_state::ended; }
        migration_state operator()(const cut_over_stage&) { return migration_state::cut_over; }
        migration_state operator()(const ended_stage&) { return migration_state::ended; }
    };
    return std::visit(namer{}, m.stage);
}

migration_summary summary_of(const migration& m)
{
    const bool counts = m.ruling.counts && why_uncounted(m).empty();
    std::optional<std::int64_t> of_original;
    if (counts && m.counted)
        of_original = rows_now(*m.counted, m.rows);
    return {
        .id = m.id,
        .which = m.which,
        .original = m.original,
        .ghost = m.ghost,
        .state = state_of(m),
        .ruling = m.ruling,
        .created = m.created,
        .judged = m.judged,
        .cut_over_at = m.cut_over_at,
        .times = m.times,
        .alter_text = m.alters.empty() ? std::string() : m.alters.front().text,
        .served_text = m.served_text,
        .disturbed_by = m.disturbed_by,
        .hidden_transactions = m.hidden_transactions,
        .hidden_events = m.hidden_events,
        .hidden_bytes = m.hidden_bytes,
        .rows_copied = counts ? std::optional(m.rows.copied) : std::nullopt,
        .rows_of_original = of_original,
    };
}

std::string why_uncounted(const migration& m)
{
    if (!m.rows.uncounted.empty())
        return m.rows.uncounted;
    return m.counted ? m.counted->uncounted : std::string();
}

const renamed_column* unwitnessed_column(const migration& m)
{
    const auto found = std::ranges::find_if(m.renamed, [](const renamed_column& one) {
        return !one.is_witnessed() && !one.is_indifferent();
    });
    return found == m.renamed.end() ? nullptr : &*found;
}

std::string count_text(const migration& m)
{
    if (!m.ruling.counts)
        return {};
    if (const std::string why = why_uncounted(m); !why.empty())
        return ", rows not counted: " + why;
    return ", " + std::to_string(m.rows.copied) + " rows in both";
}

}  // namespace rewrite
