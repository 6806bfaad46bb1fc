#include "rewrite/verdict/log_schema.hpp"

#include <algorithm>

namespace rewrite {

void log_schema::
    on_statement(const statement& read, std::string_view text, std::string_view, const lexical_rules&)
{
    const table_reference* target = read.first(table_role::target);
    for (const table_reference& reference : read.tables)
        if (reference.role == table_role::references && target)
            children_[reference.name].push_back(target->name);

    switch (read.kind) {
        case statement_kind::create_table:
            // With IF NOT EXISTS it may have been there, made otherwise.
            if (target && !read.temporary && !read.if_not_exists)
                tables_.insert_or_assign(
                    target->name, known_table{.create_table = std::string(text)}
                );
            return;
        case statement_kind::drop_database:
            std::erase_if(tables_, [&](const auto& entry) {
                return entry.first.schema == read.database;
            });
            return;
        case statement_kind::create_trigger:
            if (const table_reference* on = read.first(table_role::on)) {
                known_table& table = tables_[on->name];
                if (read.trigger.body_offset <= text.size())
                    table.triggers.push_back({
                        .name = read.trigger.name.table,
                        .time = read.trigger.time,
                        .event = read.trigger.event,
                        .body = std::string(text.substr(read.trigger.body_offset)),
                    });
            }
            return;
        case statement_kind::drop_trigger: drop_trigger(read.trigger.name); return;
        case statement_kind::change_rows:
        case statement_kind::create_table_like:
        case statement_kind::create_table_select:
        case statement_kind::create_view:
        case statement_kind::analyze_table:
        case statement_kind::grant:
        case statement_kind::flush:
            // these only read the tables they name, but for the one they make
            if (target && read.kind != statement_kind::change_rows &&
                read.kind != statement_kind::analyze_table)
                tables_.erase(target->name);
            return;
        default: break;
    }
    for (const table_reference& reference : read.tables) {
        if (reference.role == table_role::references)
            continue;  // counted above
        const auto entry = tables_.find(reference.name);
        if (entry != tables_.end())
            entry->second.changed = true;
    }
    if (read.kind == statement_kind::drop_table)
        for (const table_reference& reference : read.tables)
            tables_.erase(reference.name);
}

void log_schema::drop_trigger(const table_name& trigger)
{
    for (auto& [name, table] : tables_)
        if (name.schema == trigger.schema)
            std::erase_if(table.triggers, [&](const trigger_fact& one) {
                return one.name == trigger.table;
            });
}

facts log_schema::of(const table_name& table, const std::string& copy) const
{
    facts told{.table = table};
    const auto entry = tables_.find(table);
    if (entry == tables_.end() || entry->second.create_table.empty()) {
        told.missing =
            "the log does not hold the table's CREATE TABLE (give its definition with --schema)";
        return told;
    }
    if (entry->second.changed && copy.empty()) {
        told.missing = "the table was changed since its CREATE TABLE in this log (give its "
                       "definition with --schema)";
        return told;
    }
    told.create_table = copy.empty() ? entry->second.create_table : copy;
    told.triggers = entry->second.triggers;
    if (const auto children = children_.find(table); children != children_.end())
        told.children = children->second;
    return told;
}

}  // namespace rewrite
