#include "rewrite/verdict/tool_damage.hpp"

#include "protocol/ascii.hpp"
#include "rewrite/verdict/clause_traits.hpp"
#include "rewrite/verdict/misread_text.hpp"
#include "rewrite/verdict/session_values.hpp"

#include <algorithm>
#include <array>

namespace rewrite {

namespace {

// From here on INSERT ... SELECT takes a TIMESTAMP through local time under some sql_modes.
constexpr std::uint32_t first_copying_by_local_time = 80000;

bool has_primary(const table_definition& table)
{
    return std::ranges::any_of(table.indexes, [](const table_index& index) {
        return index.kind == table_index::form::primary;
    });
}

bool is_unique_key(const table_index& index)
{
    return index.kind == table_index::form::primary || index.kind == table_index::form::unique;
}

const table_column* column_of(const std::string& key_part, const table_definition& table)
{
    return key_part.starts_with('(') ? nullptr : table.find(key_part);
}

bool holds_null(const table_index& index, const table_definition& table)
{
    return std::ranges::any_of(index.columns, [&table](const std::string& part) {
        const table_column* column = column_of(part, table);
        return !column || column->nullable;
    });
}

// Whether the copy has this key, as far as its columns go by their names.
bool keeps_key(const alter_text& alter, const table_index& key)
{
    return std::ranges::none_of(alter.clauses, [&key](const alter_clause& clause) {
        if (clause.kind == clause_kind::drop_primary_key)
            return key.kind == table_index::form::primary;
        const column_effect effect = traits_of(clause.kind).columns;
        const bool frees = effect == column_effect::drops || effect == column_effect::renames ||
                           (effect == column_effect::redefines && !clause.new_name.empty());
        return frees && std::ranges::any_of(key.columns, [&clause](const std::string& part) {
                   return protocol::equal_without_case(part, clause.name);
               });
    });
}

// One that reads the log binds values; a trigger tool writes the bounds of its chunks as text.
bool reads_log(const migration_plan& plan)
{
    return description_of(plan.which).rows == row_source::log;
}

// gh-ost takes another key, or ends.
bool is_avoided(const table_index& index, const table_definition& table)
{
    return std::ranges::any_of(index.columns, [&table](const std::string& part) {
        const table_column* column = column_of(part, table);
        return column && column->type == "float";
    });
}

// The keys along which the tool may copy: the primary one, or each that comes into question.
std::vector<table_index>
keys_of_copy(const migration_plan& plan, const alter_text& alter, const table_definition& table)
{
    std::vector<table_index> unique;
    for (const table_index& index : table.indexes) {
        if (!is_unique_key(index) || (reads_log(plan) && is_avoided(index, table)))
            continue;
        if (index.kind == table_index::form::primary && keeps_key(alter, index))
            return {index};
        unique.push_back(index);
    }
    return unique.empty() && !reads_log(plan) ? table.indexes : unique;
}

// Why a tool with this column in the key of its copy skips rows or meets others; empty: it does
// not.
std::string objection_to_key_column(const migration_plan& plan, const table_column& column)
{
    const bool is_inexact = column.type == "float" || column.type == "double";
    if (column.type == "set" || column.type == "bit" || (is_inexact && !reads_log(plan)))
        return protocol::upper(column.type);
    constexpr std::array<std::string_view, 4> known{"ascii", "utf8mb3", "utf8mb4", "binary"};
    if (!reads_log(plan) || column.charset.empty() ||
        std::ranges::find(known, column.charset) != known.end())
        return {};
    return "of character set " + column.charset;
}

tool_damage
damage_by_key(const migration_plan& plan, const alter_text& alter, const table_definition& table)
{
    const std::string name(to_text(plan.which));
    const std::vector<table_index> keys = keys_of_copy(plan, alter, table);
    for (const table_index& key : keys) {
        for (const std::string& part : key.columns) {
            const table_column* column = column_of(part, table);
            if (column == nullptr)
                continue;
            const std::string why = objection_to_key_column(plan, *column);
            if (why.empty())
                continue;
            std::string text = name + " loses rows where it copies along a column that is ";
            text.append(why).append(", ").append(quoted_name(column->name));
            return {std::move(text), true};
        }
    }
    if (reads_log(plan) && std::ranges::all_of(keys, [&table](const table_index& key) {
            return holds_null(key, table);
        }))
        return {name + " loses rows of a table without a unique key of NOT NULL columns", true};
    return {};
}

// MySQL's own, if the tool's session does not show it: its numbers are given again in the copy.
bool has_hidden_key(const table_definition& table, const facts& told)
{
    const table_column* column = table.find("my_row_id");
    return told.hides_generated_key && column && column->invisible && column->auto_increment &&
           has_primary(table);
}

// Of the copy's session.
std::string_view zone_of(const migration_plan& plan, const facts& told)
{
    return plan.time_zone.empty() ? told.time_zone : plan.time_zone;
}

bool copies_by_local_time(const migration_plan& plan, const facts& told)
{
    const std::string_view zone = zone_of(plan, told);
    if (plan.rules.server_version < first_copying_by_local_time || zone.empty() || is_offset(zone))
        return false;
    if (zone == told.time_zone && !told.zone_shifts)
        return false;
    constexpr std::array<std::string_view, 3> modes{
        "NO_ZERO_DATE", "NO_ZERO_IN_DATE", "ALLOW_INVALID_DATES"
    };
    return std::ranges::any_of(modes, [&told](std::string_view mode) {
        return told.sql_mode.find(mode) != std::string::npos;
    });
}

tool_damage
damage_to_values(const migration_plan& plan, const table_definition& table, const facts& told)
{
    tool_damage first;
    const auto add = [&](const table_column& column, std::string text) {
        const bool loses = !is_followed_without(column, table);
        if (first.text.empty() || (loses && !first.loses_rows))
            first = {std::move(text), loses};
    };
    const std::string name(to_text(plan.which));
    const bool by_local_time = copies_by_local_time(plan, told);
    for (const table_column& column : table.columns) {
        if (!column.generated.empty())
            continue;
        if (column.type == "timestamp" && by_local_time)
            add(column,
                name + "'s copy moves values of the TIMESTAMP column " + quoted_name(column.name) +
                    " by an hour where clocks were set back: its time zone is " +
                    std::string(zone_of(plan, told)) +
                    ", and its sql_mode has the copy go through local time");
        if (column.type == "json" && reads_log(plan))
            add(column,
                name + " changes values of the JSON column " + quoted_name(column.name) +
                    " that are written while it runs");
    }
    return first;
}

}  // namespace

bool is_followed_without(const table_column& spoilt, const table_definition& table)
{
    bool finds_rows = false;
    for (const table_index& index : table.indexes) {
        if (!is_unique_key(index))
            continue;
        for (const std::string& part : index.columns) {
            const table_column* column = column_of(part, table);
            // What is computed may be from it.
            if (!column || !column->generated.empty() || column == &spoilt)
                return false;
        }
        finds_rows = finds_rows || !holds_null(index, table);
    }
    return finds_rows;
}

tool_damage damage_by_tool(
    const migration_plan& plan,
    const alter_text& alter,
    const table_definition& table,
    const facts& told
)
{
    if (tool_damage damage = damage_by_key(plan, alter, table); !damage.text.empty())
        return damage;
    if (std::string text = misread_by_patterns(alter, table, plan.which); !text.empty())
        return {std::move(text), true};
    if (reads_log(plan) && has_hidden_key(table, told))
        return {
            std::string(to_text(plan.which)) +
                " gives new numbers to the generated primary key, which its session does not show "
                "(show_gipk_in_create_table_and_information_schema)",
            true
        };
    return damage_to_values(plan, table, told);
}

}  // namespace rewrite
