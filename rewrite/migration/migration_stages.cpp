// The stages of a migration, of the book of them: what leads from one to the next.
#include "rewrite/migration/migration_book.hpp"

#include <algorithm>
#include <utility>

namespace rewrite {
namespace {

original_lock* lock_of(migration& m)
{
    if (auto* folding = std::get_if<folding_stage>(&m.stage))
        return &folding->lock;
    if (auto* half = std::get_if<half_cut_over_stage>(&m.stage))
        return &half->lock;
    return nullptr;
}

std::optional<original_away> copy_away(const migration& m)
{
    return m.away() ? std::optional(*m.away()) : std::nullopt;
}

void forget_expected_of(migration& m)
{
    if (auto* done = std::get_if<cut_over_stage>(&m.stage))
        done->expected.reset();
}

}  // namespace

const migration& migration_book::judge(judged_migration made, const coordinate& at)
{
    migration& m = live_.emplace_back();
    m.id = next_id_++;
    m.which = made.which;
    if (made.ruling.what == outcome::fold)
        m.stage = folding_stage{};
    m.original = std::move(made.original);
    m.ghost = std::move(made.ghost);
    m.ruling = std::move(made.ruling);
    m.known = std::move(made.known);
    if (m.ruling.rests_on.renamed)
        m.ghost_create = std::move(made.ghost_create);
    m.created = std::move(made.created);
    m.judged = at;
    m.times.began = made.began != 0 ? made.began : now_;
    m.times.judged = now_;
    m.alters = std::move(made.alters);
    m.triggers = std::move(made.triggers);
    m.threads = std::move(made.threads);
    m.judged_later = made.judged_later;
    m.served_changelog = std::move(made.served_changelog);
    report(m);
    if (m.judged_later)
        return m;
    remark_on(m, m.folding() ? remark_kind::folding : remark_kind::passing, at, m.ruling.reason);
    return m;
}

void migration_book::judge_late(std::uint64_t id, const decision& made)
{
    migration* m = find(id);
    if (!m)
        return;
    m->judged_later = false;
    m->ruling = made.ruling;
    m->known = made.known;
    m->judged = made.at;
    m->times.judged = now_;
    if (m->ruling.what == outcome::fold)
        m->stage = folding_stage{};
    remark_on(
        *m, m->folding() ? remark_kind::folding : remark_kind::passing, made.at, m->ruling.reason
    );
    report(*m);
}

void migration_book::give_up_verdict(std::uint64_t id)
{
    migration* m = find(id);
    if (!m || !m->judged_later)
        return;
    m->judged_later = false;
    m->ruling.reason = "no verdict in time, and the tables were changed before the tool's ALTER";
    remark_on(*m, remark_kind::passing, m->judged, m->ruling.reason);
    report(*m);
}

void migration_book::sentry_made(std::uint64_t id)
{
    if (migration* m = find(id))
        if (original_lock* lock = lock_of(*m))
            *lock = original_lock::held;
}

void migration_book::sentry_dropped(std::uint64_t id)
{
    if (migration* m = find(id))
        if (original_lock* lock = lock_of(*m); lock && *lock == original_lock::held)
            *lock = original_lock::sentry_dropped;
}

void migration_book::disturb(std::uint64_t id, const coordinate& at, std::string by)
{
    if (migration* m = find(id))
        disturb(*m, at, std::move(by));
}

void migration_book::disturb_all(const coordinate& at, const std::string& by)
{
    for (migration& m : live_)
        disturb(m, at, by);
}

void migration_book::disturb(migration& m, const coordinate& at, std::string by)
{
    if (!m.folding() || m.is<disturbed_stage>())
        return;
    m.stage = disturbed_stage{copy_away(m)};
    m.disturbed_by = by + " at " + to_text(at);
    remark_on(
        m,
        remark_kind::disturbed,
        at,
        std::move(by) + ": abort the tool, or publishing will stop at its cut-over"
    );
    report(m);
}

void migration_book::note_damage(std::uint64_t id, const coordinate& at, std::string text)
{
    migration* m = find(id);
    if (!m || !m->damaged_by.empty())
        return;
    m->damaged_by = text;
    remark_on(*m, remark_kind::damaged, at, std::move(text));
}

void migration_book::note_prepared(std::uint64_t id, const std::string& xid)
{
    if (migration* m = find(id))
        m->prepared.push_back(xid);
}

void migration_book::resolve_prepared(
    const std::string& xid, bool rolled_back, const coordinate& at
)
{
    for (migration& m : live_) {
        if (std::erase(m.prepared, xid) == 0 || !rolled_back)
            continue;
        disturb(
            m,
            at,
            std::string(to_text(m.which)) + " has taken rows of " + to_text(m.original) +
                " from an XA transaction that was prepared and is rolled back"
        );
    }
}

void migration_book::disturb_others(const migration& done, const coordinate& at)
{
    for (migration& m : live_) {
        if (m.id == done.id || m.original != done.original)
            continue;
        forget_expected_of(m);
        disturb(m, at, "another run replaced " + to_text(m.original));
    }
}

void migration_book::rename_original_away(
    std::uint64_t id, const original_away& away, const coordinate& at
)
{
    migration* m = find(id);
    if (!m || !m->folding())
        return;
    if (auto* disturbed = std::get_if<disturbed_stage>(&m->stage))
        disturbed->away = away;
    else
        m->stage = half_cut_over_stage{.away = away, .lock = *lock_of(*m)};
    free_by_log(away.to, at);
    if (!away.served)
        hide(away.to, helper_role::old, id);
    report(id);
}

void migration_book::swap_names(const migration& m, const table_name& old)
{
    move_riders(m.original, old);
    move_riders(m.ghost, m.original);
    hidden_.free(m.ghost);
    hide(old, helper_role::old, m.id);
}

void migration_book::note_cut_over(migration& m, const coordinate& at, std::string served)
{
    m.cut_over_at = at;
    m.times.cut_over = now_;
    m.served_text = std::move(served);
}

void migration_book::end_time(migration& m)
{
    if (m.times.ended != 0)
        return;
    m.times.ended = now_;
    report(m);
}

void migration_book::cut_over(
    std::uint64_t id,
    const table_name& old,
    const coordinate& at,
    std::optional<expected_shape> expected,
    std::string served
)
{
    migration* m = find(id);
    if (!m)
        return;
    swap_names(*m, old);
    m->stage = cut_over_stage{.list_ghost = true, .expected = std::move(expected)};
    note_cut_over(*m, at, std::move(served));
    disturb_others(*m, at);
    remark_on(*m, remark_kind::cut_over, at, m->ruling.reason + count_text(*m));
    ++m->hidden_transactions;
    report(*m);
}

void migration_book::cut_over_by_operator(
    std::uint64_t id, const table_name& old, const coordinate& at, std::string served
)
{
    migration* m = find(id);
    if (!m)
        return;
    swap_names(*m, old);
    m->stage = cut_over_stage{};
    note_cut_over(*m, at, std::move(served));
    remark_on(*m, remark_kind::cut_over, at, "by an operator's word");
    report(*m);
    disturb_others(*m, at);
}

void migration_book::serve_cut_over(std::uint64_t id, const coordinate& at, std::string served)
{
    migration* m = find(id);
    if (!m)
        return;
    move_riders(m->ghost, m->original);
    hidden_.free(m->ghost);
    note_cut_over(*m, at, std::move(served));
    end(id, at, "the cut-over is served as the source wrote it, by an operator's word");
    disturb_others(*m, at);
}

void migration_book::end_by_rename(std::uint64_t id, const table_name& to, const coordinate& at)
{
    migration* m = find(id);
    if (!m)
        return;
    move_riders(m->ghost, to);
    if (to == m->original) {
        m->stage = cut_over_stage{};
        note_cut_over(*m, at, {});
    } else {
        m->stage = ended_stage{};
        end_time(*m);
    }
    report(*m);
}

hidden_object migration_book::move_hidden(
    const table_name& from, const table_name& to, const coordinate& at, bool known
)
{
    const hidden_object* object = hidden_.find(from);
    if (!object)
        return {};
    hidden_object moved = *object;
    move_riders(from, to);
    hidden_.free(from);
    migration* m = find(moved.migration);
    if (m && moved.role == helper_role::strayed && to == m->ghost && m->is<strayed_stage>()) {
        // Back under its own name, and never used in between: any use would have stopped.
        moved.role = helper_role::ghost;
        if (const auto away = copy_away(*m))
            m->stage = half_cut_over_stage{.away = *away};
        else
            m->stage = folding_stage{};
        disturb(*m, at, to_text(m->ghost) + " was renamed away for a time");
    } else if (!known) {
        moved.role = helper_role::strayed;
        if (!m)
            return moved;
        remark_on(
            *m,
            remark_kind::disturbed,
            at,
            to_text(from) + " is now called " + to_text(to) +
                ", and was never served: its next use will stop publishing; drop it, or rename it "
                "back"
        );
        if (m->folding() && from == m->ghost) {
            m->stage = strayed_stage{copy_away(*m)};
            report(*m);
        }
    }
    return moved;
}

void migration_book::end(std::uint64_t id)
{
    if (migration* m = find(id)) {
        m->stage = ended_stage{};
        end_time(*m);
        report(*m);
    }
}

void migration_book::end(std::uint64_t id, const coordinate& at, std::string why)
{
    if (migration* m = find(id)) {
        m->stage = ended_stage{};
        end_time(*m);
        remark_on(*m, remark_kind::ended, at, std::move(why));
        report(*m);
    }
}

void migration_book::drop_schema(std::string_view schema, const coordinate& at)
{
    for (const table_name& table : hidden_.names_in(schema))
        free(table, at);
    for (migration& m : live_) {
        std::erase_if(m.riders, [&](const rider& one) { return one.on.schema == schema; });
        if (m.original.schema != schema)
            continue;
        forget_expected_of(m);
        m.triggers.clear();
        if (m.is<cut_over_stage>())
            continue;
        if (!m.is<strayed_stage>()) {
            m.stage = ended_stage{};
            end_time(m);
        }
        report(m);
    }
    std::erase_if(candidates_, [&](const auto& one) { return one->name.schema == schema; });
}

bool migration_book::take_listed_ghost(std::uint64_t id)
{
    migration* m = find(id);
    auto* done = m ? std::get_if<cut_over_stage>(&m->stage) : nullptr;
    return done && std::exchange(done->list_ghost, false);
}

void migration_book::add_ended(migration_summary past)
{
    std::vector<migration_summary> all;
    if (ended_)
        all = *ended_;
    if (all.size() >= max_ended)
        all.erase(all.begin());
    all.push_back(std::move(past));
    ended_ = std::make_shared<const std::vector<migration_summary>>(std::move(all));
}

bool migration_book::is_done(const migration& m) const
{
    // The triggers' DROPs are still to come, and consumers do not have them.
    const bool awaits_drops = !m.triggers.empty() && m.ruling.what != outcome::pass;
    const bool done = m.is<cut_over_stage>() ? !m.expected() : m.over() && !awaits_drops;
    return done && m.riders.empty() && hidden_.names_of(m.id).empty();
}

void migration_book::retire()
{
    for (migration& m : live_) {
        const bool done = is_done(m);
        if (done || (m.is<cut_over_stage>() && hidden_.names_of(m.id).empty()))
            end_time(m);
        if (done)
            add_ended(summary_of(m));
    }
    std::erase_if(live_, [&](const migration& m) { return is_done(m); });
}

std::optional<migration_book::misfit>
migration_book::misfit_of(table_name_view name, const protocol::table_map_view& map) const
{
    for (const migration& m : live_) {
        if (!m.expected() || !is_called(m.original, name))
            continue;
        if (std::string what = difference(*m.expected(), map); !what.empty())
            return misfit{
                m.id, to_text(m.original) + " does not look as the folded ALTER leaves it: " + what
            };
    }
    return std::nullopt;
}

void migration_book::forget_expected(table_name_view name)
{
    for (migration& m : live_)
        if (m.expected() && is_called(m.original, name))
            forget_expected_of(m);
}

void migration_book::forget_expected(std::uint64_t id)
{
    if (migration* m = find(id))
        forget_expected_of(*m);
}

bool migration_book::note_table_map(table_name_view name, protocol::byte_view column_types)
{
    forget(name);
    bool is_copied = false;
    for (migration& m : live_) {
        if (!m.folding())
            continue;
        original_lock* lock = lock_of(m);
        // Consumers have these rows; the ghost, which comes next, does not.
        if (const original_away* away = m.away();
            away && away->served && lock && is_called(away->to, name))
            *lock = original_lock::rows_lost;
        if (!is_called(m.original, name))
            continue;
        is_copied = true;
        m.original_types.assign(column_types.begin(), column_types.end());
        if (lock && *lock == original_lock::sentry_dropped)
            *lock = original_lock::rows_lost;
    }
    return is_copied;
}

}  // namespace rewrite
