#include "rewrite/rewriter_state.hpp"

#include <algorithm>

// The records that statements and events share: migrations, candidates, hidden names, answers.
namespace rewrite {

migration* rewriter::state::of_ghost(const table_name& ghost)
{
    const auto found = std::ranges::find_if(live, [&](const migration& m) {
        return m.ghost == ghost && m.state != migration_state::cut_over &&
               m.state != migration_state::ended;
    });
    return found == live.end() ? nullptr : &*found;
}

migration* rewriter::state::of_original(const table_name& original)
{
    const auto found = std::ranges::find_if(live, [&](const migration& m) {
        return m.folding() && m.original == original;
    });
    return found == live.end() ? nullptr : &*found;
}

migration* rewriter::state::by_id(std::uint64_t id)
{
    const auto found = std::ranges::find(live, id, &migration::id);
    return found == live.end() ? nullptr : &*found;
}

candidate* rewriter::state::candidate_of(const table_name& name)
{
    const auto found = std::ranges::find(candidates, name, &candidate::name);
    return found == candidates.end() ? nullptr : &*found;
}

void rewriter::state::forget_candidate(const table_name& name)
{
    std::erase_if(candidates, [&](const candidate& c) { return c.name == name; });
}

migration& rewriter::state::add_migration(migration m)
{
    m.id = next_migration++;
    live.push_back(std::move(m));
    return live.back();
}

void rewriter::state::remark_on(
    remark_kind kind, const migration& m, const coordinate& at, std::string text
)
{
    emit.out().remarks.push_back(
        {.kind = kind, .migration = m.id, .table = m.original, .at = at, .text = std::move(text)}
    );
}

// A name that is not the hidden table's any more. `by_log`: the log proved it, no tool dropped it.
void rewriter::state::free_name(const table_name& name, const coordinate& at, bool by_log)
{
    const hidden_object* object = hidden.find(name);
    if (!object)
        return;
    migration* m = by_id(object->migration);
    hidden.free(name);
    if (!m)
        return;
    if (by_log)
        remark_on(
            remark_kind::name_freed, *m, at, to_text(name) + " is another table now: it is served"
        );
    if (m->folding() && name == m->ghost) {
        m->state = migration_state::ended;
        remark_on(remark_kind::ended, *m, at, "the tool's table " + to_text(name) + " is gone");
        changed(*m);
    }
}

void rewriter::state::name_taken(const table_name& name, const coordinate& at)
{
    free_name(name, at, true);
    for (migration& m : live)
        if (m.ghost == name)
            m.list_ghost = false;
}

void rewriter::state::retire()
{
    std::erase_if(live, [&](const migration& m) {
        const bool over = (m.state == migration_state::cut_over ||
                           // its triggers' DROPs are still to come, and consumers do not have them
                           (m.state == migration_state::ended &&
                            (m.triggers.empty() || m.ruling.what == outcome::pass))) &&
                          !m.expected && hidden.names_of(m.id).empty();
        if (over) {
            if (ended.size() >= max_ended)
                ended.erase(ended.begin());
            ended.push_back(summary_of(m));
        }
        return over;
    });
}

question rewriter::state::stop(
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
    for (const migration& m : live)
        if (m.id == id) {
            asked.original = m.original;
            asked.ghost = m.ghost;
            asked.which = m.which;
        }
    return asked;
}

std::optional<decision> rewriter::state::take(question_kind kind, const coordinate& at)
{
    static constexpr auto answers = [](question_kind asked, decision_kind made) {
        switch (asked) {
            case question_kind::verdict: return made == decision_kind::verdict;
            case question_kind::second_half: return made == decision_kind::second_half;
            case question_kind::stop: return made == decision_kind::go_on;
        }
        return false;
    };
    if (!answer || answer->at != at || !answers(kind, answer->kind))
        return std::nullopt;
    return std::exchange(answer, std::nullopt);
}

}  // namespace rewrite
