#include "rewrite/migration/statement_rules.hpp"
#include "rewrite/sql/alter_text.hpp"
#include "rewrite/sql/session_rules.hpp"
#include "rewrite/verdict/renamed_columns.hpp"

#include <algorithm>

// What begins a run of a tool, binds it and goes on with it.
namespace rewrite {

namespace {

question
verdict_of(const table_name& original, const table_name& ghost, tool which, const coordinate& at)
{
    return {
        .kind = question_kind::verdict,
        .at = at,
        .original = original,
        .ghost = ghost,
        .which = which,
    };
}

}  // namespace

bool only_sets_auto_increment(const statement_event& s)
{
    const alter_text alter = read_alter(s.query.text, s.read, s.rules);
    return alter.readable && !alter.clauses.empty() &&
           std::ranges::all_of(alter.clauses, [](const alter_clause& clause) {
               return clause.kind == clause_kind::table_option && clause.name == "AUTO_INCREMENT";
           });
}

statement_fate statement_rules::on_helper_create(const nomination& nominated)
{
    const migration* run = run_of(nominated);
    if (run)
        if (auto fate = go_on(nominated, *run))
            return std::move(*fate);
    if (nominated.begins_run && !(run && run->created == s_.at))
        if (auto fate = begin_run(nominated, run))
            return std::move(*fate);
    book_.take_name(nominated.table, s_.at);
    book_.forget(nominated.table);
    // What else is done to it before its ALTER is seen by this.
    const migration* later = book_.of_ghost(nominated.table);
    if (later && later->judged_later && later->created == s_.at)
        book_.nominate({.name = nominated.table, .created = record(), .alters = {}});
    return keep_statement{};
}

// A CREATE with a text of its own may be a trigger tool's, by the table's name. What follows it in
// the log says so, and then it is hidden from here on. Nothing: it is served.
std::optional<statement_fate> statement_rules::look_ahead(const table_name& table)
{
    const auto run = binding_by_name(table);
    if (!run || hidden(run->original) || !set_.rules.folds_in(table.schema))
        return std::nullopt;
    const decision* verdict = word(question_kind::verdict);
    if (!verdict) {
        question wanted = verdict_of(run->original, table, run->which, s_.at);
        wanted.looks_ahead = true;
        return wanted;
    }
    if (verdict->ruling.what != outcome::fold)
        return std::nullopt;
    const migration& m = book_.judge(
        {.which = run->which,
         .original = run->original,
         .ghost = table,
         .ruling = verdict->ruling,
         .known = verdict->known,
         .ghost_create = std::string(s_.query.text),
         .created = s_.at,
         .began = s_.event.header.timestamp,
         .alters = {},
         .triggers = {},
         .threads = {s_.query.thread_id}},
        s_.at
    );
    book_.hide(table, helper_role::ghost, m.id);
    book_.report(m.id);
    return empty_statement{m.id};
}

// The verdict of a run whose tables are served, at the tool's ALTER: the ghost is empty as yet, and
// goes in its place. Nothing: it is served.
std::optional<statement_fate> statement_rules::judge_late(const migration& m)
{
    const std::uint64_t id = m.id;
    const candidate* ghost = book_.candidate_of(m.ghost);
    if (!ghost || !ghost->alters.empty() || m.original.empty() || hidden(m.original) ||
        s_.read.kind != statement_kind::alter_table || !is_own(m.which, s_.read)) {
        book_.give_up_verdict(id);
        return std::nullopt;
    }
    const decision* verdict = word(question_kind::verdict);
    if (!verdict)
        return verdict_of(m.original, m.ghost, m.which, s_.at);
    std::vector<table_name> gone{m.ghost};
    if (set_.rules.hide_changelog && !m.served_changelog.empty())
        gone.push_back(m.served_changelog);
    book_.judge_late(id, *verdict);
    if (verdict->ruling.what != outcome::fold)
        return std::nullopt;
    book_.add_alter(id, record(), columns_to_witness(*book_.by_id(id)));
    book_.forget(gone.front());
    book_.hide(gone.front(), helper_role::ghost, id);
    if (gone.size() > 1)
        book_.hide(gone.back(), helper_role::changelog, id);
    return write_text{drop_text(gone)};
}

// The newest run that this may belong to.
const migration* statement_rules::run_of(const nomination& nominated) const
{
    const tool_description& tool = description_of(nominated.which);
    const migration* newest = nullptr;
    for (const migration& run : book_.live())
        if (run.which == nominated.which && !run.over() &&
            (run.ghost == nominated.table || tool.is_helper_of(nominated.table, run.ghost)))
            newest = &run;
    return newest;
}

statement_fate statement_rules::hide_helper(const nomination& nominated, std::uint64_t id)
{
    book_.free(nominated.table, s_.at);
    book_.hide(nominated.table, nominated.role, id);
    book_.report(id);
    return empty_statement{id};
}

// Nothing if the statement is not the run's next one.
std::optional<statement_fate>
statement_rules::go_on(const nomination& nominated, const migration& run)
{
    switch (nominated.role) {
        case helper_role::ghost: return go_on_with_ghost(nominated, run);
        case helper_role::changelog:
            if (!run.folding() || !hidden(run.ghost))
                return std::nullopt;
            // A run that goes on makes its changelog again.
            if (set_.rules.hide_changelog)
                return hide_helper(nominated, run.id);
            return keep_statement{};
        case helper_role::sentry:
        case helper_role::checkpoint:
            if (!run.folding())
                return std::nullopt;
            if (nominated.role == helper_role::sentry)
                book_.sentry_made(run.id);
            return hide_helper(nominated, run.id);
        case helper_role::none:
        case helper_role::old:
        case helper_role::strayed: break;
    }
    return std::nullopt;
}

std::optional<statement_fate>
statement_rules::go_on_with_ghost(const nomination& nominated, const migration& run)
{
    const table_reference* original = nominated.original;
    if (run.created != coordinate{})
        return std::nullopt;
    if (run.folding()) {
        if (!original || original->name != run.original)
            return std::nullopt;  // another table's: a run of its own
        book_.note_ghost_created(run.id, s_.at);
        return hide_helper(nominated, run.id);
    }
    book_.note_ghost_created(run.id, s_.at);
    if (original && run.original.empty())  // the wait ran out before it was read
        book_.note_original(run.id, original->name);
    return std::nullopt;
}

// Nothing if it is served.
std::optional<statement_fate>
statement_rules::begin_run(const nomination& nominated, const migration* earlier)
{
    const bool is_ghost = nominated.role == helper_role::ghost;
    const decision* verdict = word(question_kind::verdict);
    if (!verdict) {
        question verdict_wanted{
            .kind = question_kind::verdict,
            .at = s_.at,
            .ghost = nominated.ghost,
            .which = nominated.which,
        };
        if (nominated.original)
            verdict_wanted.original = nominated.original->name;
        return verdict_wanted;
    }
    // A run of that name that was going on is over: its ghost was made again.
    if (earlier)
        book_.end(earlier->id);
    const migration& m = book_.judge(
        {.which = nominated.which,
         .original = verdict->original,
         .ghost = nominated.ghost,
         .ruling = verdict->ruling,
         .known = verdict->known,
         .ghost_create = {},
         .created = is_ghost ? s_.at : coordinate{},
         .alters = {},
         .triggers = {},
         .threads = {},
         .judged_later = verdict->later,
         .served_changelog = verdict->later && !is_ghost ? nominated.table : table_name{}},
        s_.at
    );
    if (m.folding() && (is_ghost || set_.rules.hide_changelog))
        return hide_helper(nominated, m.id);
    return std::nullopt;
}

// By the ghost's ALTER at hand.
std::vector<renamed_column> statement_rules::columns_to_witness(const migration& m) const
{
    const auto table = m.ruling.rests_on.witnessed && m.known
                           ? parse_create_table(m.known->create_table)
                           : std::nullopt;
    if (!table)
        return {};
    const lexical_rules rules = rules_of(s_.query.status, set_.server_version);
    const alter_text alter = read_alter(s_.query.text, s_.read, rules);
    const auto copy = shape_after(alter, {.create_table = m.known->create_table});
    return renamed_columns(alter, *table, copy.value_or(expected_shape{}), rules);
}

void statement_rules::on_ghost_altered(const migration& m)
{
    // Between CREATE and trigger the verdict saw that it is alone.
    const bool is_before_binding =
        description_of(m.which).judged_at == verdict_event::binding && m.triggers.empty();
    if (!is_own(m.which, s_.read) && !is_before_binding) {
        book_.disturb(m.id, s_.at, "somebody else altered " + to_text(m.ghost));
        return;
    }
    if (!m.alters.empty() && only_sets_auto_increment(s_))
        return;  // the tool's own: the counter follows the rows
    if (m.alters.empty() && s_.read.kind == statement_kind::alter_table)
        book_.add_alter(m.id, record(), columns_to_witness(m));
    else
        book_.disturb(m.id, s_.at, "the tool altered " + to_text(m.ghost) + " more than once");
}

// The last step before its swap, with its mark: a run that goes on has copied by then.
void statement_rules::on_ghost_analyzed(std::uint64_t id)
{
    const migration* m = book_.by_id(id);
    if (m && description_of(m->which).rows == row_source::triggers && marks_rows(s_.query.text) &&
        !m->copied_by(s_.query.thread_id))
        book_.disturb(id, s_.at, m->idle_copier());
}

statement_fate statement_rules::on_create_trigger()
{
    const table_reference* on = s_.read.first(table_role::on);
    if (!on)
        return on_anything_else();
    const hidden_object* object = hidden(on->name);
    if (object && object->role != helper_role::strayed) {
        const std::uint64_t owner = object->migration;
        if (const migration* m = book_.by_id(owner); m && object->role == helper_role::ghost)
            return on_ghost_trigger(*m);
        book_.add_rider(owner, {.name = s_.read.trigger.name, .on = on->name, .writes = {}});
        return empty_statement{owner};
    }
    const auto bound =
        binding_of({s_.read, s_.query.text, s_.query.database, s_.rules, set_.names});
    if (bound && (book_.candidate_of(bound->ghost) || book_.of_ghost(bound->ghost)))
        return on_tool_trigger(*bound);
    book_.forget(on->name);
    return on_anything_else();
}

// The tool's own write the old table once the ghost has the original's name, and nothing before:
// there is no table of that name as yet.
statement_fate statement_rules::on_ghost_trigger(const migration& m)
{
    const std::uint64_t id = m.id;
    const auto bound =
        binding_of({s_.read, s_.query.text, s_.query.database, s_.rules, set_.names});
    const bool is_tools = bound && bound->which == m.which;
    if (!is_tools)
        book_.disturb(id, s_.at, "a trigger was made on " + to_text(m.ghost));
    // Its DROP will come, too.
    book_.add_rider(
        id,
        {.name = s_.read.trigger.name,
         .on = m.ghost,
         .writes = is_tools ? bound->ghost : table_name{}}
    );
    return empty_statement{id};
}

// The verdict took it that the tool copies renamed columns: the first trigger, a DELETE's, does not
// show it.
void statement_rules::check_renamed_columns(const migration& m)
{
    const std::uint64_t id = m.id;
    const std::string_view body = s_.query.text.substr(s_.read.trigger.body_offset);
    for (const recorded_statement& alter : m.alters) {
        const lexical_rules rules = rules_of(alter.status, set_.server_version);
        const statement read =
            read_statement(alter.text, alter.database, rules, name_case::sensitive);
        for (const alter_clause& clause : read_alter(alter.text, read, rules).clauses) {
            const bool renames = clause.kind == clause_kind::change_column ||
                                 clause.kind == clause_kind::rename_column;
            if (renames && !description_of(m.which).maps_column(body, clause.name, clause.new_name))
                book_.disturb(
                    id,
                    s_.at,
                    "the tool's trigger does not write " + quoted_name(clause.name) + " to " +
                        quoted_name(clause.new_name)
                );
        }
    }
}

statement_fate statement_rules::on_tool_trigger(const tool_binding& bound)
{
    if (const migration* m = book_.of_ghost(bound.ghost)) {
        if (m->original != bound.original)
            return on_anything_else();
        if (m->folding()) {
            if (m->triggers.empty())
                book_.add_copier(m->id, s_.query.thread_id);
            book_.add_trigger(m->id, bound.trigger);
            check_renamed_columns(*m);
            return empty_statement{m->id};
        }
        mark_disturbed();  // for other runs on that table: it stays on consumers' one
        return keep_statement{};
    }

    const decision* verdict = word(question_kind::verdict);
    if (!verdict)
        return verdict_of(bound.original, bound.ghost, bound.which, s_.at);
    const candidate ghost = *book_.candidate_of(bound.ghost);
    book_.forget(bound.ghost);
    const migration& m = book_.judge(
        {.which = bound.which,
         .original = bound.original,
         .ghost = bound.ghost,
         .ruling = verdict->ruling,
         .known = verdict->known,
         .ghost_create = ghost.created.text,
         .created = ghost.created.at,
         .began = ghost.created.logged_at,
         .alters = ghost.alters,
         .triggers = {bound.trigger},
         .threads = {ghost.created.thread_id, s_.query.thread_id}},
        s_.at
    );
    if (!m.folding()) {
        mark_disturbed();
        return keep_statement{};
    }
    check_renamed_columns(m);
    // The ghost's CREATE was served: it goes again, a DDL in a DDL's place.
    book_.hide(m.ghost, helper_role::ghost, m.id);
    return write_text{drop_text({m.ghost})};
}

}  // namespace rewrite
