#include "rewrite/migration/statement_rules.hpp"
#include "rewrite/sql/alter_text.hpp"
#include "rewrite/sql/session_rules.hpp"

#include <algorithm>

// The ghost takes the original's name: RENAME TABLE in any order and number, ALTER TABLE ...
// RENAME, in one statement or two. A rename is a graph on final names: what counts is whose content
// ends where.
namespace rewrite {
namespace {

// Pairs as executed one after another, reduced to: content that was called `from` ends as `to`.
std::vector<rename_pair> final_names(const std::vector<rename_pair>& pairs)
{
    std::vector<rename_pair> moved;
    for (const rename_pair& pair : pairs) {
        const auto earlier = std::ranges::find(moved, pair.from, &rename_pair::to);
        if (earlier != moved.end())
            earlier->to = pair.to;
        else
            moved.push_back(pair);
    }
    std::erase_if(moved, [](const rename_pair& pair) { return pair.from == pair.to; });
    return moved;
}

const rename_pair* pair_of(const std::vector<rename_pair>& moved, const table_name& from)
{
    const auto pair = std::ranges::find(moved, from, &rename_pair::from);
    return pair == moved.end() ? nullptr : &*pair;
}

// Another table takes its name in the same statement.
bool is_replaced(const rename_pair& pair, const std::vector<rename_pair>& moved)
{
    return std::ranges::find(moved, pair.from, &rename_pair::to) != moved.end();
}

}  // namespace

bool only_renames(const statement_event& s)
{
    if (s.read.kind != statement_kind::alter_table_rename)
        return false;
    const alter_text alter = read_alter(s.query.text, s.read, s.rules);
    return alter.readable && alter.clauses.size() == 1;
}

statement_fate statement_rules::on_rename(const std::vector<rename_pair>& pairs)
{
    const std::vector<rename_pair> moved = final_names(pairs);
    std::vector<const migration*> completed;
    std::size_t hidden_moved = 0;
    for (const rename_pair& pair : moved) {
        if (hidden(pair.from))
            ++hidden_moved;
        if (const migration* m = book_.of_ghost(pair.from);
            m && m->folding() && pair.to == m->original)
            completed.push_back(m);
    }

    if (completed.size() == 1 && completed.front()->ghost != completed.front()->original) {
        const migration& m = *completed.front();
        const rename_pair* away = pair_of(moved, m.original);
        const std::size_t own = away ? 2 : 1;
        if (moved.size() == own && (away || m.away())) {
            const table_name old = away ? away->to : m.away()->to;
            return complete(m, old);
        }
    }
    const bool back =
        std::ranges::any_of(moved, [this](const rename_pair& pair) { return swaps_back(pair); });
    if (!completed.empty() || back || (hidden_moved > 0 && hidden_moved < moved.size()))
        return on_mixed_rename(moved, completed);
    if (hidden_moved > 0)
        return move_hidden(moved);

    if (moved.size() == 1) {
        const migration* m = book_.of_original(moved.front().from);
        if (m && description_of(m->which).two_step_cut_over && is_own(m->which, s_.read) &&
            only_renames(s_))
            return first_half(*m, moved.front().to);
    }
    return serve_rename(moved);
}

bool statement_rules::swaps_back(const rename_pair& pair) const
{
    const hidden_object* object = hidden(pair.from);
    const migration* m = object ? book_.by_id(object->migration) : nullptr;
    return m && pair.to == m->original;
}

// More than one DDL, or a table that consumers do not have: no ALTER can stand for it.
statement_fate statement_rules::on_mixed_rename(
    const std::vector<rename_pair>& moved, const std::vector<const migration*>& completed
)
{
    std::uint64_t id = completed.empty() ? 0 : completed.front()->id;
    for (const rename_pair& pair : moved)
        if (const hidden_object* object = hidden(pair.from); object && id == 0)
            id = object->migration;
    if (const decision* told = word(question_kind::stop)) {
        follow_rename(moved, id, *told);
        return follow(*told);
    }
    const bool back =
        completed.empty() &&
        std::ranges::any_of(moved, [this](const rename_pair& pair) { return swaps_back(pair); });
    if (back)
        return book_.stop(
            s_.at,
            stop_reason::swap_back,
            id,
            "a hidden table is renamed back to its original's name"
        );
    return book_.stop(
        s_.at,
        stop_reason::two_ghosts,
        id,
        completed.size() > 1 ? "one statement completes more than one migration, which one ALTER "
                               "cannot stand for"
                             : "one statement renames a hidden table together with others, which "
                               "one ALTER cannot stand for"
    );
}

// Served as it came, consumers must have all of its tables; with any other word the hidden ones go
// on being hidden under their new names, and so does what was renamed upstream alone.
void statement_rules::follow_rename(
    const std::vector<rename_pair>& moved, std::uint64_t id, const decision& told
)
{
    std::vector<table_name> left;
    for (const rename_pair& pair : moved) {
        if (told.word == operator_word::pass) {
            book_.free_by_log(pair.from, s_.at);
            continue;
        }
        const hidden_object* object = hidden(pair.from);
        if (object ? !leaves_hidden_set(pair, moved)
                   : id != 0 && (told.word == operator_word::empty || is_replaced(pair, moved)))
            left.push_back(pair.to);
        if (object) {
            const migration* m = book_.by_id(object->migration);
            if (m && m->folding() && pair.from == m->ghost)
                book_.end_by_rename(m->id, pair.to, s_.at);
            book_.unhide(pair.from);
        }
    }
    for (const table_name& name : left)
        book_.hide(name, helper_role::old, id);
    for (const migration& m : book_.live())
        if (s_.read.names(m.original))
            book_.disturb(
                m.id, s_.at, "a rename of " + to_text(m.original) + " stopped publishing"
            );
}

// A table under a name that consumers know is theirs; under another it stays hidden.
bool statement_rules::leaves_hidden_set(
    const rename_pair& pair, const std::vector<rename_pair>& moved
) const
{
    return swaps_back(pair) || pair_of(moved, pair.to) != nullptr;
}

// Two-step: the original is renamed away first. Whether the ghost follows decides what is served.
statement_fate statement_rules::first_half(const migration& m, const table_name& to)
{
    const decision* told = word(question_kind::second_half);
    if (!told)
        return question{
            .kind = question_kind::second_half,
            .at = s_.at,
            .original = m.original,
            .ghost = m.ghost,
            .which = m.which,
            .migration = m.id,
            .text = to.table,
        };
    book_.rename_original_away(m.id, {.to = to, .served = !told->found}, s_.at);
    if (told->found)
        return empty_statement{m.id};
    return keep_statement{};
}

// Only names that everybody has.
statement_fate statement_rules::serve_rename(const std::vector<rename_pair>& moved)
{
    for (const rename_pair& pair : moved) {
        book_.take_name(pair.to, s_.at);  // renaming onto it proves that it was free
        book_.move_riders(pair.from, pair.to);
        book_.forget(pair.from);
        book_.forget(pair.to);
        for (const migration& m : book_.live())
            if (m.is<passing_stage>() && m.ghost == pair.from)
                book_.end_by_rename(m.id, pair.to, s_.at);
    }
    mark_disturbed();
    return keep_statement{};
}

// Empty: nothing disturbed it.
std::string statement_rules::disturbance_of(const migration& m, const table_name& old) const
{
    if (m.is<disturbed_stage>())
        return m.disturbed_by;
    if (!m.lost_trigger.empty())
        return m.missed_changes();
    if (std::ranges::find(m.announced, s_.query.thread_id) != m.announced.end())
        return m.idle_copier();
    // A table that was there before: consumers have it, and not the triggers that write it.
    for (const rider& one : m.riders)
        if (one.writes != old)
            return "the trigger " + one.name.table + " of " + to_text(m.ghost) + " writes " +
                   to_text(one.writes) + ", which is not the old table";
    return {};
}

// Why no ALTER may stand for the cut-over, if there is a reason.
std::optional<question> statement_rules::objection(const migration& m, const table_name& old) const
{
    if (const std::string disturbed = disturbance_of(m, old); !disturbed.empty())
        return book_.stop(
            s_.at,
            stop_reason::disturbed_cut_over,
            m.id,
            disturbed + "; now the tool's table takes the original's name"
        );
    if (m.lost_rows())
        return book_.stop(
            s_.at,
            stop_reason::lost_rows,
            m.id,
            "rows of " + to_text(m.original) +
                " were changed between the tool's lock and its rename: the source lost them"
        );
    if (!only_renames(s_) && s_.read.kind != statement_kind::rename_table)
        return book_.stop(
            s_.at,
            stop_reason::disturbed_cut_over,
            m.id,
            "the statement that renames " + to_text(m.ghost) + " changes it, too"
        );
    return std::nullopt;
}

// Why rows may be missing in the copy, if there is a reason; or how many there should be.
std::optional<question> statement_rules::objection_to_rows(const migration& m) const
{
    if (!m.ruling.counts)
        return std::nullopt;
    if (m.rows.uncounted.empty() && !m.counted)
        return question{
            .kind = question_kind::count,
            .at = m.judged,
            .original = m.original,
            .ghost = m.ghost,
            .which = m.which,
            .migration = m.id,
        };
    if (const std::string why = why_uncounted(m); !why.empty()) {
        if (!m.ruling.rests_on.counted)
            return std::nullopt;
        return book_.stop(
            s_.at,
            stop_reason::not_counted,
            m.id,
            "rows of " + to_text(m.original) +
                " may be missing in the tool's copy, and they could not be counted: " + why
        );
    }
    const std::int64_t original = rows_now(m.counted.value_or(row_count{}), m.rows);
    if (original == m.rows.copied)
        return std::nullopt;
    return book_.stop(
        s_.at,
        stop_reason::rows_differ,
        m.id,
        to_text(m.original) + " has " + std::to_string(original) + " rows, and the tool's copy " +
            std::to_string(m.rows.copied)
    );
}

std::optional<question> statement_rules::objection_to_values(const migration& m) const
{
    const renamed_column* column = unwitnessed_column(m);
    if (column == nullptr)
        return std::nullopt;
    return book_.stop(
        s_.at,
        stop_reason::not_witnessed,
        m.id,
        "no row of the tool's copy shows whether it copies " + quoted_name(column->name) + " of " +
            to_text(m.original) + " to " + quoted_name(column->new_name) +
            ": all have one value there"
    );
}

// The ALTER that stands for the cut-over, or why none may.
tl::expected<fold_plan, question>
statement_rules::plan_of_cut_over(const migration& m, const table_name& old) const
{
    if (auto why = objection(m, old))
        return tl::unexpected(*std::move(why));
    if (auto why = objection_to_rows(m))
        return tl::unexpected(*std::move(why));
    if (auto why = objection_to_values(m))
        return tl::unexpected(*std::move(why));
    if (auto plan = alter_for(m, old))
        return *std::move(plan);
    return tl::unexpected(book_.stop(
        s_.at,
        stop_reason::unreadable,
        m.id,
        "the recorded ALTER cannot be written for " + to_text(m.original)
    ));
}

statement_fate statement_rules::complete(const migration& m, const table_name& old)
{
    tl::expected<fold_plan, question> plan = plan_of_cut_over(m, old);
    if (!plan) {
        if (plan.error().kind == question_kind::count)
            return plan.error();
        const decision* told = word(question_kind::stop);
        if (!told)
            return plan.error();
        if (told->word == operator_word::pass)
            // Served as it came: from here on consumers must have all of its tables.
            book_.serve_cut_over(m.id, s_.at, std::string(s_.query.text));
        else
            book_.cut_over_by_operator(m.id, old, s_.at, told->sql);
        return follow(*told);
    }
    book_.cut_over(m.id, old, s_.at, std::move(plan->shape), plan->text);
    if (plan->text.empty())
        return empty_statement{};
    if (m.alters.empty())
        return write_text{std::move(plan->text)};
    const recorded_statement& alter = m.alters.front();
    return stand_in{std::move(plan->text), alter.database, alter.status, m.ruling.rests_on.lenient};
}

std::optional<fold_plan>
statement_rules::alter_for(const migration& m, const table_name& original_now) const
{
    const fold_target target{
        .original = m.original,
        .renamed_to = m.away() && m.away()->served ? original_now : table_name{},
        .create_table = m.known ? m.known->create_table : std::string_view(),
        .types = m.original_types,
        .force = m.ruling.rests_on.forced || (m.known && !m.known->row_format.empty()),
        .renames_constraints = m.known && m.ruling.rests_on.renamed,
        .ghost_create = m.ghost_create,
        .ghost = m.ghost,
    };
    if (m.alters.empty())
        return plan_fold(nullptr, target);
    const recorded_statement& recorded = m.alters.front();
    const lexical_rules rules = rules_of(recorded.status, set_.server_version);
    const statement read = read_statement(recorded.text, recorded.database, rules, set_.names);
    const alter_text alter = read_alter(recorded.text, read, rules);
    return plan_fold(&alter, target, rules);
}

// Only hidden tables get other names: consumers see nothing of it. A name that no rule knows is a
// person's doing, and what happens to it next is not ours to hide.
statement_fate statement_rules::move_hidden(const std::vector<rename_pair>& moved)
{
    std::uint64_t owner = 0;
    std::vector<std::pair<table_name, hidden_object>> placed;
    for (const rename_pair& pair : moved) {
        const hidden_object* object = hidden(pair.from);
        if (!object)
            continue;
        owner = object->migration;
        const migration* m = book_.by_id(owner);
        const bool is_known = m && description_of(m->which).is_helper_of(pair.to, m->ghost);
        placed.emplace_back(pair.to, book_.move_hidden(pair.from, pair.to, s_.at, is_known));
    }
    for (const auto& [name, object] : placed)
        book_.hide(name, object.role, object.migration);
    return empty_statement{owner};
}

}  // namespace rewrite
