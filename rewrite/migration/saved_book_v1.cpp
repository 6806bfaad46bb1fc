#include "rewrite/migration/saved_book.hpp"

// What release 0.1 saved.
namespace rewrite {
namespace {

using protocol::reader;

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

std::optional<expected_shape> read_shape(reader& from)
{
    if (!from.u8())
        return std::nullopt;
    expected_shape shape;
    shape.columns = read_list<expected_shape::column>(from, [](reader& in) {
        expected_shape::column column;
        column.name = in.text_lenenc();
        const bool has_type = in.u8() != 0;
        const std::uint8_t type = in.u8();
        if (has_type)
            column.type = type;
        return column;
    });
    return shape;
}

struct stage_flags
{
    std::uint8_t state = 0;
    bool sentry_dropped = false;
    bool lost_rows = false;
    table_name away;
    bool away_served = false;
    bool list_ghost = false;
    bool strayed_ghost = false;
};

void read_flags(reader& from, stage_flags& read)
{
    read.sentry_dropped = from.u8() != 0;
    read.lost_rows = from.u8() != 0;
    read.away = read_name(from);
    read.away_served = from.u8() != 0;
    read.list_ghost = from.u8() != 0;
    read.strayed_ghost = from.u8() != 0;
}

migration_stage stage_of(const stage_flags& read, std::optional<expected_shape> expected)
{
    const original_lock lock = read.lost_rows        ? original_lock::rows_lost
                               : read.sentry_dropped ? original_lock::sentry_dropped
                                                     : original_lock::held;
    std::optional<original_away> away;
    if (!read.away.empty())
        away = {read.away, read.away_served};
    switch (read.state) {
        case 1:
            if (away)
                return half_cut_over_stage{*away, lock};
            return folding_stage{lock};
        case 2: return passing_stage{};
        case 3: return cut_over_stage{read.list_ghost, std::move(expected)};
        case 5: return disturbed_stage{away};
        default: break;
    }
    if (read.strayed_ghost)
        return strayed_stage{away};
    return ended_stage{};
}

migration read_migration_v1(reader& from)
{
    migration m;
    stage_flags flags;
    m.id = from.u64();
    const std::uint8_t number = from.u8();
    if (!is_tool(number))
        from.fail();
    m.which = static_cast<tool>(number);
    flags.state = from.u8();
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
    read_flags(from, flags);
    const protocol::byte_view types = protocol::as_bytes(from.text_lenenc());
    m.original_types.assign(types.begin(), types.end());
    m.stage = stage_of(flags, read_shape(from));
    m.hidden_transactions = from.u64();
    m.hidden_events = from.u64();
    m.hidden_bytes = from.u64();
    return m;
}

candidate read_candidate_v1(reader& from)
{
    candidate c;
    c.name = read_name(from);
    c.created = read_recorded_statement(from);
    c.alters = read_list<recorded_statement>(from, read_recorded_statement);
    return c;
}

}  // namespace

migration_book read_book_v1(reader& from)
{
    migration_book::contents all;
    all.next_id = from.u64();
    for (std::uint64_t left = from.lenenc(); left > 0 && from.ok(); --left) {
        const table_name name = read_name(from);
        const auto role = static_cast<helper_role>(from.u8());
        all.hidden.hide(name, {.role = role, .migration = from.u64()});
    }
    for (std::uint64_t left = from.lenenc(); left > 0 && from.ok(); --left)
        all.candidates.push_back(read_candidate_v1(from));
    for (std::uint64_t left = from.lenenc(); left > 0 && from.ok(); --left)
        all.live.push_back(read_migration_v1(from));
    return migration_book(std::move(all));
}

}  // namespace rewrite
