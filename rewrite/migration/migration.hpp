#pragma once

#include "rewrite/migration/hidden_objects.hpp"
#include "rewrite/output.hpp"
#include "rewrite/renamed_column.hpp"
#include "rewrite/row_tally.hpp"
#include "rewrite/verdict/fold_plan.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

// One schema change: what was recorded of it, and its stage. Everything here outlives a restart and
// never expires: a resumed run issues no DDL, days later. migration_book alone changes one.
namespace rewrite {

// A statement as it was logged: what an emitted one is made from.
struct recorded_statement
{
    coordinate at;
    std::string text;
    std::string database;
    protocol::byte_buffer status;  // status variables, whole
    std::uint32_t thread_id = 0;
    std::uint32_t logged_at = 0;  // seconds since 1970
};

// A table that a tool may have made: created in this log, empty since. Statements bind it, or not.
struct candidate
{
    table_name name;
    recorded_statement created;
    std::vector<recorded_statement> alters;
};

// The first of two renames: where the original went.
struct original_away
{
    table_name to;
    bool served = false;  // consumers saw it go
};

// A cut-over's sentry goes while the tool has the original locked: the rename comes next, and rows
// of the original in between are lost.
enum class original_lock : std::uint8_t {
    held,  // or not yet needed
    sentry_dropped,
    rows_lost,
};

// A trigger on the ghost: consumers never have it. It goes with its table, whatever that is called.
struct rider
{
    table_name name;
    table_name on;
    table_name writes;  // the one table, if the tool made it
};

// The stages. A migration begins as folding or passing, when its verdict is there.
struct passing_stage
{};
struct folding_stage
{
    original_lock lock = original_lock::held;
};
struct half_cut_over_stage
{
    original_away away;
    original_lock lock = original_lock::held;
};
struct disturbed_stage  // hidden, and the cut-over will stop
{
    std::optional<original_away> away;
};
struct strayed_stage  // ended: a person renamed the ghost; goes on if it is renamed back
{
    std::optional<original_away> away;
};
struct cut_over_stage  // done; helpers may still be hidden
{
    bool list_ghost = false;                 // the next DROP of a helper also lists the ghost
    std::optional<expected_shape> expected;  // until checked
};
struct ended_stage  // without a cut-over of ours
{};
using migration_stage = std::variant<
    passing_stage,
    folding_stage,
    half_cut_over_stage,
    disturbed_stage,
    strayed_stage,
    cut_over_stage,
    ended_stage>;

struct migration
{
    std::uint64_t id = 0;
    tool which{};
    migration_stage stage;
    table_name original;
    table_name ghost;
    verdict ruling;
    std::optional<facts> known;
    // No verdict in time: passing, and its verdict is made at its ALTER.
    bool judged_later = false;
    table_name served_changelog;  // until then
    std::string ghost_create;     // the copy's CREATE TABLE, where the ALTER needs its names
    coordinate created;
    coordinate judged;
    coordinate cut_over_at;
    migration_times times;
    std::string served_text;  // at the cut-over

    std::vector<recorded_statement>
        alters;                            // the ghost's, without the tool's own AUTO_INCREMENT one
    std::vector<table_name> triggers;      // the tool's, on the original
    std::string lost_trigger;              // one that was dropped: the ghost lacks changes
    std::vector<std::uint32_t> threads;    // the tool's connections, as far as seen
    std::vector<std::uint32_t> announced;  // ... that its notes name and that copied nothing yet
    std::vector<rider> riders;
    // XA transactions with rows of the original that the tool took from the log, and that may be
    // rolled back.
    std::vector<std::string> prepared;
    std::string damaged_by;  // values that its tool writes otherwise, and consumers keep: the first
    std::string disturbed_by;              // what disturbed it last; kept after its end
    protocol::byte_buffer original_types;  // column types of the original's last TABLE_MAP

    row_tally rows;                       // if ruling.counts
    std::optional<row_count> counted;     // of the original, once it is
    std::vector<renamed_column> renamed;  // if ruling.rests_on.witnessed, from the ALTER on

    std::uint64_t hidden_transactions = 0;
    std::uint64_t hidden_events = 0;
    std::uint64_t hidden_bytes = 0;

    template <class Stage>
    bool is() const
    {
        return std::holds_alternative<Stage>(stage);
    }
    bool folding() const
    {
        return is<folding_stage>() || is<half_cut_over_stage>() || is<disturbed_stage>();
    }
    // Its rows are counted, or looked at.
    bool watches_rows() const { return folding() && (ruling.counts || !renamed.empty()); }
    bool over() const { return is<strayed_stage>() || is<cut_over_stage>() || is<ended_stage>(); }
    const original_away* away() const;  // null if the original did not go yet
    const original_lock* lock() const;  // null where none matters
    bool lost_rows() const;
    std::string missed_changes() const;  // of lost_trigger, for people
    bool copied_by(std::uint32_t thread) const;
    std::string idle_copier() const;         // a connection of the tool's that did not, for people
    const expected_shape* expected() const;  // null if there is nothing to check
};

// Why its rows are not counted though they should be; empty: they are, or nobody counts them.
std::string why_uncounted(const migration& m);
// How its tables compare at the cut-over, for people: ", 4000 rows in both"; empty where nobody
// counts.
std::string count_text(const migration& m);

// The first column of which no row tells whether the tool copies it, and that it would matter; null
// if there is none.
const renamed_column* unwitnessed_column(const migration& m);

// The name of a stage, for people and the ledger.
migration_state state_of(const migration& m);
migration_summary summary_of(const migration& m);

}  // namespace rewrite
