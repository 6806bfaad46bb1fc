#include "protocol/control_event.hpp"
#include "protocol/status_variables.hpp"
#include "rewrite/rewriter_state.hpp"
#include "rewrite/sql/client_charset.hpp"
#include "rewrite/tool/tool.hpp"

#include <algorithm>

// Events and transactions: what goes through, what is filtered, and how a transaction ends.
namespace rewrite {

using protocol::byte_buffer;
using protocol::byte_view;
using protocol::checksum;
using protocol::event_type;
using protocol::event_view;

namespace {

bool only_between_transactions(event_type type)
{
    return type == event_type::format_description || type == event_type::previous_gtids ||
           type == event_type::rotate || type == event_type::stop;
}

bool only_in_transactions(event_type type)
{
    switch (type) {
        case event_type::query:
        case event_type::xid:
        case event_type::xa_prepare:
        case event_type::transaction_payload:
        case event_type::table_map:
        case event_type::rows_query:
        case event_type::intvar:
        case event_type::rand:
        case event_type::user_var:
        case event_type::begin_load_query:
        case event_type::append_block:
        case event_type::execute_load_query:
        case event_type::delete_file: return true;
        default: return protocol::is_rows_event(type);
    }
}

}  // namespace

protocol::result<asks>
rewriter::state::on_event(const coordinate& at, const event_view& event, checksum sum)
{
    const event_type type = event.header.type;
    if (protocol::is_gtid_event(type)) {
        const auto gtid = protocol::parse_gtid_event(event);
        if (!gtid)
            return tl::unexpected(gtid.error());
        leave_unfinished(at);
        open(at);
        tx.gtid_held = true;
        tx.gtid_event.assign(event.whole.begin(), event.whole.end());
        tx.id = gtid->id;
        return asks{};
    }
    if (only_between_transactions(type))
        leave_unfinished(at);
    if (type == event_type::incident)
        on_incident(at);
    if (!tx.open) {
        if (!only_in_transactions(type)) {
            pass_alone(at, event);
            return asks{};
        }
        open(at);  // no GTID event: before 5.7.6
    }

    switch (type) {
        case event_type::query: return on_query(at, event, sum);
        case event_type::transaction_payload: return on_payload(at, event, sum);
        case event_type::xid:
        case event_type::xa_prepare: return end_transaction(at, event, sum);
        case event_type::incident:
            pass(event);
            if (!tx.begun)
                commit(at, event, false);
            return asks{};
        case event_type::table_map: return on_table_map(at, event);
        case event_type::rows_query:
            if (tx.filtering) {
                const auto text = protocol::parse_rows_query(event.body);
                watch.text_seen = text.has_value();
                watch.marked = text && marks_rows(*text);
            }
            [[fallthrough]];
        case event_type::intvar:
        case event_type::rand:
        case event_type::user_var:
        case event_type::begin_load_query:
        case event_type::append_block:
            if (tx.filtering)
                filter.on_lead(next_place());
            pass(event);
            return asks{};
        case event_type::execute_load_query: return on_load_data(at, event, sum);
        default:
            if (protocol::is_rows_event(type))
                return on_rows(at, event);
            tx.kept = true;  // whatever it is, it was not written for a tool's table
            pass(event);
            return asks{};
    }
}

void rewriter::state::open(const coordinate& at)
{
    // Buffers keep their memory from one transaction to the next.
    byte_buffer gtid_event = std::move(tx.gtid_event);
    byte_buffer begin_status = std::move(tx.begin_status);
    tx = {};
    tx.gtid_event = std::move(gtid_event);
    tx.begin_status = std::move(begin_status);
    tx.gtid_event.clear();
    tx.open = true;
    tx.filtering = book.watching();
    tx.clean_begin = emit.clean_end;
    tx.upstream_begin = at.position;
    filter.reset();
    watch = {};
}

// An event outside transactions: FORMAT_DESCRIPTION, PREVIOUS_GTIDS, STOP, INCIDENT, unknown ones.
void rewriter::state::pass_alone(const coordinate& at, const event_view& event)
{
    const std::uint64_t begin = emit.clean_end;
    emit.append(event.whole);
    emit.commit({
        .clean_begin = begin,
        .upstream_begin = at.position,
        .upstream_end = at.position + event.whole.size(),
        .touched = false,
        .id = {},
    });
}

void rewriter::state::pass(const event_view& event)
{
    if (tx.gtid_held) {
        emit.append(byte_view(tx.gtid_event));
        tx.gtid_held = false;
    }
    emit.append(event.whole);
}

void rewriter::state::hide(const event_view& event, std::uint64_t migration)
{
    tx.dropped = true;
    tx.hidden_for = migration;
    ++tx.hidden_events;
    tx.hidden_bytes += event.whole.size();
}

void rewriter::state::carry_out(const filter_step& step)
{
    if (step.end_mark_at) {
        byte_buffer flags(2);
        protocol::store(flags.data(), step.end_mark_flags);
        emit.patch(*step.end_mark_at, protocol::rows_flags_offset, std::move(flags));
    }
    if (step.cut_to && *step.cut_to < emit.clean_end) {
        emit.cut(*step.cut_to);
        tx.dropped = true;
    }
    if (step.kept_statement)
        tx.kept = true;
}

protocol::result<asks> rewriter::state::on_table_map(const coordinate& at, const event_view& event)
{
    if (!tx.filtering) {
        pass(event);
        return asks{};
    }
    const auto map = protocol::parse_table_map(event.body);
    if (!map)
        return tl::unexpected(map.error());
    std::optional<decision> word;
    const hidden_object* object = nullptr;
    if (asks asked = look_at_table_map(at, *map, word, object))
        return asked;
    const filter_step step = filter.on_table_map(map->table_id, object != nullptr, next_place());
    if (step.keep)
        pass(event);
    else
        hide(event, object->migration);
    return asks{};
}

// One rule a paragraph: strayed tables, candidates, originals, the after-check.
// NOLINTNEXTLINE(readability-function-cognitive-complexity)
asks rewriter::state::look_at_table_map(
    const coordinate& at,
    const protocol::table_map_view& map,
    std::optional<decision>& word,
    const hidden_object*& object
)
{
    table_name folded;
    table_name_view name{map.schema, map.table};
    if (set.names != name_case::sensitive) {
        folded = resolve(map.schema, map.table, {}, set.names);
        name = {folded.schema, folded.table};
    }
    const auto told = [&] {
        if (!word)
            word = take(question_kind::stop, at);
        return word.has_value();
    };

    object = book.hidden().find(name);
    if (object && object->role == hidden_role::strayed) {
        const table_name who{std::string(name.schema), std::string(name.table)};
        if (!told() || !word)
            return book.stop(
                at,
                stop_reason::hidden_renamed_away,
                object->migration,
                "rows of " + to_text(who) +
                    ", which is a tool's table under a new name and was never served"
            );
        if (word->word == operator_word::pass) {
            book.unhide(who);
            object = nullptr;
        } else {
            book.hide(who, hidden_role::old, object->migration);
            object = book.hidden().find(who);
        }
    }
    if (object) {
        if (object->role == hidden_role::ghost)
            watch.ghost_of = object->migration;
        return std::nullopt;
    }

    if (auto misfit = book.misfit_of(name, map); misfit && !told())
        return book.stop(at, stop_reason::after_check, misfit->migration, std::move(misfit->text));
    book.forget_expected(name);
    if (book.note_table_map(name, map.column_types))
        watch.original_mapped = true;
    return std::nullopt;
}

protocol::result<asks> rewriter::state::on_rows(const coordinate& at, const event_view& event)
{
    if (!tx.filtering) {
        tx.kept = true;
        pass(event);
        return asks{};
    }
    const auto rows = protocol::parse_rows_head(event.body);
    if (!rows)
        return tl::unexpected(rows.error());
    const filter_step step = filter.on_rows(*rows, next_place());
    if (step.keep) {
        tx.kept = true;
        pass(event);
    } else {
        hide(event, tx.hidden_for);
    }
    carry_out(step);
    if (!filter.in_statement()) {
        alarms noticed;
        end_watch(noticed);
        raise(noticed, at);
    }
    return asks{};
}

// The tools write the ghost through triggers on the original, or in statements that carry their
// mark (logged with ROWS_QUERY), and pt-osc from connections that we have seen.
void rewriter::state::end_watch(alarms& noticed)
{
    const statement_watch ended_statement = std::exchange(watch, {});
    const migration* m = book.by_id(ended_statement.ghost_of);
    if (!m || !m->folding())
        return;
    tx.ghost_rows_of = m->id;
    if (ended_statement.original_mapped || ended_statement.marked)
        return;
    const bool own_thread = description_of(m->which).rows == row_source::log ||
                            std::ranges::find(m->threads, tx.thread_id) != m->threads.end();
    if (ended_statement.text_seen || !own_thread)
        noticed.emplace_back(m->id, "somebody else wrote to " + to_text(m->ghost));
}

void rewriter::state::raise(const alarms& noticed, const coordinate& at)
{
    for (const auto& [id, what] : noticed)
        book.disturb(id, at, what);
}

protocol::result<asks>
rewriter::state::on_query(const coordinate& at, const event_view& event, checksum sum)
{
    const auto query = protocol::parse_query(event.body);
    if (!query)
        return tl::unexpected(query.error());

    // Most are BEGIN and COMMIT, exactly so written by the server.
    if (tx.begun && query->text == "COMMIT") {
        return end_transaction(at, event, sum);
    }
    const bool plain_begin = query->text == "BEGIN" && !tx.begun;
    if (!plain_begin && tx.begun && !tx.filtering && !query->text.starts_with("ROLLBACK")) {
        tx.kept = true;
        pass(event);
        return asks{};
    }

    const lexical_rules rules =
        plain_begin ? lexical_rules{} : rules_of(query->status, set.server_version);
    statement read;
    if (plain_begin)
        read.kind = statement_kind::begin;
    else
        read = read_statement(query->text, query->database, rules, set.names);
    const statement_event s{at, event, *query, read, rules, sum};

    switch (read.kind) {
        case statement_kind::begin:
        case statement_kind::xa_start: begin(s); return asks{};
        case statement_kind::commit:
        case statement_kind::rollback: return end_transaction(at, event, sum);
        case statement_kind::savepoint:
        case statement_kind::xa_end: pass(event); return asks{};
        case statement_kind::xa_commit:
        case statement_kind::xa_rollback:
            if (tx.begun)
                return end_transaction(at, event, sum);
            if (emptied_xa.erase(read.xid) != 0)
                serve_empty(s, 0);
            else
                serve(s);
            return asks{};
        default: break;
    }
    if (tx.begun)
        return on_text_change(s);
    return on_statement(s);
}

void rewriter::state::begin(const statement_event& s)
{
    tx.begun = true;
    tx.begin_header = s.event.header;
    tx.thread_id = s.query.thread_id;
    if (tx.filtering) {
        tx.begin_database = s.query.database;
        tx.begin_status.assign(s.query.status.begin(), s.query.status.end());
        tx.xa_id = s.read.xid;
    }
    pass(s.event);
}

// LOAD DATA logged as a statement: file blocks in front, and a QUERY with 13 bytes more.
protocol::result<asks>
rewriter::state::on_load_data(const coordinate& at, const event_view& event, checksum sum)
{
    constexpr std::size_t query_head = 13;
    constexpr std::size_t load_head = 13;  // file id, two offsets into the text, duplicate handling
    if (!tx.filtering) {
        tx.kept = true;
        pass(event);
        return asks{};
    }
    if (event.body.size() < query_head + load_head)
        return tl::unexpected(protocol::errc::truncated);
    byte_buffer body(event.body.begin(), event.body.begin() + query_head);
    body.insert(body.end(), event.body.begin() + query_head + load_head, event.body.end());
    const auto query = protocol::parse_query(body);
    if (!query)
        return tl::unexpected(query.error());
    const lexical_rules rules = rules_of(query->status, set.server_version);
    const statement read = read_statement(query->text, query->database, rules, set.names);
    return on_text_change({at, event, *query, read, rules, sum});
}

// The source never finished a transaction (it crashed): what came of it stands as it is.
void rewriter::state::leave_unfinished(const coordinate& at)
{
    if (!tx.open)
        return;
    if (std::exchange(tx.gtid_held, false))
        emit.append(byte_view(tx.gtid_event));
    emit.commit({
        .clean_begin = tx.clean_begin,
        .upstream_begin = tx.upstream_begin,
        .upstream_end = at.position,
        .touched = tx.dropped,
        .id = tx.id,
    });
    tx.open = false;
}

// Events are missing from the source's log: any statement may have been among them.
void rewriter::state::on_incident(const coordinate& at)
{
    book.forget_all();
    book.disturb_all(at, "the source's log has a gap (an INCIDENT event)");
}

protocol::result<asks>
rewriter::state::end_transaction(const coordinate& at, const event_view& event, checksum sum)
{
    filter.reset();
    if (!tx.dropped) {
        pass(event);
        commit(at, event, false);
        return asks{};
    }
    book.count_hidden(
        tx.hidden_for, {.transactions = 1, .events = tx.hidden_events, .bytes = tx.hidden_bytes}
    );
    // Transactions of a tool that reads the log hold nothing but its own tables.
    if (const migration* m = book.by_id(tx.ghost_rows_of);
        m && description_of(m->which).rows == row_source::log && tx.kept)
        book.disturb(m->id, at, "somebody else wrote to " + to_text(m->ghost));
    if (!tx.kept) {
        std::optional<std::uint64_t> xid;
        if (event.header.type == event_type::xid) {
            if (const auto own = protocol::parse_xid(event.body))
                xid = *own;
        } else if (event.header.type == event_type::xa_prepare) {
            const auto prepared = protocol::parse_xa_prepare(event.body);
            if (!prepared || !prepared->one_phase)
                emptied_xa.insert(tx.xa_id);
        }
        protocol::event_header like = event.header;
        emit.cut(tx.clean_begin);
        write_empty(like, tx.begin_database, tx.begin_status, tx.thread_id, xid, sum);
        commit(at, event, true);
        return asks{};
    }
    pass(event);
    const auto gtid = protocol::parse_event(tx.gtid_event, sum);
    if (!tx.gtid_event.empty() && gtid) {
        auto patched = protocol::transaction_length_patch(*gtid, emit.clean_end - tx.clean_begin);
        if (!patched)  // an operator's statement that is longer than what it stands for
            return tl::unexpected(patched.error());
        if (std::optional<protocol::length_patch>& length = *patched)
            emit.patch(tx.clean_begin, length->offset, std::move(length->bytes));
    }
    commit(at, event, true);
    return asks{};
}

void rewriter::state::commit(const coordinate& at, const event_view& event, bool touched)
{
    emit.commit({
        .clean_begin = tx.clean_begin,
        .upstream_begin = tx.upstream_begin,
        .upstream_end = at.position + event.whole.size(),
        .touched = touched,
        .id = tx.id,
    });
    tx.open = false;
}

}  // namespace rewrite
