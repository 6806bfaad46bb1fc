#pragma once

#include "protocol/gtid_set.hpp"
#include "rewrite/upstream.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>

// The last changes of the number of rows of counted originals, transaction by transaction: whether
// a snapshot of the source shows exactly what the log had at a place. Not saved: who asks after a
// restart takes another snapshot.
namespace rewrite {

// What a snapshot of the source may show: all of `executed`, which was read before it was taken,
// and nothing behind `end`, where the source's log ended afterwards.
struct snapshot_place
{
    protocol::gtid_set executed;
    coordinate end;
};

class row_history
{
public:
    // `now`: row_tally::changed after this transaction, which ends at `end` and changed it by `by`.
    void
    add(std::uint64_t migration,
        const coordinate& end,
        const protocol::gtid& id,
        std::int64_t by,
        std::int64_t now);
    // All but those whose count is still to come.
    template <class Awaits>
    void keep_only(Awaits awaits)
    {
        std::erase_if(tables_, [&](const auto& table) { return !awaits(table.first); });
    }

    // row_tally::changed at the place, up to which the log was read, of a table where it is `now`
    // by now. Nothing: it cannot be told what of the table the snapshot shows.
    std::optional<std::int64_t>
    changed_at(std::uint64_t migration, const snapshot_place& place, std::int64_t now) const;

private:
    struct entry
    {
        coordinate end;
        protocol::gtid id;
        std::int64_t after = 0;
    };
    struct table_history
    {
        std::deque<entry> entries;
        std::int64_t before = 0;  // the first of them
        // What was before that and was forgotten, up to here.
        std::optional<coordinate> forgotten;
        protocol::gtid_set forgotten_ids;
    };
    std::map<std::uint64_t, table_history> tables_;
};

// Of a table. Beyond it the oldest are forgotten: snapshots are taken where the log ends.
constexpr std::size_t max_row_history = 4096;

}  // namespace rewrite
