#pragma once

#include "rewrite/sql/statement.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

// What a statement may have changed of what is known about tables: their definitions, triggers and
// foreign keys. Where the statement does not say exactly what, more than it changed.
namespace rewrite {

enum class change_scope : std::uint8_t {
    table,       // this one, and what is said of it by tables that a foreign key ties to it
    schema,      // all tables of this schema
    triggers,    // tables of this schema that have triggers
    everything,  // it cannot be said
};

struct schema_change
{
    change_scope what = change_scope::everything;
    table_name name;  // of a schema: without the table
    bool operator==(const schema_change&) const = default;
};

// Nothing for what only reads tables, or writes their rows. `text` is the statement's.
std::vector<schema_change> schema_changes_of(const statement& read, std::string_view text);

}  // namespace rewrite
