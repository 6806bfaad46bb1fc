#include "rewrite/rewriter.hpp"

#include "rewrite/migration/saved_book.hpp"
#include "rewrite/operator_sql.hpp"
#include "rewrite/rewriter_state.hpp"
#include "rewrite/tagged_record.hpp"

#include <algorithm>
#include <utility>

namespace rewrite {

using protocol::byte_buffer;
using protocol::byte_view;
using protocol::checksum;
using protocol::event_view;

namespace {

// The whole layout changes with the number; fields are added by new tags, whose numbers say whether
// an older program may skip them (tagged_record.hpp).
constexpr std::uint32_t saved_version = 2;
constexpr std::uint8_t tag_clean_end = 128;
constexpr std::uint8_t tag_book = 129;
constexpr std::uint8_t tag_emptied_xa = 130;
constexpr std::uint8_t tag_change_count = 1;

// What is asked of the rows on the way.
std::vector<std::string> conditions_on(const migration& m)
{
    std::vector<std::string> conditions;
    for (const renamed_column& one : m.renamed)
        if (!one.differs.empty())
            conditions.push_back(one.differs);
    return conditions;
}

}  // namespace

rewriter::rewriter(settings chosen) : state_(std::make_unique<state>())
{
    state_->set = std::move(chosen);
}
rewriter::~rewriter() = default;
rewriter::rewriter(rewriter&&) noexcept = default;
rewriter& rewriter::operator=(rewriter&&) noexcept = default;

void rewriter::set_source_version(std::uint32_t version)
{
    if (!version)
        return;
    if (state_->set.server_version != version)
        state_->changes.emplace_back();  // another version says the same of a table otherwise
    state_->set.server_version = version;
}

void rewriter::set_rules(policy rules)
{
    state_->set.rules = std::move(rules);
}

void rewriter::on_source_started()
{
    state_->book.forget_copiers();
    state_->book.forget_temporary();
    // One that was killed may have lost the end of its log, and not what that did to its tables.
    if (!state_->ended_in_order)
        state_->changes.emplace_back();
}

void rewriter::begin_file(std::uint64_t clean_end)
{
    state_->emit.clean_end = clean_end;
    state_->grammar = {};
    state_->writer.reset();
}

protocol::result<std::optional<question>>
rewriter::on_event(const coordinate& at, const event_view& event, checksum sum, outputs& out)
{
    state_->emit.start(out);
    state_->book.set_time(event.header.timestamp);
    auto asked = state_->on_event(at, event, sum);
    if (state_->book.has_news())
        state_->book.take_news(out);
    if (!asked || *asked)
        return asked;
    state_->ended_in_order = event.header.type == protocol::event_type::stop;
    if (!state_->changes.empty()) {
        state_->change_count += state_->changes.size();
        out.schema = std::exchange(state_->changes, {});
    }
    return asked;
}

std::uint64_t rewriter::schema_changes() const
{
    return state_->change_count;
}

void rewriter::abandon_transaction(std::uint64_t clean_end)
{
    state& my = *state_;
    if (my.grammar.open() && my.filtering && my.book_before)
        my.book = *my.book_before;
    my.answer.reset();
    my.judge.open();
    my.history = {};
    begin_file(clean_end);
}

std::uint64_t rewriter::clean_end() const
{
    return state_->emit.clean_end;
}

void rewriter::move_clean_end(std::uint64_t to)
{
    state_->emit.clean_end = to;
}

const protocol::gtid& rewriter::transaction_id() const
{
    return state_->writer.id();
}

void rewriter::decide(decision made)
{
    if (made.counted)
        state_->book.set_count(made.at, *std::move(made.counted));
    else
        state_->answer = std::move(made);
}

std::vector<count_request> rewriter::wanted_counts() const
{
    std::vector<count_request> wanted;
    for (const migration& m : state_->book.live()) {
        const bool will_ask = m.ruling.rests_on.witnessed && m.alters.empty();
        if (!state_->book.awaits_count(m.id) || will_ask)
            continue;
        const bool by_triggers = description_of(m.which).rows == row_source::triggers;
        wanted.push_back({
            .migration = m.id,
            .judged = m.judged,
            .original = m.original,
            .altering = by_triggers && m.triggers.size() < 3 && m.rows.copied == 0,
            .conditions = conditions_on(m),
        });
    }
    return wanted;
}

std::optional<std::int64_t>
rewriter::changed_at(std::uint64_t migration, const snapshot_place& place) const
{
    const rewrite::migration* const m = state_->book.by_id(migration);
    return m ? state_->history.changed_at(migration, place, m->rows.changed) : std::nullopt;
}

bool rewriter::hides_anything() const
{
    return !state_->book.hidden().empty();
}

bool rewriter::in_transaction() const
{
    return state_->grammar.open();
}

std::vector<table_name> rewriter::hidden_tables() const
{
    return state_->book.hidden().names();
}

std::vector<migration_summary> rewriter::migrations() const
{
    return state_->book.summaries();
}

facts rewriter::facts_from_log(const table_name& original, const table_name& ghost) const
{
    // A ghost's CREATE shows the original's definition at that moment.
    const candidate* copy = state_->book.candidate_of(ghost);
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
    const migration* m = state_->book.of_ghost(asked.ghost);
    start.late = m && m->judged_later && !asked.original.empty();
    if (const candidate* ghost = state_->book.candidate_of(asked.ghost);
        ghost && description_of(asked.which).judged_at == verdict_event::binding) {
        start.plan.ghost_create = ghost->created.text;
        if (ghost->alters.size() > 1)
            start.doubt = "the tool's table was altered more than once";
        if (!ghost->alters.empty()) {
            const recorded_statement& alter = ghost->alters.front();
            start.plan.rules = rules_of(alter.status, state_->set.server_version);
            start.plan.time_zone = time_zone_of(alter.status);
            start.plan.strict = is_strict(alter.status);
            start.plan.alter_text = alter.text;
        }
    }
    return start;
}

std::string rewriter::objection_to(std::string_view sql, const question& stop) const
{
    const lexical_rules rules{.server_version = state_->set.server_version};
    return rewrite::objection_to(sql, stop, state_->book.hidden(), rules, state_->set.names);
}

std::string rewriter::definition_at_verdict(std::uint64_t migration) const
{
    const rewrite::migration* const of = state_->book.by_id(migration);
    return of != nullptr && of->known ? of->known->create_table : std::string();
}

byte_buffer rewriter::save() const
{
    byte_buffer saved;
    protocol::writer to(saved);
    to.u32(saved_version);
    tagged_writer record(to);
    record.number(tag_clean_end, state_->emit.clean_end);
    record.field(tag_book, [&](protocol::writer& value) { append_book(value, state_->book); });
    for (const std::string& xid : state_->emptied_xa)
        record.text(tag_emptied_xa, xid);
    record.number(tag_change_count, state_->change_count);
    record.end();
    return saved;
}

// Release 0.1: the fields one after another, without tags.
void rewriter::state::load_v1(protocol::reader& from)
{
    emit.clean_end = from.u64();
    book = read_book_v1(from);
    for (std::uint64_t left = from.lenenc(); left > 0 && from.ok(); --left)
        emptied_xa.emplace(from.text_lenenc());
}

void rewriter::state::load(protocol::reader& from)
{
    for (tagged_reader record(from); record.next();) {
        protocol::reader& value = record.content();
        switch (record.tag()) {
            case tag_clean_end: emit.clean_end = value.u64(); break;
            case tag_book: book = read_book(value); break;
            case tag_emptied_xa: emptied_xa.emplace(protocol::as_text(value.rest())); break;
            case tag_change_count: change_count = value.u64(); break;
            default: record.skip_unknown();
        }
    }
}

protocol::result<rewriter> rewriter::restore(settings chosen, byte_view saved)
{
    rewriter restored(std::move(chosen));
    protocol::reader from(saved);
    switch (from.u32()) {
        case 1: restored.state_->load_v1(from); break;
        case saved_version: restored.state_->load(from); break;
        default: return tl::unexpected(protocol::errc::unsupported);
    }
    if (!from.ok() || from.remaining() != 0)
        return tl::unexpected(protocol::errc::truncated);
    return restored;
}

}  // namespace rewrite
