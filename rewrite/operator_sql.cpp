#include "rewrite/operator_sql.hpp"

#include "rewrite/sql/alter_text.hpp"

#include <algorithm>

namespace rewrite {
namespace {

// True for what is no ALTER TABLE.
bool has_known_clauses(std::string_view sql, const statement& read, const lexical_rules& rules)
{
    if (read.kind != statement_kind::alter_table && read.kind != statement_kind::alter_table_rename)
        return true;
    const alter_text alter = read_alter(sql, read, rules);
    return alter.readable &&
           std::ranges::find(alter.clauses, clause_kind::unknown, &alter_clause::kind) ==
               alter.clauses.end();
}

bool changes_definitions(statement_kind kind)
{
    return kind >= statement_kind::create_table && kind <= statement_kind::grant;
}

// The stops at which a statement of another table may stand in: one that named a hidden table.
bool is_of_any_table(stop_reason reason)
{
    switch (reason) {
        case stop_reason::disturbed_cut_over:
        case stop_reason::lost_rows:
        case stop_reason::swap_back:
        case stop_reason::rows_differ:
        case stop_reason::not_counted:
        case stop_reason::not_witnessed:
        case stop_reason::after_check: return false;
        case stop_reason::two_ghosts:  // whichever of them
        case stop_reason::hidden_renamed_away:
        case stop_reason::hidden_named:
        case stop_reason::unreadable: return true;
    }
    return true;
}

bool changes(const statement& read, const table_name& table)
{
    return std::ranges::any_of(read.tables, [&](const table_reference& one) {
        const bool changed = one.role == table_role::target || one.role == table_role::on ||
                             one.role == table_role::rename_from ||
                             one.role == table_role::rename_to;
        return changed && one.name == table;
    });
}

}  // namespace

std::string objection_to(
    std::string_view sql,
    const question& stop,
    const hidden_objects& hidden,
    const lexical_rules& rules,
    name_case names
)
{
    const statement read = read_statement(sql, {}, rules, names);
    if (read.kind == statement_kind::unreadable)
        return "the statement cannot be read to its end: a quote or a bracket is missing";
    if (!is_one_statement(sql, rules))
        return "give one statement alone: a GTID carries one";
    const bool rows = read.kind == statement_kind::change_rows;
    if (!changes_definitions(read.kind) && !(rows && is_of_any_table(stop.reason)))
        return "this is no statement that changes a table (ALTER TABLE, CREATE or DROP INDEX, "
               "RENAME "
               "TABLE ...): is a word mistyped?";
    if (!has_known_clauses(sql, read, rules))
        return "the clauses of this ALTER TABLE cannot be read: is a word mistyped?";
    for (const table_reference& one : read.tables) {
        if (one.name.schema.empty())
            return "give " + one.name.table + " with its database: DATABASE." + one.name.table;
        if (hidden.find(one.name))
            return "consumers do not have " + to_text(one.name) + ", which is hidden";
    }
    if (!is_of_any_table(stop.reason) && !stop.original.table.empty() &&
        !changes(read, stop.original))
        return "the stop is about " + to_text(stop.original) + ", and this changes another table";
    return {};
}

}  // namespace rewrite
