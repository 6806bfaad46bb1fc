#include "rewrite/transaction/copy_watch.hpp"

#include "rewrite/sql/session_rules.hpp"
#include "rewrite/verdict/session_values.hpp"
#include "rewrite/verdict/tool_damage.hpp"

#include <algorithm>

namespace rewrite {
namespace {

// For INSERT, UPDATE and DELETE.
constexpr std::size_t triggers_of_a_run = 3;

bool reads_log(const migration& m)
{
    return description_of(m.which).rows == row_source::log;
}

std::string name_of(const migration& m)
{
    return std::string(to_text(m.which));
}

// Whether a consumer that keeps these values can follow what comes later.
bool is_followed_without(const std::vector<std::size_t>& columns, const migration& m)
{
    const auto table = m.known ? parse_create_table(m.known->create_table) : std::nullopt;
    return table && std::ranges::all_of(columns, [&table](std::size_t column) {
               return column < table->columns.size() &&
                      is_followed_without(table->columns[column], *table);
           });
}

}  // namespace

void copy_watch::open()
{
    originals_.clear();
    ghosts_.clear();
    unread_.clear();
}

void copy_watch::on_original(table_name_view name, const protocol::table_map_view& map)
{
    for (const migration& m : book_.live()) {
        if (m.folding() && is_called(m.original, name))
            originals_.push_back(
                {.migration = m.id,
                 .table_id = map.table_id,
                 .values = reads_log(m) && !m.is<disturbed_stage>() ? std::optional<row_damage>(map)
                                                                    : std::nullopt}
            );
    }
}

void copy_watch::note_rows(
    const coordinate& at, std::uint64_t table_id, const protocol::event_view& event
)
{
    for (original& one : originals_) {
        const migration* m = one.table_id == table_id ? book_.by_id(one.migration) : nullptr;
        if (!m)
            continue;
        one.has_rows = true;
        if (reads_log(*m) && std::ranges::find(unread_, m->id) == unread_.end())
            unread_.push_back(m->id);
        if (!one.values)
            continue;
        if (const auto spoilt = one.values->first_in(event))
            note_damage(at, *m, *spoilt);
    }
}

void copy_watch::note_damage(const coordinate& at, const migration& m, const spoilt_row& row)
{
    std::string text = name_of(m) + " writes other values: " + std::string(row.what) + " of " +
                       to_text(m.original);
    if (set_.rules.keeps_values(m.original) && is_followed_without(row.columns, m))
        book_.note_damage(m.id, at, text + "; consumers keep what was written (damage = \"keep\")");
    else
        book_.disturb(m.id, at, std::move(text));
}

// A server maps each table that a statement's triggers may write, whether they do or not. Rows of
// the original without it come from an applier, or another server: no trigger ran.
void copy_watch::end_statement(const coordinate& at)
{
    for (const original& one : originals_) {
        const migration* m = book_.by_id(one.migration);
        const bool fires = m && !reads_log(*m) && m->triggers.size() >= triggers_of_a_run;
        if (one.has_rows && fires && std::ranges::find(ghosts_, one.migration) == ghosts_.end())
            book_.disturb(
                m->id,
                at,
                "rows of " + to_text(m->original) + " came without " + name_of(*m) +
                    "'s triggers (a replication applier runs none): the copy lacks them"
            );
    }
    originals_.clear();
    ghosts_.clear();
}

// The zone of a session is logged with what goes through local time.
void copy_watch::on_copy(const coordinate& at, const migration& m, protocol::byte_view status)
{
    const std::string zone = time_zone_of(status);
    if (zone.empty() || is_offset(zone) || !m.known || m.known->time_zone.empty() ||
        m.known->time_zone == zone || m.is<disturbed_stage>())
        return;
    const auto table = parse_create_table(m.known->create_table);
    if (!table)
        return;
    migration_plan plan;
    plan.which = m.which;
    plan.original = m.original;
    plan.ghost = m.ghost;
    plan.time_zone = zone;
    plan.rules.server_version = set_.server_version;
    tool_damage damage = damage_by_tool(plan, {}, *table, *m.known);
    if (!damage.text.empty() && (damage.loses_rows || !set_.rules.keeps_values(m.original)))
        book_.disturb(m.id, at, std::move(damage.text));
}

void copy_watch::on_packed(const coordinate& at)
{
    for (const std::uint64_t id : unread_) {
        const migration* m = book_.by_id(id);
        if (m)
            book_.disturb(
                id,
                at,
                name_of(*m) +
                    " does not read compressed transactions "
                    "(binlog_transaction_compression), and one has rows of " +
                    to_text(m->original)
            );
    }
}

void copy_watch::on_prepared(const std::string& xid)
{
    for (const std::uint64_t id : unread_)
        book_.note_prepared(id, xid);
}

}  // namespace rewrite
