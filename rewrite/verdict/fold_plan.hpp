#pragma once

#include "protocol/rows_event.hpp"
#include "rewrite/sql/alter_text.hpp"
#include "rewrite/sql/table_definition.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// How a migration is folded: the ALTER that consumers run in place of the tool's rename, and what
// the original must look like after it.
namespace rewrite {

// Checked at the original's next TABLE_MAP.
struct expected_shape
{
    struct column
    {
        std::string name;
        std::optional<std::uint8_t> type;  // unknown for added and changed ones
    };
    std::vector<column> columns;
};

struct fold_plan
{
    std::string text;  // empty: nothing to do
    std::optional<expected_shape> shape;
};

// The table that the ALTER is written for.
struct fold_target
{
    table_name original;
    // Consumers have it under this name and get its own back in the same ALTER; empty: under its
    // own already.
    table_name renamed_to;
    std::string_view create_table;  // SHOW CREATE TABLE of it; empty if it is not known
    // Column types of its last TABLE_MAP; empty if there was none.
    protocol::byte_view types;
    bool force = false;  // stored in another way than the copy: only a rebuild makes it the same
    // Its constraints get the names of the copy, whose own CREATE TABLE this is; without that it
    // was made with LIKE.
    bool renames_constraints = false;
    std::string_view ghost_create = {};
    table_name ghost = {};
};

// `alter` is the recorded ALTER, or null if none was. Nothing if it cannot be read or written.
std::optional<fold_plan>
plan_fold(const alter_text* alter, const fold_target& target, const lexical_rules& rules = {});

// The columns that the ALTER leaves. Nothing where they are not known.
std::optional<expected_shape> shape_after(const alter_text& alter, const fold_target& target);

// Whether FORCE can stand next to its clauses, and is not there.
bool takes_force(const alter_text* alter);

// What is wrong with the columns that a TABLE_MAP shows, for people; empty if nothing is.
std::string difference(const expected_shape& expected, const protocol::table_map_view& map);

}  // namespace rewrite
