#include "rewrite/transaction/row_counter.hpp"

#include "protocol/row_image.hpp"

#include <algorithm>

namespace rewrite {
namespace {

// Original and copy of the few migrations that go on at a time.
constexpr std::size_t max_layouts = 16;

// What a row of such an event does to the number of rows.
int rows_gained(protocol::event_type type)
{
    switch (type) {
        case protocol::event_type::write_rows_v1:
        case protocol::event_type::write_rows: return 1;
        case protocol::event_type::delete_rows_v1:
        case protocol::event_type::delete_rows: return -1;
        default: return 0;
    }
}

}  // namespace

void row_counter::begin()
{
    watched_.clear();
    changes_.clear();
}

void row_counter::watch(
    const migration& m, counted_table which, const protocol::table_map_view& map
)
{
    watched_table& table = watched_.emplace_back(watched_table{
        .table_id = map.table_id,
        .migration = m.id,
        .which = which,
        .layout = layout_of(map),
    });
    for (const renamed_column& one : m.renamed)
        table.columns.push_back(which == counted_table::copy ? one.new_place : one.place);
}

std::shared_ptr<const protocol::row_layout>
row_counter::layout_of(const protocol::table_map_view& map)
{
    const auto known = std::ranges::find_if(layouts_, [&map](const known_layout& one) {
        return std::ranges::equal(one.types, map.column_types) &&
               std::ranges::equal(one.metadata, map.column_metadata);
    });
    if (known != layouts_.end())
        return known->layout;
    if (layouts_.size() == max_layouts)
        layouts_.erase(layouts_.begin());
    known_layout& fresh = layouts_.emplace_back();
    fresh.types.assign(map.column_types.begin(), map.column_types.end());
    fresh.metadata.assign(map.column_metadata.begin(), map.column_metadata.end());
    if (auto layout = protocol::row_layout::of(map))
        fresh.layout = std::make_shared<const protocol::row_layout>(*std::move(layout));
    return fresh.layout;
}

void row_counter::on_rows(const protocol::event_view& event, std::uint64_t table_id)
{
    const int gained = rows_gained(event.header.type);
    for (const watched_table& table : watched_) {
        if (table.table_id != table_id || (gained == 0 && table.columns.empty()))
            continue;
        const auto rows = protocol::parse_rows(event);
        if (rows && !table.columns.empty())
            note_values(table, *rows);
        if (gained == 0)
            continue;
        const auto count =
            table.layout && rows
                ? protocol::count_rows(*table.layout, *rows)
                : protocol::result<std::uint64_t>(tl::unexpected(protocol::errc::unsupported));
        if (!count) {
            give_up(table.migration, "rows in the log cannot be read");
            continue;
        }
        row_change& change = change_of(table.migration);
        std::int64_t& sum = table.which == counted_table::copy ? change.copied : change.changed;
        sum += gained * static_cast<std::int64_t>(*count);
    }
}

void row_counter::note_values(const watched_table& table, const protocol::rows_view& rows)
{
    if (rows.columns_after.empty())
        return;  // they go
    row_change& change = change_of(table.migration);
    std::vector<values_seen>& seen =
        table.which == counted_table::copy ? change.copied_values : change.original_values;
    seen.resize(table.columns.size());
    const auto fail = [&seen] {
        for (values_seen& one : seen)
            one.add_unread();
    };
    auto walker = table.layout ? protocol::row_walker::of(*table.layout, rows)
                               : tl::unexpected(protocol::errc::unsupported);
    if (!walker)
        return fail();
    protocol::row_image image;
    auto more = walker->next(image);
    for (; more && *more; more = walker->next(image)) {
        for (std::size_t i = 0; image.after && i < seen.size(); ++i) {
            const auto value =
                std::ranges::find(image.columns, table.columns[i], &protocol::column_value::column);
            if (value == image.columns.end() || value->json_diff)
                seen[i].add_unread();
            else
                seen[i].add(*value);
        }
    }
    if (!more)
        fail();
}

row_change& row_counter::change_of(std::uint64_t migration)
{
    const auto found = std::ranges::find(changes_, migration, &row_change::migration);
    if (found != changes_.end())
        return *found;
    return changes_.emplace_back(row_change{.migration = migration});
}

void row_counter::give_up(std::string_view why)
{
    for (row_change& change : changes_)
        change.uncounted = why;
}

void row_counter::give_up(std::uint64_t migration, std::string_view why)
{
    change_of(migration).uncounted = why;
}

}  // namespace rewrite
