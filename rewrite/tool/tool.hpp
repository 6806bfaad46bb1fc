#pragma once

#include "protocol/bytes.hpp"
#include "rewrite/sql/statement.hpp"

#include <optional>
#include <string_view>

// What the engine asks of a schema change tool. A tool is asked and never decides: it says what a
// name or a statement would be if it came from this tool. Names and marks only nominate; what binds
// a ghost to its original is a statement that names both.
//
// A new tool: a row in the table of tool.cpp, a file with its description, its number below.
namespace rewrite {

// The numbers are in saved state and in the ledger.
enum class tool : std::uint8_t {
    gh_ost = 1,
    pt_osc = 2,
};

// Whose run is meant where nobody says.
constexpr tool default_tool = tool::gh_ost;

// What a table is to a run. The numbers are in saved state.
enum class helper_role : std::uint8_t {
    none = 0,
    ghost = 1,
    changelog = 2,   // the tool's notes about its run
    old = 3,         // the original's content after the cut-over; never nominated
    sentry = 4,      // holds the old table's name until the cut-over
    checkpoint = 5,  // where a run goes on
    strayed = 6,     // a person gave it a name no rule knows: its next use stops; never nominated
};

// How the tool copies what changes while it runs.
enum class row_source : std::uint8_t {
    log,       // it reads the binlog and writes the ghost from its own connections
    triggers,  // triggers on the original write the ghost with each change
};

// The event at which fold or pass is decided: it is the first one that a fold hides.
enum class verdict_event : std::uint8_t {
    first_helper,  // its ALTER is still to come: read ahead
    binding,       // the statement that binds the ghost; CREATE and ALTER were seen
};

// A statement that makes a table which may be a tool's.
struct nomination
{
    tool which{};
    helper_role role = helper_role::none;
    table_name table;
    table_name ghost;                           // of the run that begins here
    bool begins_run = false;                    // a run may begin with it
    const table_reference* original = nullptr;  // where the statement names it; in the statement
};

// A statement that names an original and its ghost.
struct tool_binding
{
    tool which{};
    table_name original;
    table_name ghost;
    table_name trigger;  // empty if it is no trigger
};

// One statement with what is needed to read its text again.
struct statement_text
{
    const statement& read;
    std::string_view text;
    std::string_view database;
    const lexical_rules& rules;
    name_case names;
};

// A tool, as a value.
struct tool_description
{
    tool which;
    std::string_view name;  // for people: logs, JSON, command line
    row_source rows;
    verdict_event judged_at;
    bool two_step_cut_over;  // may rename the original away in a statement of its own
    bool (*is_marked)(const statement& read);   // its DDL
    bool (*marks_rows)(std::string_view text);  // its row statements
    // A row statement that carries the mark copies what meets a condition of the user's alone.
    bool (*copies_in_part)(std::string_view text);
    // By their names, one run's.
    bool (*is_helper_of)(const table_name& helper, const table_name& ghost);
    std::optional<nomination> (*nominate)(const statement& read);
    std::optional<tool_binding> (*binds)(const statement_text& s);
    // A trigger of the original, by its body: the tool made it for this ghost.
    bool (*is_own_trigger)(std::string_view body, const table_name& ghost);
    // What a trigger of the tool's does to a renamed column: false if it writes rows, and not the
    // column's value under its new name.
    bool (*maps_column)(std::string_view body, std::string_view column, std::string_view renamed);
    // Its notes about its runs: a table with these columns, and rows of it that name this ghost.
    bool (*is_notes)(protocol::byte_view column_types);
    bool (*notes_run)(protocol::byte_view rows, const table_name& ghost);
    table_name (*ghost_of)(const table_name& original);  // as it is called by default
    bool (*is_helper_name)(const table_name& name);      // of any original, by its name alone
    // Of a table that is called so and made with a text of its own, not marked.
    std::optional<table_name> (*original_of)(const table_name& ghost);
};

const tool_description& description_of(tool which);
bool is_tool(std::uint8_t number);

std::string_view to_text(tool which);
std::optional<tool> tool_named(std::string_view name);

// The tool's own statement, as far as its mark says.
bool is_own(tool which, const statement& read);
std::optional<nomination> nominate(const statement& read);
std::optional<tool_binding> binding_of(const statement_text& s);
// A table that a tool drops before it begins, by what it is called.
bool is_helper_name(const table_name& name);
// Whose copy a table may be that was made with a text of its own.
std::optional<tool_binding> binding_by_name(const table_name& table);
bool marks_rows(std::string_view text);  // any tool's
bool copies_in_part(tool which, std::string_view text);

}  // namespace rewrite
