#include "rewrite/migration/saved_book.hpp"

#include "rewrite/tagged_record.hpp"

namespace rewrite {
namespace {

using protocol::reader;
using protocol::writer;

// The numbers are on disk: never used for anything else. From first_needed_tag on are those without
// which a migration cannot go on.
namespace tag {
enum book : std::uint8_t {
    next_id = 1,
    hidden = 128,
    candidate = 2,
    migration = 129,
    temporary = 3,  // one that does not know it stops needlessly
};
enum statement : std::uint8_t {
    at = 1,
    text = 2,
    database = 3,
    status = 4,
    thread = 5,
    logged_at = 6
};
enum candidate_field : std::uint8_t { name = 1, created = 2, altered = 3 };
enum migration_field : std::uint8_t {
    id = 1,
    which = 128,
    original = 2,
    ghost = 3,
    ruling = 4,
    known = 5,
    created_at = 6,
    judged_at = 7,
    cut_over_at = 8,
    alter = 9,
    trigger = 10,
    thread_id = 11,
    disturbed_by = 12,
    original_types = 13,
    amounts = 14,
    stage = 129,
    lost_trigger = 130,
    announced = 16,
    rider = 131,
    row_format = 132,   // of the facts, after them; until later_facts came
    later_facts = 133,  // after the facts
    rests_on = 134,     // of the ruling, after it
    tally = 17,         // rows are counted; one that does not know it forgets them
    counted = 18,
    ghost_create = 140,
    prepared = 141,
    renamed = 142,
    judged_later = 143,  // with the changelog's name
    damaged_by = 19,
    times = 20,
    served = 21,
};
enum stage_field : std::uint8_t {
    kind = 128,
    away = 129,
    lock = 130,
    list_ghost = 1,
    expected_column = 2,
    checks_shape = 3,
};
}  // namespace tag

// The stage's place in the variant is what is written: new ones go to its end.
constexpr std::size_t stages = std::variant_size_v<migration_stage>;

template <class Enum>
Enum read_enum(reader& from, Enum last)
{
    const std::uint8_t value = from.u8();
    if (value > static_cast<std::uint8_t>(last))
        from.fail();
    return static_cast<Enum>(value);
}

void append_statement(writer& to, const recorded_statement& s)
{
    tagged_writer record(to);
    record.field(tag::at, [&](writer& value) { append_coordinate(value, s.at); });
    record.text(tag::text, s.text).text(tag::database, s.database);
    record.text(tag::status, protocol::as_text(s.status)).number(tag::thread, s.thread_id);
    record.number(tag::logged_at, s.logged_at).end();
}

protocol::byte_buffer bytes_of(reader& from)
{
    const protocol::byte_view all = from.rest();
    return {all.begin(), all.end()};
}

recorded_statement read_statement_record(reader& from)
{
    recorded_statement s;
    for (tagged_reader record(from); record.next();) {
        reader& value = record.content();
        switch (record.tag()) {
            case tag::at: s.at = read_coordinate(value); break;
            case tag::text: s.text = text_of(value); break;
            case tag::database: s.database = text_of(value); break;
            case tag::status: s.status = bytes_of(value); break;
            case tag::thread: s.thread_id = static_cast<std::uint32_t>(value.u64()); break;
            case tag::logged_at: s.logged_at = static_cast<std::uint32_t>(value.u64()); break;
            default: record.skip_unknown();
        }
    }
    return s;
}

void append_candidate(writer& to, const candidate& c)
{
    tagged_writer record(to);
    record.field(tag::name, [&](writer& value) { append_name(value, c.name); });
    record.field(tag::created, [&](writer& value) { append_statement(value, c.created); });
    for (const recorded_statement& one : c.alters)
        record.field(tag::altered, [&](writer& value) { append_statement(value, one); });
    record.end();
}

candidate read_candidate(reader& from)
{
    candidate c;
    for (tagged_reader record(from); record.next();) {
        reader& value = record.content();
        switch (record.tag()) {
            case tag::name: c.name = read_name(value); break;
            case tag::created: c.created = read_statement_record(value); break;
            case tag::altered: c.alters.push_back(read_statement_record(value)); break;
            default: record.skip_unknown();
        }
    }
    return c;
}

void append_stage(writer& to, const migration& m)
{
    tagged_writer record(to);
    record.field(tag::kind, [&](writer& value) {
        value.u8(static_cast<std::uint8_t>(m.stage.index()));
    });
    if (const original_away* away = m.away())
        record.field(tag::away, [&](writer& value) {
            append_name(value, away->to);
            value.u8(away->served);
        });
    if (const original_lock* lock = m.lock())
        record.field(tag::lock, [&](writer& value) { value.u8(static_cast<std::uint8_t>(*lock)); });
    if (const auto* done = std::get_if<cut_over_stage>(&m.stage); done && done->list_ghost)
        record.field(tag::list_ghost, [](writer&) {});
    if (const expected_shape* expected = m.expected()) {
        record.field(tag::checks_shape, [](writer&) {});
        for (const expected_shape::column& column : expected->columns)
            record.field(tag::expected_column, [&](writer& value) {
                value.text_lenenc(column.name);
                if (column.type)
                    value.u8(*column.type);
            });
    }
    record.end();
}

struct stage_parts
{
    std::size_t kind = 0;
    std::optional<original_away> away;
    original_lock lock = original_lock::held;
    bool list_ghost = false;
    std::optional<expected_shape> expected;
};

migration_stage stage_of(stage_parts parts)
{
    switch (parts.kind) {
        case 1: return folding_stage{parts.lock};
        case 2: return half_cut_over_stage{parts.away.value_or(original_away{}), parts.lock};
        case 3: return disturbed_stage{std::move(parts.away)};
        case 4: return strayed_stage{std::move(parts.away)};
        case 5: return cut_over_stage{parts.list_ghost, std::move(parts.expected)};
        case 6: return ended_stage{};
        default: return passing_stage{};
    }
}

expected_shape::column read_column(reader& from)
{
    expected_shape::column column{.name = std::string(from.text_lenenc()), .type = std::nullopt};
    if (from.remaining() != 0)
        column.type = from.u8();
    return column;
}

original_away read_away(reader& from)
{
    original_away away;
    away.to = read_name(from);
    away.served = from.u8() != 0;
    return away;
}

migration_stage read_stage(reader& from)
{
    stage_parts parts{.kind = stages};
    for (tagged_reader record(from); record.next();) {
        reader& value = record.content();
        switch (record.tag()) {
            case tag::kind: parts.kind = value.u8(); break;
            case tag::away: parts.away = read_away(value); break;
            case tag::lock: parts.lock = read_enum(value, original_lock::rows_lost); break;
            case tag::list_ghost: parts.list_ghost = true; break;
            case tag::checks_shape: parts.expected.emplace(); break;
            case tag::expected_column:
                if (parts.expected)
                    parts.expected->columns.push_back(read_column(value));
                break;
            default: record.skip_unknown();
        }
    }
    const bool is_half = parts.kind == migration_stage(half_cut_over_stage{}).index();
    if (parts.kind >= stages || (is_half && !parts.away))
        from.fail();
    return stage_of(std::move(parts));
}

void append_ruling(writer& to, const verdict& ruling)
{
    to.u8(static_cast<std::uint8_t>(ruling.what)).u8(static_cast<std::uint8_t>(ruling.price));
    to.u8(ruling.unproven).text_lenenc(ruling.reason);
}

verdict read_ruling(reader& from)
{
    verdict ruling;
    ruling.what = read_enum(from, outcome::fold);
    ruling.price = read_enum(from, cost::rebuild);
    ruling.unproven = from.u8() != 0;
    ruling.reason = from.text_lenenc();
    return ruling;
}

tool read_tool(reader& from)
{
    const std::uint8_t number = from.u8();
    if (!is_tool(number))
        from.fail();
    return static_cast<tool>(number);
}

// What is known of the rows of both tables.
void append_rows(tagged_writer& record, const migration& m)
{
    if (m.ruling.counts)
        record.field(tag::tally, [&](writer& value) { append_tally(value, m.rows); });
    if (m.counted)
        record.field(tag::counted, [&](writer& value) { append_count(value, *m.counted); });
    for (const renamed_column& one : m.renamed)
        record.field(tag::renamed, [&](writer& value) { append_renamed(value, one); });
}

void append_migration(writer& to, const migration& m)
{
    tagged_writer record(to);
    const auto add_coordinate = [&](std::uint8_t tag, const coordinate& at) {
        record.field(tag, [&](writer& value) { append_coordinate(value, at); });
    };
    record.number(tag::id, m.id);
    record.field(tag::which, [&](writer& value) { value.u8(static_cast<std::uint8_t>(m.which)); });
    record.field(tag::stage, [&](writer& value) { append_stage(value, m); });
    record.field(tag::original, [&](writer& value) { append_name(value, m.original); });
    record.field(tag::ghost, [&](writer& value) { append_name(value, m.ghost); });
    record.field(tag::ruling, [&](writer& value) { append_ruling(value, m.ruling); });
    if (m.known)
        record.field(tag::known, [&](writer& value) { append_facts(value, *m.known); });
    if (m.known)
        record.field(tag::later_facts, [&](writer& value) { append_later_facts(value, *m.known); });
    if (m.ruling.rests_on != proof{})
        record.field(tag::rests_on, [&](writer& value) { append_proof(value, m.ruling.rests_on); });
    append_rows(record, m);
    if (!m.ghost_create.empty())
        record.text(tag::ghost_create, m.ghost_create);
    add_coordinate(tag::created_at, m.created);
    add_coordinate(tag::judged_at, m.judged);
    add_coordinate(tag::cut_over_at, m.cut_over_at);
    for (const recorded_statement& one : m.alters)
        record.field(tag::alter, [&](writer& value) { append_statement(value, one); });
    for (const table_name& trigger : m.triggers)
        record.field(tag::trigger, [&](writer& value) { append_name(value, trigger); });
    if (!m.lost_trigger.empty())
        record.text(tag::lost_trigger, m.lost_trigger);
    for (const std::uint32_t thread : m.threads)
        record.number(tag::thread_id, thread);
    for (const std::uint32_t thread : m.announced)
        record.number(tag::announced, thread);
    for (const rider& one : m.riders)
        record.field(tag::rider, [&](writer& value) {
            append_name(value, one.name);
            append_name(value, one.on);
            append_name(value, one.writes);
        });
    if (m.judged_later)
        record.field(tag::judged_later, [&](writer& value) {
            append_name(value, m.served_changelog);
        });
    if (!m.damaged_by.empty())
        record.text(tag::damaged_by, m.damaged_by);
    for (const std::string& xid : m.prepared)
        record.text(tag::prepared, xid);
    record.text(tag::disturbed_by, m.disturbed_by);
    record.text(tag::original_types, protocol::as_text(m.original_types));
    record.field(tag::amounts, [&](writer& value) {
        value.u64(m.hidden_transactions).u64(m.hidden_events).u64(m.hidden_bytes);
    });
    record.field(tag::times, [&](writer& value) {
        value.u32(m.times.began).u32(m.times.judged).u32(m.times.cut_over).u32(m.times.ended);
    });
    if (!m.served_text.empty())
        record.text(tag::served, m.served_text);
    record.end();
}

migration_times read_times(reader& from)
{
    migration_times times;
    times.began = from.u32();
    times.judged = from.u32();
    times.cut_over = from.u32();
    times.ended = from.u32();
    return times;
}

bool read_field(migration& m, std::uint8_t tag, reader& value)
{
    switch (tag) {
        case tag::id: m.id = value.u64(); return true;
        case tag::which: m.which = read_tool(value); return true;
        case tag::stage: m.stage = read_stage(value); return true;
        case tag::judged_later:
            m.judged_later = true;
            m.served_changelog = read_name(value);
            return true;
        case tag::original: m.original = read_name(value); return true;
        case tag::ghost: m.ghost = read_name(value); return true;
        case tag::ruling: m.ruling = read_ruling(value); return true;
        case tag::known: m.known = read_facts(value); return true;
        case tag::row_format:
            if (m.known)
                m.known->row_format = text_of(value);
            return true;
        case tag::later_facts:
            if (m.known)
                read_later_facts(value, *m.known);
            return true;
        case tag::rests_on: m.ruling.rests_on = read_proof(value); return true;
        case tag::tally:
            m.ruling.counts = true;
            m.rows = read_tally(value);
            return true;
        case tag::counted: m.counted = read_count(value); return true;
        case tag::renamed: m.renamed.push_back(read_renamed(value)); return true;
        case tag::ghost_create: m.ghost_create = text_of(value); return true;
        case tag::created_at: m.created = read_coordinate(value); return true;
        case tag::judged_at: m.judged = read_coordinate(value); return true;
        case tag::cut_over_at: m.cut_over_at = read_coordinate(value); return true;
        case tag::alter: m.alters.push_back(read_statement_record(value)); return true;
        case tag::damaged_by: m.damaged_by = text_of(value); return true;
        case tag::prepared: m.prepared.push_back(text_of(value)); return true;
        case tag::trigger: m.triggers.push_back(read_name(value)); return true;
        case tag::lost_trigger: m.lost_trigger = text_of(value); return true;
        case tag::thread_id:
            m.threads.push_back(static_cast<std::uint32_t>(value.u64()));
            return true;
        case tag::announced:
            m.announced.push_back(static_cast<std::uint32_t>(value.u64()));
            return true;
        case tag::rider: {
            rider& one = m.riders.emplace_back();
            one.name = read_name(value);
            one.on = read_name(value);
            one.writes = read_name(value);
            return true;
        }
        case tag::disturbed_by: m.disturbed_by = text_of(value); return true;
        case tag::original_types: m.original_types = bytes_of(value); return true;
        case tag::amounts:
            m.hidden_transactions = value.u64();
            m.hidden_events = value.u64();
            m.hidden_bytes = value.u64();
            return true;
        case tag::times: m.times = read_times(value); return true;
        case tag::served: m.served_text = text_of(value); return true;
        default: return false;
    }
}

migration read_migration(reader& from)
{
    migration m;
    for (tagged_reader record(from); record.next();)
        if (!read_field(m, record.tag(), record.content()))
            record.skip_unknown();
    if (!is_tool(static_cast<std::uint8_t>(m.which)))
        from.fail();
    return m;
}

void append_hidden(writer& to, const table_name& name, const hidden_object& object)
{
    append_name(to, name);
    to.u8(static_cast<std::uint8_t>(object.role)).u64(object.migration);
}

void append_temporary(writer& to, const temporary_table& table)
{
    to.u32(table.owner.server_id).u32(table.owner.thread_id);
    append_name(to, table.name);
}

temporary_table read_temporary(reader& from)
{
    temporary_table table;
    table.owner.server_id = from.u32();
    table.owner.thread_id = from.u32();
    table.name = read_name(from);
    return table;
}

hidden_object read_hidden(reader& from)
{
    hidden_object object;
    object.role = read_enum(from, helper_role::strayed);
    if (object.role < helper_role::ghost)
        from.fail();
    object.migration = from.u64();
    return object;
}

}  // namespace

void append_book(writer& to, const migration_book& book)
{
    tagged_writer record(to);
    record.number(tag::next_id, book.next_id());
    for (const auto& entry : book.hidden().all())
        record.field(tag::hidden, [&](writer& value) {
            append_hidden(value, entry.first, entry.second);
        });
    for (const auto& one : book.candidates())
        record.field(tag::candidate, [&](writer& value) { append_candidate(value, *one); });
    for (const migration& m : book.live())
        record.field(tag::migration, [&](writer& value) { append_migration(value, m); });
    for (const temporary_table& table : book.temporary().all())
        record.field(tag::temporary, [&](writer& value) { append_temporary(value, table); });
    record.end();
}

migration_book read_book(reader& from)
{
    migration_book::contents all;
    for (tagged_reader record(from); record.next();) {
        reader& value = record.content();
        switch (record.tag()) {
            case tag::next_id: all.next_id = value.u64(); break;
            case tag::hidden: {
                const table_name name = read_name(value);
                all.hidden.hide(name, read_hidden(value));
                break;
            }
            case tag::candidate: all.candidates.push_back(read_candidate(value)); break;
            case tag::migration: all.live.push_back(read_migration(value)); break;
            case tag::temporary: all.temporary.add(read_temporary(value)); break;
            default: record.skip_unknown();
        }
    }
    return migration_book(std::move(all));
}

}  // namespace rewrite
