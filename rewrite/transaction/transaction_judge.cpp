#include "rewrite/transaction/transaction_judge.hpp"

#include "protocol/control_event.hpp"
#include "protocol/transaction_grammar.hpp"
#include "rewrite/sql/session_rules.hpp"
#include "rewrite/tool/tool.hpp"

#include <algorithm>
#include <utility>

namespace rewrite {

using protocol::event_type;
using protocol::event_view;

judgement transaction_judge::ask(question about)
{
    question_ = std::move(about);
    judgement made;
    made.asks = true;
    return made;
}

void transaction_judge::open()
{
    filter_.reset();
    watch_ = {};
    copy_.open();
    rest_.database.clear();
    rest_.status.clear();  // keeps its memory from one transaction to the next
    rest_.thread_id = 0;
    rest_.xid.reset();
    xa_id_.clear();
    prepared_ = touched_ = keeps_ = false;
    hidden_events_ = hidden_bytes_ = hidden_for_ = ghost_rows_of_ = 0;
    counter_.begin();
}

protocol::result<judgement>
transaction_judge::on_event(const coordinate& at, const event_view& event, std::uint64_t place)
{
    auto made = judge(at, event, place);
    if (!made || made->asks)
        return made;
    if (!made->step.keep) {
        hidden_for_ = made->whose;
        ++hidden_events_;
        hidden_bytes_ += event.whole.size();
    }
    touched_ |= !made->step.keep || made->replaced;
    keeps_ |= made->step.kept_statement;
    return made;
}

protocol::result<judgement>
transaction_judge::judge(const coordinate& at, const event_view& event, std::uint64_t place)
{
    switch (event.header.type) {
        case event_type::query: return on_query(at, event, place);
        case event_type::execute_load_query: return on_load_data(at, event, place);
        case event_type::table_map: {
            const auto map = protocol::parse_table_map(event.body);
            if (!map)
                return tl::unexpected(map.error());
            return on_table_map(at, *map, place);
        }
        case event_type::rows_query: on_rows_query(event); [[fallthrough]];
        case event_type::intvar:
        case event_type::rand:
        case event_type::user_var:
        case event_type::begin_load_query:
        case event_type::append_block: filter_.on_lead(place); return judgement{};
        case event_type::xid:
            if (const auto xid = protocol::parse_xid(event.body))
                rest_.xid = *xid;
            return judgement{};
        case event_type::xa_prepare: {
            const auto prepare = protocol::parse_xa_prepare(event.body);
            prepared_ = !prepare || !prepare->one_phase;
            if (prepared_)
                counter_.give_up("rows were changed in an XA transaction");
            return judgement{};
        }
        default: break;
    }
    if (!protocol::is_rows_event(event.header.type)) {
        keeps_ = true;  // whatever it is, it was not written for a tool's table
        return judgement{};
    }
    const auto rows = protocol::parse_rows_head(event.body);
    if (!rows)
        return tl::unexpected(rows.error());
    if (watch_.notes_table == rows->table_id)
        on_notes(event.body);
    if (counter_.is_watching())
        counter_.on_rows(event, rows->table_id);
    return on_rows(at, *rows, event, place);
}

const decision* transaction_judge::word_for(const coordinate& at)
{
    if (word_ && word_->at != at)
        word_.reset();
    if (!word_ && answer_ && answer_->at == at && answer_->kind == question_kind::stop)
        word_ = std::exchange(answer_, std::nullopt);
    return word_ ? &*word_ : nullptr;
}

// Rows.

void transaction_judge::on_rows_query(const event_view& event)
{
    const auto text = protocol::parse_rows_query(event.body);
    watch_.text_seen = text.has_value();
    watch_.marked = text && marks_rows(*text);
    watch_.in_part = watch_.marked && std::ranges::any_of(book_.live(), [&](const migration& m) {
                         return m.folding() && copies_in_part(m.which, *text);
                     });
}

judgement transaction_judge::on_table_map(
    const coordinate& at, const protocol::table_map_view& map, std::uint64_t place
)
{
    table_name folded;
    table_name_view name{map.schema, map.table};
    if (set_.names != name_case::sensitive) {
        folded = resolve(map.schema, map.table, {}, set_.names);
        name = {folded.schema, folded.table};
    }

    const hidden_object* object = book_.hidden().find(name);
    if (object && object->role == helper_role::strayed) {
        if (auto asked = ask_about_strayed(at, name))
            return ask(*std::move(asked));
        object = book_.hidden().find(name);
    }
    judgement made;
    if (object) {
        if (object->role == helper_role::ghost) {
            watch_.ghost_of = object->migration;
            const migration* m = book_.by_id(object->migration);
            if (m && m->watches_rows())
                counter_.watch(*m, counted_table::copy, map);
            copy_.on_ghost(object->migration);
        }
        made.whose = object->migration;
    } else if (auto asked = check_original(at, name, map)) {
        return ask(*std::move(asked));
    } else if (std::ranges::any_of(book_.live(), [&map](const migration& m) {
                   return description_of(m.which).is_notes(map.column_types);
               })) {
        watch_.notes_table = map.table_id;
    }
    made.step = filter_.on_table_map(map.table_id, object != nullptr, place);
    return made;
}

// Rows of a tool's table that a person has renamed. By the operator's word it is an ordinary table
// from here on, or a hidden one.
std::optional<question>
transaction_judge::ask_about_strayed(const coordinate& at, table_name_view name)
{
    const table_name table{std::string(name.schema), std::string(name.table)};
    const std::uint64_t owner = book_.hidden().find(name)->migration;
    const decision* word = word_for(at);
    if (!word)
        return book_.stop(
            at,
            stop_reason::hidden_renamed_away,
            owner,
            "rows of " + to_text(table) +
                ", which is a tool's table under a new name and was never served"
        );
    if (word->word == operator_word::pass)
        book_.unhide(table);
    else
        book_.hide(table, helper_role::old, owner);
    return std::nullopt;
}

// The after-check of a fold, and what a table's rows tell while a migration copies it.
std::optional<question> transaction_judge::check_original(
    const coordinate& at, table_name_view name, const protocol::table_map_view& map
)
{
    if (!book_.concerns(name))
        return std::nullopt;
    if (auto misfit = book_.misfit_of(name, map); misfit && !word_for(at))
        return book_.stop(at, stop_reason::after_check, misfit->migration, std::move(misfit->text));
    book_.forget_expected(name);
    if (!book_.note_table_map(name, map.column_types))
        return std::nullopt;
    watch_.original_mapped = true;
    copy_.on_original(name, map);
    for (const migration& m : book_.live())
        if (m.watches_rows() && is_called(m.original, name))
            counter_.watch(m, counted_table::original, map);
    return std::nullopt;
}

judgement transaction_judge::on_rows(
    const coordinate& at,
    const protocol::rows_head& rows,
    const event_view& event,
    std::uint64_t place
)
{
    judgement made;
    made.step = filter_.on_rows(rows, place);
    made.whose = hidden_for_;
    keeps_ |= made.step.keep;
    copy_.on_rows(at, rows, event);
    if (!filter_.in_statement()) {
        counter_.end_statement();
        end_statement(at);
    }
    return made;
}

void transaction_judge::on_notes(protocol::byte_view rows)
{
    for (const migration& m : book_.live())
        if (m.folding() && description_of(m.which).notes_run(rows, m.ghost))
            book_.announce_copier(m.id, rest_.thread_id);
}

// The tools write the ghost through triggers on the original, or in statements that carry their
// mark (logged with ROWS_QUERY); a tool with triggers also from connections that began its run, or
// that it noted when it went on.
void transaction_judge::end_statement(const coordinate& at)
{
    copy_.end_statement(at);
    const statement_watch ended = std::exchange(watch_, {});
    const migration* m = book_.by_id(ended.ghost_of);
    if (!m || !m->folding())
        return;
    ghost_rows_of_ = m->id;
    if (ended.original_mapped)
        return;
    book_.note_copy(m->id, at);
    copy_.on_copy(at, *m, rest_.status);
    const std::uint32_t thread = rest_.thread_id;
    if (ended.marked) {
        book_.add_copier(m->id, thread);
        if (ended.in_part)
            book_.disturb(m->id, at, std::string(copied_in_part));
    } else if (ended.text_seen) {
        book_.disturb(m->id, at, "somebody else wrote to " + to_text(m->ghost));
    } else if (description_of(m->which).rows == row_source::triggers && !m->copied_by(thread)) {
        if (std::ranges::find(m->announced, thread) != m->announced.end())
            book_.add_copier(m->id, thread);
        else
            book_.disturb(
                m->id,
                at,
                "a connection that nothing shows to be the tool's wrote to " + to_text(m->ghost)
            );
    }
}

// Statements.

void transaction_judge::begin(const protocol::query_view& query)
{
    rest_.database = query.database;
    rest_.status.assign(query.status.begin(), query.status.end());
    rest_.thread_id = query.thread_id;
    if (query.text == "BEGIN")
        return;
    const lexical_rules rules = rules_of(query.status, set_.server_version);
    xa_id_ = read_statement(query.text, query.database, rules, set_.names).xid;
}

protocol::result<judgement>
transaction_judge::on_query(const coordinate& at, const event_view& event, std::uint64_t place)
{
    const auto query = protocol::parse_query(event.body);
    if (!query)
        return tl::unexpected(query.error());
    switch (protocol::role_of_query(query->text)) {
        case protocol::event_role::begins: begin(*query); return judgement{};
        case protocol::event_role::ends:
            if (query->text != "COMMIT")
                counter_.give_up("a transaction in the log ends in a rollback");
            return judgement{};
        default: break;
    }
    const lexical_rules rules = rules_of(query->status, set_.server_version);
    statement read = read_statement(query->text, query->database, rules, set_.names);
    if (read.kind == statement_kind::savepoint || read.kind == statement_kind::xa_end)
        return judgement{};
    const temporary_change temporary = book_.temporary().take_out_of(
        read, {event.header.server_id, query->thread_id}, query->error_code != 0
    );
    const judgement made = on_text(at, read, query->text, place);
    if (!made.asks)
        book_.apply(temporary, made.passes());
    return made;
}

// LOAD DATA logged as a statement: file blocks in front, and a QUERY with 13 bytes more.
protocol::result<judgement>
transaction_judge::on_load_data(const coordinate& at, const event_view& event, std::uint64_t place)
{
    const auto query = protocol::parse_load_query(event.body);
    if (!query)
        return tl::unexpected(query.error());
    const lexical_rules rules = rules_of(query->status, set_.server_version);
    statement read = read_statement(query->text, query->database, rules, set_.names);
    book_.temporary().take_out_of(read, {event.header.server_id, query->thread_id}, false);
    return on_text(at, read, query->text, place);
}

judgement transaction_judge::on_text(
    const coordinate& at, const statement& read, std::string_view text, std::uint64_t place
)
{
    const text_names names = names_in(read, book_.hidden(), set_.rules.may_differ);
    const bool only_may_differ =
        names.reads_hidden && names.writes_others && names.others_may_differ;
    bool hidden = names.writes_hidden_only() || only_may_differ;
    judgement made;
    if (!hidden && names.needs_hidden()) {
        const decision* word = word_for(at);
        if (!word)
            return ask(stop_at_text(at, names));
        hidden = word->word == operator_word::empty;
        if (word->word == operator_word::sql) {
            made.replaced = true;
            instead_ = word->sql;
        }
    }

    // From here on nothing is asked.
    alarms noticed;
    if (!hidden)
        noticed = alarms_if_served(read, book_.live());
    else if (!only_may_differ)
        noticed = alarms_if_hidden(names.hidden, text, book_.live());
    note_tables(at, read);
    note_statement_of_counted(read);
    for (const auto& [migration, what] : noticed)
        book_.disturb(migration, at, what);
    if (hidden && marks_rows(text))
        book_.add_copier(names.migration_of, rest_.thread_id);
    if (hidden && only_may_differ)
        book_.remark_on(
            names.migration_of,
            remark_kind::statement_emptied,
            at,
            "a statement that reads hidden tables and writes only tables that may differ"
        );
    made.whose = names.migration_of;
    made.step = filter_.on_text(hidden, place);
    return made;
}

// What a statement did to rows, its text does not tell.
void transaction_judge::note_statement_of_counted(const statement& read)
{
    for (const migration& m : book_.live()) {
        if (!m.folding() || !m.ruling.counts)
            continue;
        const auto may_change = [&m](const table_reference& reference) {
            const bool named =
                reference.name == m.original || reference.name == m.ghost || !reference.exact;
            return named && (reference.role == table_role::target || reference.written);
        };
        if (read.kind == statement_kind::unreadable || std::ranges::any_of(read.tables, may_change))
            counter_.give_up(m.id, "rows were changed by a statement logged as text");
    }
}

question transaction_judge::stop_at_text(const coordinate& at, const text_names& names) const
{
    if (names.unreadable)
        return book_.stop(
            at,
            stop_reason::unreadable,
            names.migration_of,
            "a statement cannot be read, and a tool's table is hidden that it may name"
        );
    return book_.stop(
        at,
        stop_reason::hidden_named,
        names.migration_of,
        "a logged statement needs " + to_text(names.hidden) + ", which is hidden"
    );
}

// Tables that a statement writes are no candidates any more. One that it makes in the transaction
// of its rows takes its name, whatever was hidden under it.
void transaction_judge::note_tables(const coordinate& at, const statement& read)
{
    for (const table_reference& reference : read.tables)
        if (reference.role == table_role::target || reference.written)
            book_.forget(reference.name);
    if (!makes_table(read) || read.temporary)
        return;
    if (const table_reference* target = read.first(table_role::target))
        book_.take_name(target->name, at);
}

// Rows that nothing hides reach no other event of the transaction's end.
void transaction_judge::note_prepared(const event_view& event)
{
    const auto prepare = protocol::parse_xa_prepare(event.body);
    if (!prepare || !prepare->one_phase)
        copy_.on_prepared(xa_id_);
}

void transaction_judge::close(const coordinate& at)
{
    if (!touched_)
        return;
    book_.count_hidden(
        hidden_for_, {.transactions = 1, .events = hidden_events_, .bytes = hidden_bytes_}
    );
    // Transactions of a tool that reads the log hold nothing but its own tables.
    const migration* m = book_.by_id(ghost_rows_of_);
    if (m && description_of(m->which).rows == row_source::log && keeps_)
        book_.disturb(m->id, at, "somebody else wrote to " + to_text(m->ghost));
}

}  // namespace rewrite
