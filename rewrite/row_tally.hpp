#pragma once

#include "protocol/reader.hpp"
#include "protocol/writer.hpp"
#include "rewrite/renamed_column.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// Whether a tool's copy has as many rows as its original, at the moment of the cut-over. The copy
// was empty at the verdict, so what was logged of it since then is all it has. Of the original the
// source counts what it had at some place behind the verdict.
namespace rewrite {

// What the log did to the rows of a migration's two tables since its verdict.
struct row_tally
{
    std::int64_t copied = 0;   // of the copy: inserted less deleted
    std::int64_t changed = 0;  // of the original: the same
    std::string uncounted;     // why these say nothing; empty: they do
};

// The original's rows at a place behind the verdict, as the source counted them.
struct row_count
{
    std::uint64_t rows = 0;
    std::int64_t changed_before = 0;  // row_tally::changed at that place
    std::string uncounted;            // why nobody counted; empty: it was done
    // Of them, those for which each of count_request::conditions was true; empty: not asked.
    std::vector<std::uint64_t> others;
    bool operator==(const row_count&) const = default;
};

// What the original has by now.
inline std::int64_t rows_now(const row_count& counted, const row_tally& tally)
{
    return static_cast<std::int64_t>(counted.rows) + tally.changed - counted.changed_before;
}

// What one transaction did to the tables of a migration.
struct row_change
{
    std::uint64_t migration = 0;
    std::int64_t copied = 0;
    std::int64_t changed = 0;
    std::string uncounted;
    // What they show of migration::renamed, in that order; empty: it has none, or no rows came.
    std::vector<values_seen> original_values;
    std::vector<values_seen> copied_values;
};

void append_tally(protocol::writer& to, const row_tally& value);
row_tally read_tally(protocol::reader& from);  // from.ok() says whether all was there
void append_count(protocol::writer& to, const row_count& value);
row_count read_count(protocol::reader& from);  // without the others

}  // namespace rewrite
