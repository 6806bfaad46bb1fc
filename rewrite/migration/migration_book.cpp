#include "rewrite/migration/migration_book.hpp"

#include <algorithm>

namespace rewrite {

migration_book::migration_book(contents saved)
    : hidden_(std::move(saved.hidden))
    , live_(std::move(saved.live))
    , next_id_(saved.next_id)
    , temporary_(std::move(saved.temporary))
{
    for (candidate& one : saved.candidates)
        candidates_.push_back(std::make_shared<const candidate>(std::move(one)));
}

const migration* migration_book::of_ghost(const table_name& ghost) const
{
    const auto at = std::ranges::find_if(live_, [&](const migration& m) {
        return m.ghost == ghost && !m.over();
    });
    return at == live_.end() ? nullptr : &*at;
}

const migration* migration_book::of_original(const table_name& original) const
{
    const auto at = std::ranges::find_if(live_, [&](const migration& m) {
        return m.folding() && m.original == original;
    });
    return at == live_.end() ? nullptr : &*at;
}

const migration* migration_book::by_id(std::uint64_t id) const
{
    const auto at = std::ranges::find(live_, id, &migration::id);
    return at == live_.end() ? nullptr : &*at;
}

migration* migration_book::find(std::uint64_t id)
{
    const auto at = std::ranges::find(live_, id, &migration::id);
    return at == live_.end() ? nullptr : &*at;
}

bool migration_book::concerns(table_name_view name) const
{
    return std::ranges::any_of(
               live_,
               [&](const migration& m) {
                   return is_called(m.original, name) ||
                          (m.away() && is_called(m.away()->to, name));
               }
           ) ||
           std::ranges::any_of(candidates_, [&](const auto& one) {
               return is_called(one->name, name);
           });
}

std::vector<migration_summary> migration_book::summaries() const
{
    std::vector<migration_summary> all;
    if (ended_)
        all = *ended_;
    for (const migration& m : live_)
        all.push_back(summary_of(m));
    return all;
}

const candidate* migration_book::candidate_of(const table_name& name) const
{
    for (const auto& one : candidates_)
        if (one->name == name)
            return one.get();
    return nullptr;
}

void migration_book::nominate(candidate fresh)
{
    if (candidates_.size() >= max_candidates)
        candidates_.erase(candidates_.begin());
    candidates_.push_back(std::make_shared<const candidate>(std::move(fresh)));
}

void migration_book::forget(const table_name& name)
{
    forget(table_name_view{name.schema, name.table});
}

void migration_book::forget(table_name_view name)
{
    std::erase_if(candidates_, [&](const auto& one) { return is_called(one->name, name); });
}

void migration_book::add_candidate_alter(const table_name& name, recorded_statement alter)
{
    for (auto& one : candidates_) {
        if (one->name != name)
            continue;
        candidate altered = *one;
        altered.alters.push_back(std::move(alter));
        one = std::make_shared<const candidate>(std::move(altered));
        return;
    }
}

void migration_book::hide(const table_name& name, helper_role as, std::uint64_t migration)
{
    hidden_.hide(name, {.role = as, .migration = migration});
}

void migration_book::free(const table_name& name, const coordinate& at)
{
    free(name, at, false);
}

void migration_book::free_by_log(const table_name& name, const coordinate& at)
{
    free(name, at, true);
}

void migration_book::free(const table_name& name, const coordinate& at, bool by_log)
{
    const hidden_object* object = hidden_.find(name);
    if (!object)
        return;
    migration* m = find(object->migration);
    hidden_.free(name);
    forget_riders(name);
    if (!m)
        return;
    if (by_log)
        remark_on(
            *m, remark_kind::name_freed, at, to_text(name) + " is another table now: it is served"
        );
    if (m->folding() && name == m->ghost)
        end(m->id, at, "the tool's table " + to_text(name) + " is gone");
}

void migration_book::take_name(const table_name& name, const coordinate& at)
{
    free_by_log(name, at);
    for (migration& m : live_)
        if (auto* done = std::get_if<cut_over_stage>(&m.stage); done && m.ghost == name)
            done->list_ghost = false;
}

void migration_book::note_ghost_created(std::uint64_t id, const coordinate& at)
{
    if (migration* m = find(id))
        m->created = at;
}

void migration_book::note_original(std::uint64_t id, const table_name& original)
{
    if (migration* m = find(id))
        m->original = original;
}

void migration_book::add_alter(
    std::uint64_t id, recorded_statement alter, std::vector<renamed_column> renamed
)
{
    if (migration* m = find(id)) {
        m->alters.push_back(std::move(alter));
        m->renamed = std::move(renamed);
        report(*m);
    }
}

void migration_book::add_trigger(std::uint64_t id, const table_name& trigger)
{
    if (migration* m = find(id))
        m->triggers.push_back(trigger);
}

// A tool that fails drops its triggers, and then its table: an alarm only if it goes on copying.
void migration_book::lose_trigger(std::uint64_t id, const table_name& trigger)
{
    migration* m = find(id);
    if (!m)
        return;
    std::erase(m->triggers, trigger);
    if (m->folding())
        m->lost_trigger = trigger.table;
}

void migration_book::note_copy(std::uint64_t id, const coordinate& at)
{
    migration* m = find(id);
    if (m && !m->lost_trigger.empty())
        disturb(*m, at, m->missed_changes());
}

void migration_book::announce_copier(std::uint64_t id, std::uint32_t thread)
{
    migration* m = find(id);
    if (m && !m->copied_by(thread) && std::ranges::find(m->announced, thread) == m->announced.end())
        m->announced.push_back(thread);
}

void migration_book::add_copier(std::uint64_t id, std::uint32_t thread)
{
    migration* m = find(id);
    if (!m || description_of(m->which).rows != row_source::triggers || m->copied_by(thread))
        return;
    std::erase(m->announced, thread);
    m->threads.push_back(thread);
}

void migration_book::forget_copiers()
{
    for (migration& m : live_) {
        m.threads.clear();
        m.announced.clear();
    }
}

void migration_book::add_rider(std::uint64_t id, rider trigger)
{
    if (migration* m = find(id))
        m->riders.push_back(std::move(trigger));
}

void migration_book::remove_rider(std::uint64_t id, const table_name& trigger)
{
    if (migration* m = find(id))
        std::erase_if(m->riders, [&](const rider& one) { return one.name == trigger; });
}

void migration_book::forget_riders(const table_name& on)
{
    for (migration& m : live_)
        std::erase_if(m.riders, [&](const rider& one) { return one.on == on; });
}

void migration_book::move_riders(const table_name& from, const table_name& to)
{
    for (migration& m : live_)
        for (rider& one : m.riders)
            if (one.on == from)
                one.on = to;
}

void migration_book::count_hidden(std::uint64_t id, const hidden_amount& more)
{
    if (migration* m = find(id)) {
        m->hidden_transactions += more.transactions;
        m->hidden_events += more.events;
        m->hidden_bytes += more.bytes;
        if (m->over())  // no change of its stage will tell; and there is little left to hide
            report(*m);
    }
}

std::int64_t migration_book::count_rows(const row_change& more)
{
    migration* m = find(more.migration);
    if (!m)
        return 0;
    m->rows.copied += more.copied;
    m->rows.changed += more.changed;
    if (m->rows.uncounted.empty())
        m->rows.uncounted = more.uncounted;
    for (std::size_t i = 0; i < m->renamed.size(); ++i) {
        if (!more.uncounted.empty())
            m->renamed[i].original.add_unread();
        if (i < more.original_values.size())
            m->renamed[i].original.add(more.original_values[i]);
        if (i < more.copied_values.size())
            m->renamed[i].copy.add(more.copied_values[i]);
    }
    return m->rows.changed;
}

void migration_book::set_count(const coordinate& judged, row_count counted)
{
    const auto m = std::ranges::find(live_, judged, &migration::judged);
    if (m == live_.end() || !m->ruling.counts)
        return;
    // In the order of the columns that could be asked for.
    auto other = counted.others.begin();
    for (renamed_column& one : m->renamed)
        if (!one.differs.empty() && other != counted.others.end())
            one.other = *other++;
    m->counted = std::move(counted);
}

bool migration_book::awaits_count(std::uint64_t id) const
{
    const migration* m = by_id(id);
    return m && m->folding() && m->ruling.counts && !m->counted && m->rows.uncounted.empty();
}

question migration_book::stop(
    const coordinate& at, stop_reason reason, std::uint64_t id, std::string text
) const
{
    question asked{
        .kind = question_kind::stop,
        .at = at,
        .migration = id,
        .reason = reason,
        .text = std::move(text)
    };
    if (const migration* m = by_id(id)) {
        asked.original = m->original;
        asked.ghost = m->ghost;
        asked.which = m->which;
    }
    return asked;
}

void migration_book::remark_on(
    std::uint64_t id, remark_kind kind, const coordinate& at, std::string text
)
{
    if (const migration* m = by_id(id))
        remark_on(*m, kind, at, std::move(text));
}

void migration_book::remark_on(
    const migration& m, remark_kind kind, const coordinate& at, std::string text
)
{
    remarks_.push_back(
        {.kind = kind, .migration = m.id, .table = m.original, .at = at, .text = std::move(text)}
    );
}

void migration_book::report(std::uint64_t id)
{
    if (std::ranges::find(changed_, id) == changed_.end())
        changed_.push_back(id);
}

void migration_book::report(const migration& m)
{
    report(m.id);
}

void migration_book::take_news(outputs& out)
{
    std::ranges::move(remarks_, std::back_inserter(out.remarks));
    remarks_.clear();
    for (const std::uint64_t id : changed_) {
        if (const migration* m = by_id(id)) {
            out.changed.push_back(summary_of(*m));
            continue;
        }
        if (!ended_)
            continue;
        const auto past = std::ranges::find(*ended_, id, &migration_summary::id);
        if (past != ended_->end())
            out.changed.push_back(*past);
    }
    changed_.clear();
}

}  // namespace rewrite
