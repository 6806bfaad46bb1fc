#include "rewrite/verdict/clause_verdict.hpp"

#include "protocol/ascii.hpp"
#include "protocol/enum_names.hpp"
#include "rewrite/sql/column_text.hpp"
#include "rewrite/sql/table_name.hpp"
#include "rewrite/verdict/added_column_verdict.hpp"
#include "rewrite/verdict/charset_verdict.hpp"
#include "rewrite/verdict/clause_traits.hpp"
#include "rewrite/verdict/column_verdict.hpp"
#include "rewrite/verdict/key_verdict.hpp"
#include "rewrite/verdict/partition_verdict.hpp"
#include "rewrite/verdict/renamed_columns.hpp"
#include "rewrite/verdict/table_keys.hpp"

#include <algorithm>
#include <array>

namespace rewrite {

namespace {

constexpr protocol::enum_names<index_kind, 8> index_words{
    {"INDEX",
     "UNIQUE KEY",
     "PRIMARY KEY",
     "FULLTEXT INDEX",
     "SPATIAL INDEX",
     "FOREIGN KEY",
     "CHECK",
     "an index of an unknown kind"}
};

bool has_index(const table_definition& table, table_index::form kind)
{
    return std::ranges::any_of(table.indexes, [kind](const table_index& index) {
        return index.kind == kind;
    });
}

finding judge_dropped_column(const alter_clause& clause, const clause_context& context)
{
    const table_definition& table = context.table;
    if (!table.find(clause.name))
        return {"the original has no such column"};
    bool indexed = false;
    for (const table_index& index : table.indexes) {
        if (!holds(index, clause.name))
            continue;
        if (is_unique(index))
            return {"it is part of the unique key " + quoted_name(index.name)};
        indexed = true;
    }
    if (mentions(tokenize(table.partitioning, {}), clause.name))
        return {"the table is partitioned by it"};
    const bool instant = context.rules.server_version >= 80029 && !indexed &&
                         table.row_format != "compressed" &&
                         !has_index(table, table_index::form::fulltext);
    return {{}, instant ? cost::instant : cost::rebuild};
}

finding judge_option(const alter_clause& clause)
{
    if (clause.name == "ENGINE")
        return protocol::equal_without_case(clause.value, "InnoDB")
                   ? finding{{}, cost::rebuild}
                   : finding{"the consumer may not have engine " + clause.value};
    if (clause.name == "ROW_FORMAT" || clause.name == "KEY_BLOCK_SIZE")
        return {{}, cost::rebuild};
    if (clause.name == "AUTO_INCREMENT")
        return {{}, cost::in_place};
    constexpr std::array<std::string_view, 8> metadata{
        "COMMENT",
        "CHARSET",
        "COLLATE",
        "MAX_ROWS",
        "STATS_PERSISTENT",
        "STATS_AUTO_RECALC",
        "STATS_SAMPLE_PAGES",
        "AUTOEXTEND_SIZE"
    };
    if (std::ranges::find(metadata, clause.name) != metadata.end())
        return {{}, cost::instant};
    return {"is not proven to give the same table at a consumer"};
}

finding judge_renamed_column(const alter_clause& clause, const clause_context& context)
{
    const bool is_change = clause.kind == clause_kind::change_column && clause.columns.size() == 1;
    if (is_change && clause.name == clause.new_name)
        return judge_changed_column(clause.name, clause.columns.front(), context);
    // A tool's triggers show the columns that they write: what they do not show disturbs the run.
    const bool is_shown = description_of(context.which).rows == row_source::triggers;
    if (!is_shown && !is_change)
        return {
            std::string(to_text(context.which)) + " may not know RENAME COLUMN, and fill " +
            quoted_name(clause.new_name) +
            " with its default; CHANGE COLUMN, with the column's "
            "whole definition, folds"
        };

    const table_definition& table = context.table;
    const table_column* column = table.find(clause.name);
    if (!column)
        return {"the original has no such column"};
    if (table.find(clause.new_name))
        return {"the original has a column " + quoted_name(clause.new_name)};
    const dependents found = dependents_on(table, clause.name);
    if (found.any() || found.foreign || !column->generated.empty())
        return {"an expression, a constraint or the partitioning names it"};
    if (is_in_unique_key(table, clause.name))
        return {"it is part of a unique key, by which tools find rows"};
    finding result = is_change ? judge_changed_column(clause.name, clause.columns.front(), context)
                               : finding{{}, cost::instant};
    if (is_shown)
        return result;
    const column_text after = read_definition(clause.columns.front(), context);
    result.add({
        .objection = objection_to_witness(*column, after.column),
        .needs = {.witnessed = true},
    });
    return result;
}

finding judge_additions(const alter_clause& clause, const clause_context& context)
{
    finding all;
    for (const column_definition& column : clause.columns) {
        finding added = judge_added_column(column, context);
        if (!added.folds() && clause.columns.size() > 1)
            added.objection = quoted_name(column.name) + ": " + added.objection;
        all.add(added);
    }
    for (const index_definition& index : clause.indexes) {
        all.add(judge_added_index(index, context));
        // A column cannot be added without a rebuild where rows are read anyway.
        if (!clause.columns.empty())
            all.price = cost::rebuild;
    }
    return all;
}

bool has_unreadable_name(const alter_clause& clause, const lexical_rules& rules)
{
    return !converts(clause.name, rules) || !converts(clause.new_name, rules) ||
           std::ranges::any_of(clause.columns, [&rules](const column_definition& column) {
               return !converts(column.name, rules);
           });
}

// Clauses of class `judged`.
finding judge_by_content(const alter_clause& clause, const clause_context& context)
{
    switch (clause.kind) {
        case clause_kind::add_column:
        case clause_kind::add_index: return judge_additions(clause, context);
        case clause_kind::drop_column: return judge_dropped_column(clause, context);
        case clause_kind::modify_column:
            return clause.columns.size() == 1
                       ? judge_changed_column(
                             clause.columns.front().name, clause.columns.front(), context
                         )
                       : finding{"cannot be read"};
        case clause_kind::change_column:
        case clause_kind::rename_column: return judge_renamed_column(clause, context);
        case clause_kind::set_default:
        case clause_kind::drop_default:
        case clause_kind::set_column_visibility:
            return context.table.find(clause.name) ? finding{{}, cost::instant}
                                                   : finding{"the original has no such column"};
        case clause_kind::drop_index: return judge_dropped_index(clause.name, context);
        case clause_kind::drop_primary_key: return judge_dropped_index("PRIMARY", context);
        case clause_kind::convert_to: return judge_conversion(clause, context);
        case clause_kind::rename_index:
        case clause_kind::set_index_visibility:
            return context.table.find_index(clause.name)
                       ? finding{{}, cost::instant}
                       : finding{"the original has no such index"};
        case clause_kind::table_option: return judge_option(clause);
        default:
            return is_about_partitions(clause.kind)
                       ? judge_partitions(clause, context)
                       : finding{"nothing is known about what it does"};
    }
}

}  // namespace

finding judge_clause(const alter_clause& clause, const clause_context& context)
{
    if (clause.kind != clause_kind::table_option && has_unreadable_name(clause, context.rules))
        return {"a name in a charset that is not converted"};
    if (clause.if_not_exists)
        return {"IF NOT EXISTS: whether it was added depends on the table"};

    const clause_traits& row = traits_of(clause.kind);
    switch (row.what) {
        case clause_class::judged: return judge_by_content(clause, context);
        case clause_class::same: return {{}, row.price};
        case clause_class::unproven: return {std::string(row.objection)};
        case clause_class::only_how: return {};
        case clause_class::destroys_rows:
            return {"does nothing to an empty copy and would act on the rows of the original"};
    }
    return {"nothing is known about what it does"};
}

std::string describe(const alter_clause& clause)
{
    if (clause.kind == clause_kind::table_option)
        return clause.name;
    std::string text(traits_of(clause.kind).words);
    if (clause.kind == clause_kind::add_column) {
        for (std::size_t i = 0; i < clause.columns.size(); ++i)
            text += (i == 0 ? " " : ", ") + quoted_name(clause.columns[i].name);
    } else if (clause.kind == clause_kind::add_index && !clause.indexes.empty()) {
        const index_definition& index = clause.indexes.front();
        text += " " + std::string(index_words[index.kind]);
        if (!index.name.empty())
            return text + " " + quoted_name(index.name);
        if (!index.parts.empty())
            text += " on " + (index.parts.front().column.empty()
                                  ? std::string("an expression")
                                  : quoted_name(index.parts.front().column));
    } else if (!clause.name.empty()) {
        text += " " + quoted_name(clause.name);
    }
    return text;
}

}  // namespace rewrite
