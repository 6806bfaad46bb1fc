#include "rewrite/verdict/key_verdict.hpp"

#include "protocol/ascii.hpp"
#include "rewrite/sql/column_text.hpp"
#include "rewrite/sql/table_name.hpp"
#include "rewrite/verdict/check_verdict.hpp"
#include "rewrite/verdict/clause_traits.hpp"
#include "rewrite/verdict/column_verdict.hpp"
#include "rewrite/verdict/expression_verdict.hpp"
#include "rewrite/verdict/session_values.hpp"
#include "rewrite/verdict/table_keys.hpp"

#include <algorithm>
#include <optional>

namespace rewrite {

namespace {

// The definition that a clause of this ALTER gives the column; nothing without one.
std::optional<column_text>
defined_by_clause(std::string_view column, column_effect effect, const clause_context& context)
{
    for (const alter_clause& clause : context.clauses) {
        if (traits_of(clause.kind).columns != effect)
            continue;
        for (const column_definition& one : clause.columns) {
            if (protocol::equal_without_case(one.name, column))
                return read_definition(one, context);
        }
    }
    return std::nullopt;
}

bool becomes_not_null(std::string_view column, const clause_context& context)
{
    if (const auto added = defined_by_clause(column, column_effect::adds, context))
        return !added->column.nullable;
    const table_column* before = context.table.find(column);
    const auto after = defined_by_clause(column, column_effect::redefines, context);
    return before && before->nullable && after && !after->column.nullable;
}

// Over what a session computes, each server takes other rows.
bool key_reads_session(const std::vector<std::string>& parts, const clause_context& context)
{
    table_definition with = context.table;
    with.indexes.push_back({table_index::form::unique, "new", parts});
    return !computed_from_session(with).empty();
}

finding judge_expression_part(const key_part& part, const clause_context& context)
{
    const std::vector<token> tokens = tokenize(part.expression, context.rules);
    const std::string objection =
        objection_to_expression(std::span(tokens).first(tokens.size() - 1), context.table, nullptr);
    if (!objection.empty())
        return {"over an expression: " + objection};
    return {.needs = {.lenient = true}};
}

finding judge_primary(const index_definition& index, const clause_context& context)
{
    for (const key_part& part : index.parts) {
        const table_column* column = context.table.find(part.column);
        if (!column)
            return {"a primary key over a new column: of rows with one key the tool's copy keeps "
                    "only one"};
        if (column->nullable)
            return {
                "a primary key over " + quoted_name(column->name) +
                ", which becomes NOT NULL: " + std::string(equal_rows_vanish)
            };
    }
    return {{}, cost::rebuild, {.counted = true}};
}

finding judge_unique(const index_definition& index, const clause_context& context)
{
    std::vector<std::string> parts;
    finding result{.price = cost::in_place};
    for (const key_part& part : index.parts) {
        if (part.expression.empty()) {
            parts.push_back(part.column);
            continue;
        }
        result.add(judge_expression_part(part, context));
        parts.emplace_back(part.expression);
    }
    result.add(judge_unique_over(parts, context));
    return result;
}

bool adds_unique(const index_definition& index)
{
    return index.kind == index_kind::unique || index.kind == index_kind::primary;
}

bool drops_column(const clause_context& context, std::string_view column)
{
    return std::ranges::any_of(context.clauses, [column](const alter_clause& clause) {
        return clause.kind == clause_kind::drop_column &&
               protocol::equal_without_case(clause.name, column);
    });
}

bool is_dropped(const clause_context& context, const table_index& index)
{
    return std::ranges::any_of(context.clauses, [&index](const alter_clause& clause) {
        if (clause.kind == clause_kind::drop_primary_key)
            return index.kind == table_index::form::primary;
        return clause.kind == clause_kind::drop_index &&
               protocol::equal_without_case(clause.name, index.name);
    });
}

// A unique key over these very columns: it takes the rows that the other took.
bool adds_key_over(const clause_context& context, const std::vector<std::string>& columns)
{
    const auto is_part_of = [&columns](const key_part& part) {
        return part.prefix == 0 && part.expression.empty() &&
               std::ranges::any_of(columns, [&part](const std::string& column) {
                   return protocol::equal_without_case(column, part.column);
               });
    };
    return std::ranges::any_of(context.clauses, [&](const alter_clause& clause) {
        return std::ranges::any_of(clause.indexes, [&](const index_definition& index) {
            return adds_unique(index) && index.parts.size() == columns.size() &&
                   std::ranges::all_of(index.parts, is_part_of);
        });
    });
}

bool is_in_added_key(const clause_context& context, std::string_view column)
{
    return std::ranges::any_of(context.clauses, [column](const alter_clause& clause) {
        return std::ranges::any_of(clause.indexes, [column](const index_definition& index) {
            return adds_unique(index) &&
                   std::ranges::any_of(index.parts, [column](const key_part& part) {
                       return protocol::equal_without_case(part.column, column);
                   });
        });
    });
}

}  // namespace

bool is_new_and_null(std::string_view column, const clause_context& context)
{
    const auto added = defined_by_clause(column, column_effect::adds, context);
    return added && added->column.nullable && added->column.generated.empty() &&
           (added->column.form == default_form::none || added->column.form == default_form::null);
}

finding judge_unique_over(const std::vector<std::string>& columns, const clause_context& context)
{
    for (const std::string& column : columns) {
        if (becomes_not_null(column, context))
            return {
                std::string(adds_unique_key) + " over " + quoted_name(column) +
                ", which is NOT NULL from the same ALTER on: " + std::string(equal_rows_vanish)
            };
    }
    if (key_reads_session(columns, context))
        return {std::string(adds_unique_key) + " over what is computed from the session"};
    // NULL is equal to no other.
    const bool has_null = std::ranges::any_of(columns, [&context](const std::string& column) {
        return is_new_and_null(column, context);
    });
    return {.price = cost::in_place, .needs = {.counted = !has_null}};
}

finding judge_added_index(const index_definition& index, const clause_context& context)
{
    switch (index.kind) {
        case index_kind::plain:
        case index_kind::fulltext: break;
        case index_kind::unique: return judge_unique(index, context);
        case index_kind::primary: return judge_primary(index, context);
        case index_kind::foreign_key: return judge_foreign_key(index, context);
        case index_kind::check: return judge_check(index, context);
        case index_kind::spatial:
        case index_kind::unknown: return {"is not proven to give the same table"};
    }
    finding result{.price = cost::in_place};
    for (const key_part& part : index.parts) {
        if (part.column.empty() || !part.expression.empty())
            result.add(judge_expression_part(part, context));
    }
    const auto is_fulltext = [](const table_index& one) {
        return one.kind == table_index::form::fulltext;
    };
    if (index.kind == index_kind::fulltext &&
        std::ranges::none_of(context.table.indexes, is_fulltext))
        result.price = cost::rebuild;  // its rows get numbers
    return result;
}

finding judge_dropped_index(std::string_view name, const clause_context& context)
{
    const table_index* index = context.table.find_index(name);
    if (!index)
        return {"the original has no such index"};
    if (is_unique(*index) && !keeps_finding_rows(context))
        return {
            "the index is unique: tools find rows by it, and without it rows may be copied twice"
        };
    const bool is_primary = index->kind == table_index::form::primary;
    return {{}, is_primary ? cost::rebuild : cost::in_place};
}

bool keeps_finding_rows(const clause_context& context)
{
    return std::ranges::any_of(context.table.indexes, [&context](const table_index& index) {
        const bool stays = !is_dropped(context, index) || adds_key_over(context, index.columns);
        return stays && finds_rows(index, context.table) &&
               std::ranges::none_of(index.columns, [&context](const std::string& column) {
                   return drops_column(context, column);
               });
    });
}

bool may_find_rows_by(const clause_context& context, std::string_view column)
{
    const table_index* primary = context.table.find_index("PRIMARY");
    if (primary && !is_dropped(context, *primary))
        return is_in_primary_key(context.table, column);
    return is_in_unique_key(context.table, column) || is_in_added_key(context, column);
}

}  // namespace rewrite
