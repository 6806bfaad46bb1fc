#include "rewrite/schema_change.hpp"

#include "protocol/ascii.hpp"

#include <algorithm>

namespace rewrite {

namespace {

bool has_word(std::string_view text, std::string_view word)
{
    const auto same = [](char a, char b) { return protocol::lower(a) == protocol::lower(b); };
    return std::ranges::search(text, word, same).begin() != text.end();
}

// ANALYZE and CHECK leave a table as it is; OPTIMIZE and REPAIR may build it again.
bool only_looks(std::string_view text)
{
    return !has_word(text, "OPTIMIZE") && !has_word(text, "REPAIR");
}

bool changes_tables(const statement& read, std::string_view text)
{
    switch (read.kind) {
        case statement_kind::create_table:
        case statement_kind::create_table_like:
        case statement_kind::create_table_select:
        case statement_kind::alter_table:
        case statement_kind::alter_table_rename:
        case statement_kind::rename_table:
        case statement_kind::drop_table:
        case statement_kind::truncate_table:
        case statement_kind::create_index:
        case statement_kind::drop_index:
        case statement_kind::create_trigger: return true;
        case statement_kind::analyze_table: return !only_looks(text);
        default: return false;
    }
}

// A table in this role is as it was.
bool is_only_read(const table_reference& reference)
{
    return reference.role == table_role::like || reference.role == table_role::read;
}

}  // namespace

std::vector<schema_change> schema_changes_of(const statement& read, std::string_view text)
{
    switch (read.kind) {
        case statement_kind::unreadable: return {schema_change{}};
        case statement_kind::other:
            // Of all that names no table, tablespaces alone stand in a table's definition.
            if (has_word(text, "TABLESPACE"))
                return {schema_change{}};
            return {};
        case statement_kind::drop_database:
        case statement_kind::alter_database:
            if (!protocol::is_ascii(text))  // perhaps of a charset that is not converted
                return {schema_change{}};
            return {{.what = change_scope::schema, .name = {.schema = read.database, .table = {}}}};
        case statement_kind::drop_trigger:
            if (!protocol::is_ascii(text))
                return {schema_change{}};
            return {
                {.what = change_scope::triggers,
                 .name = {.schema = read.trigger.name.schema, .table = {}}}
            };
        default: break;
    }
    std::vector<schema_change> changes;
    if (read.temporary || !changes_tables(read, text))
        return changes;
    for (const table_reference& reference : read.tables) {
        if (is_only_read(reference))
            continue;
        if (!reference.exact)
            return {schema_change{}};
        changes.push_back({.what = change_scope::table, .name = reference.name});
    }
    return changes;
}

}  // namespace rewrite
