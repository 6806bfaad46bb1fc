#include "rewrite/migration/migration.hpp"

namespace rewrite {
namespace {

using protocol::reader;
using protocol::writer;

void append_statement(writer& to, const recorded_statement& s)
{
    append_coordinate(to, s.at);
    to.text_lenenc(s.text).text_lenenc(s.database);
    to.text_lenenc(protocol::as_text(s.status)).u32(s.thread_id);
}

recorded_statement read_recorded_statement(reader& from)
{
    recorded_statement s;
    s.at = read_coordinate(from);
    s.text = from.text_lenenc();
    s.database = from.text_lenenc();
    const protocol::byte_view status = protocol::as_bytes(from.text_lenenc());
    s.status.assign(status.begin(), status.end());
    s.thread_id = from.u32();
    return s;
}

// Reads `count` things as long as bytes are left: a lying count costs nothing.
template <class T, class Read>
std::vector<T> read_list(reader& from, Read read)
{
    std::vector<T> list;
    for (std::uint64_t left = from.lenenc(); left > 0 && from.ok() && from.remaining() > 0; --left)
        list.push_back(read(from));
    return list;
}

void append_shape(writer& to, const expected_shape* shape)
{
    to.u8(shape != nullptr);
    if (!shape)
        return;
    to.lenenc(shape->columns.size());
    for (const auto& column : shape->columns)
        to.text_lenenc(column.name).u8(column.type.has_value()).u8(column.type.value_or(0));
}

std::optional<expected_shape> read_shape(reader& from)
{
    if (!from.u8())
        return std::nullopt;
    expected_shape shape;
    shape.columns = read_list<expected_shape::column>(from, [](reader& in) {
        expected_shape::column column;
        column.name = in.text_lenenc();
        const bool known = in.u8() != 0;
        const std::uint8_t type = in.u8();
        if (known)
            column.type = type;
        return column;
    });
    return shape;
}

struct flags
{
    bool sentry_dropped = false;
    bool lost_rows = false;
    table_name away;
    bool away_served = false;
    bool list_ghost = false;
    bool strayed_ghost = false;
};

void append_flags(writer& to, const migration& m)
{
    original_lock lock = original_lock::held;
    if (const auto* folding = std::get_if<folding_stage>(&m.stage))
        lock = folding->lock;
    else if (const auto* half = std::get_if<half_cut_over_stage>(&m.stage))
        lock = half->lock;
    const original_away away = m.away() ? *m.away() : original_away{};
    const auto* done = std::get_if<cut_over_stage>(&m.stage);
    to.text_lenenc(m.disturbed_by);
    to.u8(lock == original_lock::sentry_dropped).u8(lock == original_lock::rows_lost);
    append_name(to, away.to);
    to.u8(away.served).u8(done && done->list_ghost).u8(m.is<strayed_stage>());
}

flags read_flags(reader& from)
{
    flags read;
    read.sentry_dropped = from.u8() != 0;
    read.lost_rows = from.u8() != 0;
    read.away = read_name(from);
    read.away_served = from.u8() != 0;
    read.list_ghost = from.u8() != 0;
    read.strayed_ghost = from.u8() != 0;
    return read;
}

migration_stage
stage_of(migration_state state, const flags& read, std::optional<expected_shape> expected)
{
    const original_lock lock = read.lost_rows        ? original_lock::rows_lost
                               : read.sentry_dropped ? original_lock::sentry_dropped
                                                     : original_lock::held;
    std::optional<original_away> away;
    if (!read.away.empty())
        away = {read.away, read.away_served};
    switch (state) {
        case migration_state::folding:
            if (away)
                return half_cut_over_stage{*away, lock};
            return folding_stage{lock};
        case migration_state::passing: return passing_stage{};
        case migration_state::cut_over: return cut_over_stage{read.list_ghost, std::move(expected)};
        case migration_state::disturbed: return disturbed_stage{away};
        case migration_state::candidate:
        case migration_state::ended: break;
    }
    if (read.strayed_ghost)
        return strayed_stage{away};
    return ended_stage{};
}

}  // namespace

const original_away* migration::away() const
{
    if (const auto* half = std::get_if<half_cut_over_stage>(&stage))
        return &half->away;
    const std::optional<original_away>* kept = nullptr;
    if (const auto* disturbed = std::get_if<disturbed_stage>(&stage))
        kept = &disturbed->away;
    else if (const auto* strayed = std::get_if<strayed_stage>(&stage))
        kept = &strayed->away;
    return kept && *kept ? &**kept : nullptr;
}

bool migration::lost_rows() const
{
    if (const auto* folding = std::get_if<folding_stage>(&stage))
        return folding->lock == original_lock::rows_lost;
    const auto* half = std::get_if<half_cut_over_stage>(&stage);
    return half && half->lock == original_lock::rows_lost;
}

const expected_shape* migration::expected() const
{
    const auto* done = std::get_if<cut_over_stage>(&stage);
    return done && done->expected ? &*done->expected : nullptr;
}

migration_state state_of(const migration& m)
{
    struct namer
    {
        migration_state operator()(const passing_stage&) { return migration_state::passing; }
        migration_state operator()(const folding_stage&) { return migration_state::folding; }
        migration_state operator()(const half_cut_over_stage&) { return migration_state::folding; }
        migration_state operator()(const disturbed_stage&) { return migration_state::disturbed; }
        migration_state operator()(const strayed_stage&) { return migration_state::ended; }
        migration_state operator()(const cut_over_stage&) { return migration_state::cut_over; }
        migration_state operator()(const ended_stage&) { return migration_state::ended; }
    };
    return std::visit(namer{}, m.stage);
}

migration_summary summary_of(const migration& m)
{
    return {
        .id = m.id,
        .which = m.which,
        .original = m.original,
        .ghost = m.ghost,
        .state = state_of(m),
        .ruling = m.ruling,
        .created = m.created,
        .judged = m.judged,
        .cut_over_at = m.cut_over_at,
        .alter_text = m.alters.empty() ? std::string() : m.alters.front().text,
        .disturbed_by = m.disturbed_by,
        .hidden_transactions = m.hidden_transactions,
        .hidden_events = m.hidden_events,
        .hidden_bytes = m.hidden_bytes,
    };
}

void append_migration(writer& to, const migration& m)
{
    to.u64(m.id).u8(static_cast<std::uint8_t>(m.which)).u8(static_cast<std::uint8_t>(state_of(m)));
    append_name(to, m.original);
    append_name(to, m.ghost);
    to.u8(static_cast<std::uint8_t>(m.ruling.what)).text_lenenc(m.ruling.reason);
    to.u8(static_cast<std::uint8_t>(m.ruling.price)).u8(m.ruling.unproven);
    to.u8(m.known.has_value());
    if (m.known)
        append_facts(to, *m.known);
    append_coordinate(to, m.created);
    append_coordinate(to, m.judged);
    append_coordinate(to, m.cut_over_at);
    to.lenenc(m.alters.size());
    for (const auto& alter : m.alters)
        append_statement(to, alter);
    to.lenenc(m.triggers.size());
    for (const auto& trigger : m.triggers)
        append_name(to, trigger);
    to.lenenc(m.threads.size());
    for (const std::uint32_t thread : m.threads)
        to.u32(thread);
    append_flags(to, m);
    to.text_lenenc(protocol::as_text(m.original_types));
    append_shape(to, m.expected());
    to.u64(m.hidden_transactions).u64(m.hidden_events).u64(m.hidden_bytes);
}

migration read_migration(reader& from)
{
    migration m;
    m.id = from.u64();
    m.which = static_cast<tool>(from.u8());
    const auto state = static_cast<migration_state>(from.u8());
    m.original = read_name(from);
    m.ghost = read_name(from);
    m.ruling.what = static_cast<outcome>(from.u8());
    m.ruling.reason = from.text_lenenc();
    m.ruling.price = static_cast<cost>(from.u8());
    m.ruling.unproven = from.u8() != 0;
    if (from.u8())
        m.known = read_facts(from);
    m.created = read_coordinate(from);
    m.judged = read_coordinate(from);
    m.cut_over_at = read_coordinate(from);
    m.alters = read_list<recorded_statement>(from, read_recorded_statement);
    m.triggers = read_list<table_name>(from, read_name);
    m.threads = read_list<std::uint32_t>(from, [](reader& in) { return in.u32(); });
    m.disturbed_by = from.text_lenenc();
    const flags read = read_flags(from);
    const protocol::byte_view types = protocol::as_bytes(from.text_lenenc());
    m.original_types.assign(types.begin(), types.end());
    m.stage = stage_of(state, read, read_shape(from));
    m.hidden_transactions = from.u64();
    m.hidden_events = from.u64();
    m.hidden_bytes = from.u64();
    return m;
}

void append_candidate(writer& to, const candidate& c)
{
    append_name(to, c.name);
    append_statement(to, c.created);
    to.lenenc(c.alters.size());
    for (const auto& alter : c.alters)
        append_statement(to, alter);
}

candidate read_candidate(reader& from)
{
    candidate c;
    c.name = read_name(from);
    c.created = read_recorded_statement(from);
    c.alters = read_list<recorded_statement>(from, read_recorded_statement);
    return c;
}

}  // namespace rewrite
