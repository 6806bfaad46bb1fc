#include "rewrite/rewriter.hpp"

#include "protocol/control_event.hpp"
#include "protocol/status_variables.hpp"
#include "rewrite/client_charset.hpp"
#include "rewrite/rewriter_state.hpp"

#include <algorithm>

namespace rewrite {

using protocol::byte_buffer;
using protocol::byte_view;
using protocol::checksum;
using protocol::event_type;
using protocol::event_view;

namespace {

// XIDs are unique per file, and a server refuses to start on a log that repeats one: ours lie where
// no server counts to.
constexpr std::uint64_t own_xid = std::uint64_t{1} << 63;

constexpr std::uint32_t saved_version = 1;

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

rewriter::rewriter(settings chosen) : state_(std::make_unique<state>())
{
    state_->set = std::move(chosen);
}
rewriter::~rewriter() = default;
rewriter::rewriter(rewriter&&) noexcept = default;
rewriter& rewriter::operator=(rewriter&&) noexcept = default;

void rewriter::begin_file(const coordinate&, std::uint64_t clean_end)
{
    state_->emit.clean_end = clean_end;
    state_->tx = {};
    state_->filter.reset();
}

protocol::result<std::optional<question>>
rewriter::on_event(const coordinate& at, const event_view& event, checksum sum, outputs& out)
{
    state_->emit.start(out);
    return state_->on_event(at, event, sum);
}

void rewriter::decide(decision made)
{
    state_->answer = std::move(made);
}

bool rewriter::hides_anything() const
{
    return !state_->hidden.empty();
}

bool rewriter::in_transaction() const
{
    return state_->tx.open;
}

std::vector<table_name> rewriter::hidden_tables() const
{
    return state_->hidden.names();
}

std::vector<migration_summary> rewriter::migrations() const
{
    std::vector<migration_summary> all = state_->ended;
    for (const migration& m : state_->live)
        all.push_back(summary_of(m));
    return all;
}

facts rewriter::facts_from_log(const table_name& original, const table_name& ghost) const
{
    // pt-osc made its table's CREATE from the original's definition at that moment.
    const candidate* copy = state_->candidate_of(ghost);
    return state_->seen.of(original, copy ? copy->created.text : std::string());
}

wait_start rewriter::wait_for(const question& asked) const
{
    wait_start start{
        .asked = asked,
        .rules = state_->set.rules,
        .names = state_->set.names,
        .server_version = state_->set.server_version,
    };
    start.plan.which = asked.which;
    start.plan.original = asked.original;
    start.plan.ghost = asked.ghost;
    if (asked.kind == question_kind::second_half) {
        start.away = table_name{asked.original.schema, asked.text};
        return start;
    }
    if (const candidate* ghost = state_->candidate_of(asked.ghost);
        ghost && asked.which == tool::pt_osc) {
        start.plan.ghost_create = ghost->created.text;
        if (ghost->alters.size() > 1)
            start.doubt = "the tool's table was altered more than once";
        if (!ghost->alters.empty()) {
            const recorded_statement& alter = ghost->alters.front();
            start.plan.rules = rules_of(alter.status, state_->set.server_version);
            start.plan.alter_text = alter.text;
            start.plan.clauses_offset =
                read_statement(alter.text, alter.database, start.plan.rules, state_->set.names)
                    .clauses_offset;
        }
    }
    return start;
}

byte_buffer rewriter::save() const
{
    byte_buffer saved;
    protocol::writer to(saved);
    const state& now = *state_;
    to.u32(saved_version).u64(now.emit.clean_end).u64(now.next_migration);
    now.hidden.save(to);
    to.lenenc(now.candidates.size());
    for (const candidate& c : now.candidates)
        append_candidate(to, c);
    to.lenenc(now.live.size());
    for (const migration& m : now.live)
        append_migration(to, m);
    to.lenenc(now.emptied_xa.size());
    for (const std::string& xid : now.emptied_xa)
        to.text_lenenc(xid);
    return saved;
}

protocol::result<rewriter> rewriter::restore(settings chosen, byte_view saved)
{
    rewriter restored(std::move(chosen));
    state& now = *restored.state_;
    protocol::reader from(saved);
    if (from.u32() != saved_version)
        return tl::unexpected(protocol::errc::unsupported);
    now.emit.clean_end = from.u64();
    now.next_migration = from.u64();
    now.hidden.load(from);
    for (std::uint64_t left = from.lenenc(); left > 0 && from.ok(); --left)
        now.candidates.push_back(read_candidate(from));
    for (std::uint64_t left = from.lenenc(); left > 0 && from.ok(); --left)
        now.live.push_back(read_migration(from));
    for (std::uint64_t left = from.lenenc(); left > 0 && from.ok(); --left)
        now.emptied_xa.emplace(from.text_lenenc());
    if (!from.ok() || from.remaining() != 0)
        return tl::unexpected(protocol::errc::truncated);
    return restored;
}

// ---- events and transactions
// ------------------------------------------------------------------------

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
                watch.marked = text && has_tool_marker(*text);
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
    tx.filtering = watching();
    tx.streams = hidden.empty();
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
    // What a statement in a GTID of its own becomes is known only when it is served.
    if (tx.begun && tx.streams && hidden.empty())
        emit.may_publish();
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

