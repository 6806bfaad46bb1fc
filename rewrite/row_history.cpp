#include "rewrite/row_history.hpp"

namespace rewrite {

void row_history::add(
    std::uint64_t migration,
    const coordinate& end,
    const protocol::gtid& id,
    std::int64_t by,
    std::int64_t now
)
{
    const auto [found, fresh] = tables_.try_emplace(migration);
    table_history& table = found->second;
    if (fresh)
        table.before = now - by;
    table.entries.push_back({.end = end, .id = id, .after = now});
    if (table.entries.size() <= max_row_history)
        return;
    entry& oldest = table.entries.front();
    table.before = oldest.after;
    table.forgotten_ids.add(oldest.id);
    table.forgotten = std::move(oldest.end);
    table.entries.pop_front();
}

std::optional<std::int64_t> row_history::changed_at(
    std::uint64_t migration, const snapshot_place& place, std::int64_t now
) const
{
    const auto found = tables_.find(migration);
    if (found == tables_.end())
        return now;
    const table_history& table = found->second;
    const bool too_early = table.forgotten && place.end < *table.forgotten;
    if (too_early || !place.executed.contains(table.forgotten_ids))
        return std::nullopt;
    std::int64_t changed = table.before;
    for (const entry& one : table.entries) {
        if (place.end < one.end)
            break;
        if (!place.executed.contains(one.id))
            return std::nullopt;  // logged, and perhaps not yet to be seen
        changed = one.after;
    }
    return changed;
}

}  // namespace rewrite
