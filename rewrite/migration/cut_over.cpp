#include "protocol/ascii.hpp"
#include "protocol/rows_event.hpp"
#include "rewrite/rewriter_state.hpp"
#include "rewrite/sql/alter_text.hpp"
#include "rewrite/sql/client_charset.hpp"

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
    const auto found = std::ranges::find(moved, from, &rename_pair::from);
    return found == moved.end() ? nullptr : &*found;
}

// ALTER TABLE ... RENAME and nothing else.
bool only_renames(const statement_event& s)
{
    if (s.read.kind != statement_kind::alter_table_rename)
        return false;
    const alter_text alter = read_alter(s.query.text, s.read, s.rules);
    return alter.readable && alter.clauses.size() == 1;
}

// ALGORITHM, LOCK and the like speak of the tool's empty table, not of the consumer's full one.
std::vector<std::size_t> clauses_to_drop(const alter_text& alter)
{
    std::vector<std::size_t> drop;
    for (std::size_t i = 0; i < alter.clauses.size(); ++i) {
        switch (alter.clauses[i].kind) {
            case clause_kind::algorithm:
            case clause_kind::lock:
            case clause_kind::validation:
            case clause_kind::wait:
            case clause_kind::order_by:
            case clause_kind::enable_keys:
            case clause_kind::disable_keys: drop.push_back(i); break;
            default: break;
        }
    }
    return drop;
}

}  // namespace

// Each paragraph is one shape of a rename.
// NOLINTNEXTLINE(readability-function-cognitive-complexity)
asks rewriter::state::on_rename(const statement_event& s, const std::vector<rename_pair>& pairs)
{
    const std::vector<rename_pair> moved = final_names(pairs);
    std::vector<const migration*> completed;
    std::size_t hidden_moved = 0;
    for (const rename_pair& pair : moved) {
        if (book.hidden().find(pair.from))
            ++hidden_moved;
        if (const migration* m = book.of_ghost(pair.from);
            m && m->folding() && pair.to == m->original)
            completed.push_back(m);
    }

    if (completed.size() == 1 && completed.front()->ghost != completed.front()->original) {
        const migration& m = *completed.front();
        const rename_pair* away = pair_of(moved, m.original);
        const std::size_t own = away ? 2 : 1;
        if (moved.size() == own && (away || m.away()))
            return complete(s, m, away ? away->to : m.away()->to);
    }

    const auto swaps_back = [&](const rename_pair& pair) {
        const hidden_object* object = book.hidden().find(pair.from);
        const migration* m = object ? book.by_id(object->migration) : nullptr;
        return m && pair.to == m->original;
    };
    const bool back = completed.empty() && std::ranges::any_of(moved, swaps_back);
    if (!completed.empty() || back || (hidden_moved > 0 && hidden_moved < moved.size())) {
        // More than one DDL, or a table that consumers do not have: no ALTER can stand for it.
        std::uint64_t id = completed.empty() ? 0 : completed.front()->id;
        for (const rename_pair& pair : moved)
            if (const hidden_object* object = book.hidden().find(pair.from); object && id == 0)
                id = object->migration;
        if (const std::optional<decision> word = take(question_kind::stop, s.at)) {
            follow_rename_stop(s, moved, id, *word);
            return std::nullopt;
        }
        if (back)
            return stop(
                s.at,
                stop_reason::swap_back,
                id,
                "a hidden table is renamed back to its original's name"
            );
        return stop(
            s.at,
            stop_reason::two_ghosts,
            id,
            completed.size() > 1 ? "one statement completes more than one migration, which one "
                                   "ALTER cannot stand for"
                                 : "one statement renames a hidden table together with others, "
                                   "which one ALTER cannot stand for"
        );
    }

    if (hidden_moved > 0) {
        move_hidden(s, moved);
        return std::nullopt;
    }

    if (moved.size() == 1) {
        const migration* m = book.of_original(moved.front().from);
        if (m && m->which == tool::gh_ost && has_gh_ost_marker(s.read) && only_renames(s))
            return first_half(s, *m, moved.front().to);
    }
    for (const rename_pair& pair : moved) {
        book.take_name(pair.to, s.at);  // renaming onto it proves that it was free
        book.forget(pair.from);
        book.forget(pair.to);
        for (const migration& m : book.live())
            if (m.is<passing_stage>() && m.ghost == pair.from)
                book.rename_ghost(m.id, pair.to, s.at);
    }
    mark_disturbed(s);
    serve(s);
    return std::nullopt;
}

