#pragma once

#include "rewrite/migration/hidden_objects.hpp"
#include "rewrite/output.hpp"

#include <optional>
#include <string>
#include <vector>

// One schema change: what was recorded of it, and its state. Everything here outlives a restart and
// never expires: a resumed run issues no DDL, days later.
namespace rewrite {

// A statement as it was logged: what an emitted one is made from.
struct recorded_statement
{
    coordinate at;
    std::string text;
    std::string database;
    protocol::byte_buffer status;  // status variables, whole
    std::uint32_t thread_id = 0;
};

// A table that a tool may have made: created in this log, empty since. Statements bind it, or not.
struct candidate
{
    table_name name;
    recorded_statement created;
    std::vector<recorded_statement> alters;
};

// What the original must look like after the folded ALTER, checked at its next TABLE_MAP.
struct expected_shape
{
    struct column
    {
        std::string name;
        std::optional<std::uint8_t> type;  // unknown for added and changed ones
    };
    std::vector<column> columns;
};

struct migration
{
    std::uint64_t id = 0;
    tool which = tool::gh_ost;
    migration_state state = migration_state::candidate;
    table_name original;
    table_name ghost;
    verdict ruling;
    std::optional<facts> known;
    coordinate created;
    coordinate judged;
    coordinate cut_over_at;

    std::vector<recorded_statement>
        alters;                            // the ghost's, without the tool's own AUTO_INCREMENT one
    std::vector<table_name> triggers;      // the tool's, on the original
    std::vector<std::uint32_t> threads;    // pt-osc's connections, as far as seen
    std::string disturbed_by;              // empty while it is not
    bool sentry_dropped = false;           // gh-ost: its sentry went, the RENAME must come next
    bool lost_rows = false;                // rows of the original after that
    table_name away;                       // two-step: where the original went; empty if it did not
    bool away_served = false;              // ... and consumers saw it go
    bool list_ghost = false;               // the next DROP of a helper also lists the ghost
    bool strayed_ghost = false;            // ended because a person renamed the ghost
    protocol::byte_buffer original_types;  // column types of the original's last TABLE_MAP
    std::optional<expected_shape> expected;  // after the cut-over, until checked

    std::uint64_t hidden_transactions = 0;
    std::uint64_t hidden_events = 0;
    std::uint64_t hidden_bytes = 0;

    bool folding() const
    {
        return state == migration_state::folding || state == migration_state::disturbed;
    }
};

migration_summary summary_of(const migration& m);

void append_migration(protocol::writer& to, const migration& m);
migration read_migration(protocol::reader& from);
void append_candidate(protocol::writer& to, const candidate& c);
candidate read_candidate(protocol::reader& from);

}  // namespace rewrite
