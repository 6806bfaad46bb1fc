#pragma once

#include "protocol/event.hpp"
#include "protocol/gtid_set.hpp"
#include "rewrite/decision.hpp"
#include "rewrite/schema_change.hpp"

#include <variant>
#include <vector>

// What leaves the rewriter for one event. Views hold until the rewriter's next call.
namespace rewrite {

// One whole event for the end of the clean log. Whoever appends sets end_log_pos and checksum.
struct append
{
    protocol::byte_view event;
    // The source's bytes, all of them: its checksum is right and is kept where end_log_pos stays.
    bool intact = false;
    const protocol::large_bytes* large = nullptr;  // whose part `event` is
};
// Bytes of an event that lies in the unpublished tail; its checksum is made anew.
struct patch
{
    std::uint64_t event_at = 0;  // clean offset of the event's first byte
    std::size_t offset = 0;      // in the event
    protocol::byte_view bytes;
};
// Takes back everything from this clean offset on; never what a commit has ended.
struct cut
{
    std::uint64_t to = 0;
};
// A transaction (or an event outside one) ends here: everything up to it is published, and nothing
// of a transaction is published before. A border to resume from.
struct commit
{
    std::uint64_t clean_begin = 0;     // clean offset of its first event
    std::uint64_t upstream_begin = 0;  // upstream positions [begin, end) it came from, in this file
    std::uint64_t upstream_end = 0;
    bool touched = false;  // its bytes are not the source's
    protocol::gtid id;     // number 0: it has none
};
using output = std::variant<append, patch, cut, commit>;

// For the log and the counters: a change of state, once.
// The numbers are in the ledger.
enum class remark_kind : std::uint8_t {
    folding = 1,        // verdict fold: hidden from here
    passing,            // verdict pass
    cut_over,           // the ALTER was emitted
    ended,              // dropped, aborted and cleaned up, or forgotten
    disturbed,          // alarm: the cut-over will stop unless the tool is aborted
    statement_emptied,  // a may_differ statement that reads hidden objects
    name_freed,         // a hidden name was proven free by the log
    damaged,            // the tool writes other values, and consumers keep those of the application
};
struct remark
{
    remark_kind kind = remark_kind::folding;
    std::uint64_t migration = 0;
    table_name table;
    coordinate at;
    std::string text;  // for people; no row values, no full user statement
};

// The numbers are in the ledger.
enum class migration_state : std::uint8_t {
    folding = 1,  // hidden
    passing = 2,
    cut_over = 3,   // done; helpers may still be hidden
    ended = 4,      // ended without cut-over, or all helpers gone
    disturbed = 5,  // hidden, and the cut-over will stop
};

// When, by the source's clock: seconds since 1970, as its events' headers say. So a log that is
// read later, or again, tells the same times. 0: not yet, or not known.
struct migration_times
{
    std::uint32_t began = 0;  // the tool's first table was made
    std::uint32_t judged = 0;
    std::uint32_t cut_over = 0;
    std::uint32_t ended = 0;  // and no table of it is hidden any more
    friend bool operator==(const migration_times&, const migration_times&) = default;
};

// One schema change as `unghost migrations` lists it.
struct migration_summary
{
    std::uint64_t id = 0;
    tool which{};
    table_name original;
    table_name ghost;
    migration_state state = migration_state::passing;
    verdict ruling;
    coordinate created;
    coordinate judged;
    coordinate cut_over_at;
    migration_times times;
    // For the operator's own terminal only.
    std::string alter_text;   // the clauses
    std::string served_text;  // the statement that consumers got at the cut-over; empty: none
    std::string disturbed_by;
    std::uint64_t hidden_transactions = 0;
    std::uint64_t hidden_events = 0;
    std::uint64_t hidden_bytes = 0;
    // Of a folded one, where rows are counted; nothing: it is not known.
    std::optional<std::int64_t> rows_copied;
    std::optional<std::int64_t> rows_of_original;
};

struct outputs
{
    std::vector<output> list;
    std::vector<remark> remarks;
    std::vector<migration_summary> changed;  // migrations whose summary changed
    // What the event changed of what may be remembered about the source's tables.
    std::vector<schema_change> schema;
    void clear()
    {
        schema.clear();
        list.clear();
        remarks.clear();
        changed.clear();
    }
};

}  // namespace rewrite