    object = hidden.find(name);
    if (object && object->role == hidden_role::strayed) {
        const table_name who{std::string(name.schema), std::string(name.table)};
        if (!told())
            return stop(
                at,
                stop_reason::hidden_renamed_away,
                object->migration,
                "rows of " + to_text(who) +
                    ", which is a tool's table under a new name and was never served"
            );
        if (word->word == operator_word::pass) {
            hidden.free(who);
            object = nullptr;
        } else {
            hidden.hide(who, {.role = hidden_role::old, .migration = object->migration});
            object = hidden.find(who);
        }
    }
    if (object) {
        if (object->role == hidden_role::ghost)
            watch.ghost_of = object->migration;
        return std::nullopt;
    }

    for (migration& m : live) {
        if (!m.expected || m.original.schema != name.schema || m.original.table != name.table)
            continue;
        if (std::string what = difference(*m.expected, map); !what.empty() && !told())
            return stop(
                at,
                stop_reason::after_check,
                m.id,
                to_text(m.original) + " does not look as the folded ALTER leaves it: " + what
            );
        m.expected.reset();
    }
    std::erase_if(candidates, [&](const candidate& c) {
        return c.name.schema == name.schema && c.name.table == name.table;
    });
    for (migration& m : live) {
        if (!m.folding())
            continue;
        // Consumers have these rows; the ghost, which comes next, does not.
        if (m.away_served && m.away.schema == name.schema && m.away.table == name.table)
            m.lost_rows = true;
        if (m.original.schema != name.schema || m.original.table != name.table)
            continue;
        watch.original_mapped = true;
        m.original_types.assign(map.column_types.begin(), map.column_types.end());
        if (m.sentry_dropped)
            m.lost_rows = true;
    }
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
    const migration* m = by_id(ended_statement.ghost_of);
    if (!m || !m->folding())
        return;
    tx.ghost_rows_of = m->id;
    if (ended_statement.original_mapped || ended_statement.marked)
        return;
    const bool own_thread =
        m->which == tool::gh_ost || std::ranges::find(m->threads, tx.thread_id) != m->threads.end();
    if (ended_statement.text_seen || !own_thread)
        noticed.emplace_back(m->id, "somebody else wrote to " + to_text(m->ghost));
}

void rewriter::state::raise(const alarms& noticed, const coordinate& at)
{
    for (const auto& [id, what] : noticed)
        if (migration* m = by_id(id))
            disturb(*m, at, what);
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

// A statement in a transaction: row changes in text, or the CREATE TABLE of CREATE ... SELECT.
asks rewriter::state::on_text_change(const statement_event& s)
{
    std::optional<decision> word;
    text_fate fate;
    alarms noticed;
    if (asks asked = judge_text(s.at, s.read, s.query.text, word, fate, noticed))
        return asked;
    if (const table_reference* target = s.read.first(table_role::target);
        target && !s.read.temporary &&
        (s.read.kind == statement_kind::create_table ||
         s.read.kind == statement_kind::create_table_select))
        made_in_transaction(target->name, s.at);
    raise(noticed, s.at);
    if (fate.instead && !tx.begun) {
        serve_text(s, *fate.instead);
        return std::nullopt;
    }
    const filter_step step = filter.on_text(fate.drop, next_place());
    if (fate.drop) {
        hide(s.event, fate.whose);
        if (const migration* m = fate.remark ? by_id(fate.whose) : nullptr)
            remark_on(
                remark_kind::statement_emptied,
                *m,
                s.at,
                "a statement that reads hidden tables and writes only tables that may differ"
            );
    } else if (fate.instead) {
        protocol::query_view query = s.query;
        query.text = *fate.instead;
        protocol::event_header header = s.event.header;
        header.type = event_type::query;
        byte_buffer event;
        protocol::append_query(event, header, query, s.sum);
        if (std::exchange(tx.gtid_held, false))
            emit.append(byte_view(tx.gtid_event));
        emit.append(std::move(event));
        tx.dropped = true;
    } else {
        pass(s.event);
    }
    carry_out(step);
    return std::nullopt;
}

// CREATE TABLE ... SELECT in row format: the table is made in the transaction of its rows.
void rewriter::state::made_in_transaction(const table_name& table, const coordinate& at)
{
    name_taken(table, at);
    forget_candidate(table);
}

asks rewriter::state::judge_text(
    const coordinate& at,
    const statement& read,
    std::string_view text,
    std::optional<decision>& word,
    text_fate& fate,
    alarms& noticed
)
{
    const bool makes = read.kind == statement_kind::create_table ||
                       read.kind == statement_kind::create_table_select;
    std::size_t hidden_targets = 0;
    std::size_t open_targets = 0;
    bool reads_hidden = false;
    bool may_differ = true;
    table_name which;
    for (const table_reference& reference : read.tables) {
        const hidden_object* object = hidden.find(reference.name);
        const bool target = reference.role == table_role::target;
        if (makes && target)
            continue;  // that name is free, or it could not be made
        if (object) {
            fate.whose = object->migration;
            which = reference.name;
        }
        if (target)
            ++(object ? hidden_targets : open_targets);
        else if (object)
            reads_hidden = true;
        if (target && !object &&
            std::ranges::find(set.rules.may_differ, reference.name) == set.rules.may_differ.end())
            may_differ = false;
    }
    const bool unreadable =
        (read.kind == statement_kind::unreadable || hides_behind_charset(read)) && !hidden.empty();

    fate.drop = hidden_targets > 0 && open_targets == 0;
    if (!fate.drop && reads_hidden && open_targets > 0 && may_differ) {
        fate.drop = true;
        fate.remark = true;
    }
    if (!fate.drop && (unreadable || hidden_targets > 0 || reads_hidden)) {
        if (!word)
            word = take(question_kind::stop, at);
        if (!word)
            return stop(
                at,
                unreadable ? stop_reason::unreadable : stop_reason::hidden_named,
                fate.whose,
                unreadable
                    ? "a statement cannot be read, and a tool's table is hidden that it may name"
                    : "a logged statement needs " + to_text(which) + ", which is hidden"
            );
        fate.drop = word->word == operator_word::empty;
        if (word->word == operator_word::sql)
            fate.instead = word->sql;
    }

    std::erase_if(candidates, [&](const candidate& c) {
        return std::ranges::any_of(read.tables, [&](const table_reference& reference) {
            return reference.name == c.name &&
                   (reference.role == table_role::target || reference.written);
        });
    });
    for (const migration& m : live) {
        if (!m.folding())
            continue;
        // gh-ost reads rows from the log: what a statement changes it never sees.
        const bool writes_original =
            read.kind == statement_kind::unreadable ||
            std::ranges::any_of(read.tables, [&](const table_reference& reference) {
                return (reference.name == m.original || reference.name == m.away || !reference.exact
                       ) &&
                       (reference.role == table_role::target || reference.written);
            });
        if (m.which == tool::gh_ost && writes_original && !fate.drop)
            noticed.emplace_back(
                m.id, "rows were changed by a statement logged as text, which gh-ost does not see"
            );
        if (fate.drop && !fate.remark && which == m.ghost && !has_tool_marker(text))
            noticed.emplace_back(m.id, "somebody else wrote to " + to_text(m.ghost));
    }
    return std::nullopt;
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
    candidates.clear();
    for (migration& m : live)
        disturb(m, at, "the source's log has a gap (an INCIDENT event)");
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
    if (migration* m = by_id(tx.hidden_for)) {
        m->hidden_events += tx.hidden_events;
        m->hidden_bytes += tx.hidden_bytes;
        ++m->hidden_transactions;
    }
    // gh-ost's transactions hold nothing but its own tables.
    if (migration* m = by_id(tx.ghost_rows_of); m && m->which == tool::gh_ost && tx.kept)
        disturb(*m, at, "somebody else wrote to " + to_text(m->ghost));
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
        const auto patched =
            protocol::transaction_length_patch(*gtid, emit.clean_end - tx.clean_begin);
        if (!patched)  // an operator's statement that is longer than what it stands for
            return tl::unexpected(patched.error());
        if (*patched)
            emit.patch(tx.clean_begin, (*patched)->offset, std::move((*patched)->bytes));
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

// ---- one statement as a transaction
// ------------------------------------------------------------------

void rewriter::state::serve(const statement_event& s)
{
    pass(s.event);
    commit(s.at, s.event, false);
}

void rewriter::state::serve_text(const statement_event& s, std::string_view text)
{
    protocol::query_view query = s.query;
    query.text = text;
    serve_query(s, query, s.event.header.flags);
}

// A text of ours, in UTF-8 whatever the client's character set was.
void rewriter::state::serve_utf8_text(const statement_event& s, std::string_view text)
{
    if (is_ascii(text) || family_of(s.rules.charset) == charset_family::utf8) {
        serve_text(s, text);
        return;
    }
    constexpr std::uint16_t utf8mb3_general_ci = 33;
    byte_buffer status(s.query.status.begin(), s.query.status.end());
    if (const auto variables = protocol::parse_status_variables(status))
        for (const protocol::status_variable& variable : *variables)
            if (variable.code == protocol::status_code::charset && variable.bytes.size() == 7)
                protocol::store(
                    status.data() + (variable.bytes.data() - status.data()) + 1, utf8mb3_general_ci
                );
    protocol::query_view query = s.query;
    query.text = text;
    query.status = status;
    serve_query(s, query, s.event.header.flags);
}

void rewriter::state::serve_query(
    const statement_event& s, const protocol::query_view& query, std::uint16_t flags
)
{
    protocol::event_header header = s.event.header;
    header.type = event_type::query;
    header.flags = flags;
    byte_buffer event;
    protocol::append_query(event, header, query, s.sum);
    emit.cut(tx.clean_begin);
    write_whole(std::move(event), s.sum);
    commit(s.at, s.event, true);
}

void rewriter::state::serve_empty(const statement_event& s, std::uint64_t owner)
{
    std::optional<std::uint64_t> xid;
    if (const auto session = protocol::read_session_state(s.query.status))
        xid = session->ddl_xid;
    emit.cut(tx.clean_begin);
    write_empty(s.event.header, s.query.database, s.query.status, s.query.thread_id, xid, s.sum);
    if (migration* m = by_id(owner)) {
        ++m->hidden_transactions;
        ++m->hidden_events;
        m->hidden_bytes += s.event.whole.size();
    }
    commit(s.at, s.event, true);
}

void rewriter::state::write_empty(
    const protocol::event_header& like,
    std::string_view database,
    byte_view status,
    std::uint32_t thread_id,
    std::optional<std::uint64_t> xid,
    checksum sum
)
{
    byte_buffer rest = make_begin(like, database, status, thread_id, sum);
    const std::size_t begin_size = rest.size();
    protocol::event_header header = like;
    header.type = event_type::xid;
    header.flags = 0;
    const std::uint64_t xid_size = protocol::event_header_size + 8 + protocol::checksum_size(sum);
    const auto gtid = protocol::parse_event(tx.gtid_event, sum);
    if (!tx.gtid_event.empty() && gtid)
        if (auto head = protocol::with_transaction_length(*gtid, sum, begin_size + xid_size))
            emit.append(std::move(*head));
    tx.gtid_held = false;
    emit.append(std::move(rest));
    byte_buffer end;
    protocol::append_xid(end, header, xid.value_or(own_xid + emit.clean_end), sum);
    emit.append(std::move(end));
}

// The GTID event with its new length, and the one event that is the transaction.
void rewriter::state::write_whole(byte_buffer event, checksum sum)
{
    const auto gtid = protocol::parse_event(tx.gtid_event, sum);
    if (!tx.gtid_event.empty() && gtid)
        if (auto head = protocol::with_transaction_length(*gtid, sum, event.size()))
            emit.append(std::move(*head));
    tx.gtid_held = false;
    emit.append(std::move(event));
}

// ---- shared
// ------------------------------------------------------------------------------------------

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
