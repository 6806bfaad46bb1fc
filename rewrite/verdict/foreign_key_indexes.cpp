#include "rewrite/verdict/foreign_key_indexes.hpp"

#include "protocol/ascii.hpp"
#include "rewrite/sql/table_name.hpp"
#include "rewrite/verdict/clause_traits.hpp"
#include "rewrite/verdict/clause_verdict.hpp"

#include <algorithm>

namespace rewrite {

namespace {

bool is_among(const std::vector<std::string>& columns, std::string_view column)
{
    return std::ranges::any_of(columns, [column](const std::string& one) {
        return protocol::equal_without_case(one, column);
    });
}

// Which a server may have made for it.
bool is_index_of(const table_index& index, const table_constraint& key)
{
    return index.kind == table_index::form::plain &&
           std::ranges::equal(index.columns, key.columns, protocol::equal_without_case);
}

bool has_expression(const table_index& index)
{
    return std::ranges::any_of(index.columns, [](const std::string& part) {
        return part.starts_with('(');
    });
}

bool has_prefix(const table_index& index)
{
    const std::vector<token> tokens = tokenize(index.text, {});
    return std::ranges::count_if(tokens, [](const token& t) { return is_symbol(t, '('); }) > 1;
}

// All of one kind from the first one on that may have to be made again. Servers print unique ones
// before these, and full-text ones after them.
std::vector<table_index>
from_first_on(const table_definition& table, const std::vector<table_constraint>& keys)
{
    std::vector<table_index> again;
    for (const table_index& index : table.indexes) {
        const bool is_plain =
            index.kind == table_index::form::plain || index.kind == table_index::form::spatial;
        const bool is_first = std::ranges::any_of(keys, [&index](const table_constraint& key) {
            return is_index_of(index, key);
        });
        if (is_plain && (is_first || !again.empty()))
            again.push_back(index);
    }
    return again;
}

std::string objection_to_index(const table_index& index)
{
    if (index.text.empty() || index.kind != table_index::form::plain || has_expression(index))
        return "index " + quoted_name(index.name) +
               " comes after that of a foreign key, which is made again, and cannot be made again";
    return {};
}

// What the clause does to it cannot be done to an index that is made in the same ALTER.
std::string objection_to_clause(const alter_clause& clause, const table_index& index)
{
    const clause_traits& row = traits_of(clause.kind);
    const std::string why = describe(clause) + ": index " + quoted_name(index.name) +
                            " is made again, since a foreign key gets another name; run it as a "
                            "migration of its own";
    if (row.names_index)
        return protocol::equal_without_case(clause.name, index.name) ? why : std::string();
    const bool renames = row.columns == column_effect::renames ||
                         (row.columns == column_effect::redefines && !clause.new_name.empty() &&
                          !protocol::equal_without_case(clause.name, clause.new_name));
    const bool redefines = row.columns == column_effect::redefines && has_prefix(index);
    if (row.columns == column_effect::drops || renames || redefines)
        return is_among(index.columns, clause.name) ? why : std::string();
    return {};
}

bool is_drop_of(const alter_clause& clause, const table_index& index)
{
    return clause.kind == clause_kind::drop_index &&
           protocol::equal_without_case(clause.name, index.name);
}

}  // namespace

index_changes indexes_made_again(
    const table_definition& table,
    const std::vector<table_constraint>& keys,
    const alter_text& alter
)
{
    index_changes changes;
    for (const table_index& index : from_first_on(table, keys)) {
        const bool is_dropped = std::ranges::any_of(alter.clauses, [&](const alter_clause& clause) {
            return is_drop_of(clause, index);
        });
        if (is_dropped)
            continue;
        std::string objection = objection_to_index(index);
        for (const alter_clause& clause : alter.clauses)
            if (objection.empty())
                objection = objection_to_clause(clause, index);
        if (!objection.empty())
            return {.objection = std::move(objection), .dropped = {}, .added = {}};
        changes.dropped.push_back(index.name);
        changes.added.push_back(index.text);
    }
    return changes;
}

}  // namespace rewrite