// Served as it came, consumers must have all of its tables; with any other word the hidden ones go
// on being hidden under their new names, and so does what was renamed upstream alone.
// One walk over the pairs, one rule a pair.
// NOLINTNEXTLINE(readability-function-cognitive-complexity)
void rewriter::state::follow_rename_stop(
    const statement_event& s,
    const std::vector<rename_pair>& moved,
    std::uint64_t id,
    const decision& word
)
{
    std::vector<rename_pair> left;
    for (const rename_pair& pair : moved) {
        const hidden_object* object = book.hidden().find(pair.from);
        const migration* m = object ? book.by_id(object->migration) : nullptr;
        if (word.word == operator_word::pass)
            book.free_by_log(pair.from, s.at);
        else if (object) {
            if (m && m->folding() && pair.from == m->ghost)
                book.rename_ghost(m->id, pair.to, s.at);
            book.unhide(pair.from);
            // A table under a name that consumers know is theirs; under another it stays hidden.
            const bool known =
                std::ranges::any_of(
                    moved, [&](const rename_pair& other) { return other.from == pair.to; }
                ) ||
                (m && pair.to == m->original);
            if (!known)
                left.push_back({pair.from, pair.to});
        } else if (id != 0) {
            // Its content stays under the old name where that was taken by another, or nothing ran.
            const bool replaced =
                std::ranges::find(moved, pair.from, &rename_pair::to) != moved.end();
            if (replaced || word.word == operator_word::empty)
                left.push_back({pair.from, pair.to});
        }
    }
    if (word.word != operator_word::pass)
        for (const rename_pair& pair : left)
            book.hide(pair.to, hidden_role::old, id);
    for (const migration& m : book.live())
        if (m.folding() && s.read.names(m.original))
            book.disturb(m.id, s.at, "a rename of " + to_text(m.original) + " stopped publishing");
    follow_stop(s, word);
}

// Two-step: the original is renamed away first. Whether the ghost follows decides what is served.
asks rewriter::state::first_half(const statement_event& s, const migration& m, const table_name& to)
{
    const std::optional<decision> made = take(question_kind::second_half, s.at);
    if (!made) {
        question asked{
            .kind = question_kind::second_half,
            .at = s.at,
            .original = m.original,
            .ghost = m.ghost,
            .which = m.which,
            .migration = m.id,
            .text = to.table,
        };
        return asked;
    }
    book.rename_original_away(m.id, {.to = to, .served = !made->found}, s.at);
    if (made->found)
        serve_empty(s, m.id);
    else
        serve(s);
    return std::nullopt;
}

asks rewriter::state::complete(
    const statement_event& s, const migration& m, const table_name& original_now
)
{
    std::optional<question> why;
    const std::optional<std::string> text = text_of_cut_over(m, original_now);
    if (m.is<disturbed_stage>())
        why = stop(
            s.at,
            stop_reason::disturbed_cut_over,
            m.id,
            m.disturbed_by + "; now the tool's table takes the original's name"
        );
    else if (m.lost_rows())
        why = stop(
            s.at,
            stop_reason::lost_rows,
            m.id,
            "rows of " + to_text(m.original) +
                " were changed between the tool's lock and its rename: the source lost them"
        );
    else if (!only_renames(s) && s.read.kind != statement_kind::rename_table)
        why = stop(
            s.at,
            stop_reason::disturbed_cut_over,
            m.id,
            "the statement that renames " + to_text(m.ghost) + " changes it, too"
        );
    else if (!text)
        why = stop(
            s.at,
            stop_reason::unreadable,
            m.id,
            "the recorded ALTER cannot be written for " + to_text(m.original)
        );
    if (why) {
        const std::optional<decision> word = take(question_kind::stop, s.at);
        if (!word)
            return why;
        if (word->word == operator_word::pass) {
            // Served as it came: from here on consumers must have all of its tables.
            book.serve_cut_over(m.id, s.at);
            serve(s);
            return std::nullopt;
        }
        book.cut_over_by_operator(m.id, original_now, s.at);
        follow_stop(s, *word);
        return std::nullopt;
    }
    emit_cut_over(s, m, original_now, *text);
    return std::nullopt;
}

std::optional<std::string>
rewriter::state::text_of_cut_over(const migration& m, const table_name& original_now) const
{
    const bool away_served = m.away() && m.away()->served;
    if (m.alters.empty())
        return away_served
                   ? "ALTER TABLE " + quoted(original_now) + " RENAME TO " + quoted(m.original)
                   : std::string();
    const recorded_statement& recorded = m.alters.front();
    const lexical_rules rules = rules_of(recorded.status, set.server_version);
    const statement read = read_statement(recorded.text, recorded.database, rules, set.names);
    const alter_text alter = read_alter(recorded.text, read, rules);
    if (!alter.readable)
        return std::nullopt;
    if (!away_served)
        return emit_alter(alter, m.original, clauses_to_drop(alter));
    const std::string rename = "RENAME TO " + quoted(m.original);
    if (!protocol::is_ascii(rename) && family_of(rules.charset) != charset_family::utf8)
        return std::nullopt;
    return emit_alter(alter, original_now, clauses_to_drop(alter), rename);
}

void rewriter::state::emit_cut_over(
    const statement_event& s,
    const migration& m,
    const table_name& original_now,
    const std::string& text
)
{
    const recorded_statement* recorded = m.alters.empty() ? nullptr : &m.alters.front();
    book.cut_over(m.id, original_now, s.at, expected_of(m));
    if (text.empty()) {
        serve_empty(s, 0);
        return;
    }
    if (!recorded) {
        serve_utf8_text(s, text);
        return;
    }
    protocol::query_view query = s.query;
    query.text = text;
    const protocol::byte_buffer status = alter_status(recorded->status, s.query.status);
    query.status = status;
    query.database = recorded->database;
    serve_query(s, query, s.event.header.flags);
}

// Only hidden tables get other names: consumers see nothing of it. A name that no rule knows is a
// person's doing, and what happens to it next is not ours to hide.
void rewriter::state::move_hidden(const statement_event& s, const std::vector<rename_pair>& moved)
{
    std::uint64_t owner = 0;
    std::vector<std::pair<table_name, hidden_object>> placed;
    for (const rename_pair& pair : moved) {
        const hidden_object* object = book.hidden().find(pair.from);
        if (!object)
            continue;
        owner = object->migration;
        const migration* m = book.by_id(object->migration);
        const gh_ost_name role = nominate(pair.to);
        const bool known = m && m->which == tool::gh_ost && role.role != gh_ost_role::none &&
                           same_run(role, pair.to, m->ghost);
        placed.emplace_back(pair.to, book.move_hidden(pair.from, pair.to, s.at, known));
    }
    for (auto& [name, object] : placed)
        book.hide(name, object.role, object.migration);
    serve_empty(s, owner);
}

std::optional<expected_shape> rewriter::state::expected_of(const migration& m) const
{
    if (m.alters.empty() || !m.known)
        return std::nullopt;
    const recorded_statement& recorded = m.alters.front();
    const lexical_rules rules = rules_of(recorded.status, set.server_version);
    const statement read = read_statement(recorded.text, recorded.database, rules, set.names);
    return shape_after(*m.known, m.original_types, read_alter(recorded.text, read, rules));
}

}  // namespace rewrite
