#include "rewrite/verdict/clause_verdict.hpp"

#include "protocol/ascii.hpp"

#include <algorithm>
#include <array>

namespace rewrite {

namespace {

std::string_view words_of(index_kind kind)
{
    switch (kind) {
        case index_kind::plain: return "INDEX";
        case index_kind::unique: return "UNIQUE KEY";
        case index_kind::primary: return "PRIMARY KEY";
        case index_kind::fulltext: return "FULLTEXT INDEX";
        case index_kind::spatial: return "SPATIAL INDEX";
        case index_kind::foreign_key: return "FOREIGN KEY";
        case index_kind::check: return "CHECK";
        case index_kind::unknown: return "a constraint";
    }
    return "a constraint";
}

std::string_view words_of(clause_kind kind)
{
    switch (kind) {
        case clause_kind::add_column: return "ADD COLUMN";
        case clause_kind::drop_column: return "DROP COLUMN";
        case clause_kind::modify_column: return "MODIFY COLUMN";
        case clause_kind::change_column: return "CHANGE COLUMN";
        case clause_kind::rename_column: return "RENAME COLUMN";
        case clause_kind::set_default: return "SET DEFAULT of";
        case clause_kind::drop_default: return "DROP DEFAULT of";
        case clause_kind::set_column_visibility: return "SET VISIBLE | INVISIBLE of";
        case clause_kind::add_index: return "ADD";
        case clause_kind::drop_index: return "DROP INDEX";
        case clause_kind::drop_primary_key: return "DROP PRIMARY KEY";
        case clause_kind::drop_foreign_key: return "DROP FOREIGN KEY";
        case clause_kind::drop_check: return "DROP CHECK";
        case clause_kind::drop_constraint: return "DROP CONSTRAINT";
        case clause_kind::rename_index: return "RENAME INDEX";
        case clause_kind::set_index_visibility: return "ALTER INDEX";
        case clause_kind::set_enforced: return "ALTER CHECK";
        case clause_kind::table_option: return "";
        case clause_kind::convert_to: return "CONVERT TO CHARACTER SET";
        case clause_kind::force: return "FORCE";
        case clause_kind::algorithm: return "ALGORITHM";
        case clause_kind::lock: return "LOCK";
        case clause_kind::validation: return "VALIDATION";
        case clause_kind::wait: return "WAIT";
        case clause_kind::order_by: return "ORDER BY";
        case clause_kind::enable_keys: return "ENABLE KEYS";
        case clause_kind::disable_keys: return "DISABLE KEYS";
        case clause_kind::rename_to: return "RENAME TO";
        case clause_kind::discard_tablespace: return "DISCARD TABLESPACE";
        case clause_kind::import_tablespace: return "IMPORT TABLESPACE";
        case clause_kind::secondary_load: return "SECONDARY_LOAD";
        case clause_kind::partition_by: return "PARTITION BY";
        case clause_kind::remove_partitioning: return "REMOVE PARTITIONING";
        case clause_kind::add_partition: return "ADD PARTITION";
        case clause_kind::drop_partition: return "DROP PARTITION";
        case clause_kind::coalesce_partition: return "COALESCE PARTITION";
        case clause_kind::reorganize_partition: return "REORGANIZE PARTITION";
        case clause_kind::rebuild_partition: return "REBUILD PARTITION";
        case clause_kind::optimize_partition: return "OPTIMIZE PARTITION";
        case clause_kind::analyze_partition: return "ANALYZE PARTITION";
        case clause_kind::check_partition: return "CHECK PARTITION";
        case clause_kind::repair_partition: return "REPAIR PARTITION";
        case clause_kind::truncate_partition: return "TRUNCATE PARTITION";
        case clause_kind::exchange_partition: return "EXCHANGE PARTITION";
        case clause_kind::discard_partition: return "DISCARD PARTITION";
        case clause_kind::import_partition: return "IMPORT PARTITION";
        case clause_kind::convert_partition: return "CONVERT PARTITION";
        case clause_kind::unknown: return "a clause that is not known";
    }
    return "a clause that is not known";
}

// The table's other index of this kind decides whether an index can be added without a rebuild.
bool has_index(const table_definition& table, table_index::form kind)
{
    return std::ranges::any_of(table.indexes, [kind](const table_index& index) {
        return index.kind == kind;
    });
}

bool holds(const table_index& index, std::string_view column)
{
    return std::ranges::any_of(index.columns, [column](const std::string& part) {
        return protocol::equal_without_case(part, column);
    });
}

finding judge_added_index(const index_definition& index, const clause_context& context)
{
    switch (index.kind) {
        case index_kind::plain:
        case index_kind::fulltext: break;
        case index_kind::unique:
        case index_kind::primary: return {"rows may vanish in the copy"};
        case index_kind::foreign_key: return {"rows without a parent stay in the copy"};
        case index_kind::check: return {"rows that violate it vanish in the copy"};
        case index_kind::spatial:
        case index_kind::unknown: return {"is not proven to give the same table"};
    }
    for (const key_part& part : index.parts) {
        if (part.column.empty() || !part.expression.empty())
            return {"an expression may fail on values that the copy took"};
    }
    const bool first_fulltext = index.kind == index_kind::fulltext &&
                                !has_index(context.table, table_index::form::fulltext);
    return {{}, first_fulltext ? cost::rebuild : cost::in_place};
}

finding judge_dropped_index(const alter_clause& clause, const table_definition& table)
{
    const table_index* index = table.find_index(clause.name);
    if (!index)
        return {"the original has no such index"};
    if (index->kind == table_index::form::unique || index->kind == table_index::form::primary)
        return {"the index is unique: rows may be lost or kept by it"};
    return {{}, cost::in_place};
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
        if (index.kind == table_index::form::primary || index.kind == table_index::form::unique)
            return {"it is part of the unique key " + quoted(index.name)};
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
    if (clause.kind == clause_kind::change_column && clause.columns.size() == 1 &&
        clause.name == clause.new_name)
        return judge_changed_column(clause.columns.front(), context);
    return {"a tool may copy NULLs under the new name " + quoted(clause.new_name)};
}

finding judge_additions(const alter_clause& clause, const clause_context& context)
{
    finding worst;
    for (const column_definition& column : clause.columns) {
        finding added = judge_added_column(column, context);
        if (!added.objection.empty()) {
            const bool several = clause.columns.size() > 1;
            return {(several ? quoted(column.name) + ": " : "") + added.objection};
        }
        worst.price = std::max(worst.price, added.price);
    }
    for (const index_definition& index : clause.indexes) {
        finding added = judge_added_index(index, context);
        if (!added.objection.empty())
            return added;
        // A column cannot be added without a rebuild where rows are read anyway.
        worst.price = clause.columns.empty() ? std::max(worst.price, added.price) : cost::rebuild;
    }
    return worst;
}

bool has_unreadable_name(const alter_clause& clause, const lexical_rules& rules)
{
    return !converts(clause.name, rules) || !converts(clause.new_name, rules) ||
           std::ranges::any_of(clause.columns, [&rules](const column_definition& column) {
               return !converts(column.name, rules);
           });
}

}  // namespace

finding judge_clause(const alter_clause& clause, const clause_context& context)
{
    if (clause.kind != clause_kind::table_option && has_unreadable_name(clause, context.rules))
        return {"a name in a charset that is not converted"};
    if (clause.if_not_exists)
        return {"IF NOT EXISTS: whether it was added depends on the table"};

    switch (clause.kind) {
        case clause_kind::add_column:
        case clause_kind::add_index: return judge_additions(clause, context);
        case clause_kind::drop_column: return judge_dropped_column(clause, context);
        case clause_kind::modify_column:
            return clause.columns.size() == 1
                       ? judge_changed_column(clause.columns.front(), context)
                       : finding{"cannot be read"};
        case clause_kind::change_column:
        case clause_kind::rename_column: return judge_renamed_column(clause, context);
        case clause_kind::set_default:
        case clause_kind::drop_default:
        case clause_kind::set_column_visibility:
            return context.table.find(clause.name) ? finding{{}, cost::instant}
                                                   : finding{"the original has no such column"};
        case clause_kind::drop_index: return judge_dropped_index(clause, context.table);
        case clause_kind::rename_index:
        case clause_kind::set_index_visibility:
            return context.table.find_index(clause.name)
                       ? finding{{}, cost::instant}
                       : finding{"the original has no such index"};
        case clause_kind::table_option: return judge_option(clause);
        case clause_kind::force: return {{}, cost::rebuild};
        case clause_kind::drop_primary_key: return {"rows may be lost or kept by it"};
        case clause_kind::drop_foreign_key:
        case clause_kind::drop_check:
        case clause_kind::drop_constraint:
        case clause_kind::set_enforced: return {"constraints of a copy have other names"};
        case clause_kind::convert_to: return {"values may change in the copy"};
        case clause_kind::unknown: return {"nothing is known about what it does"};
        default: break;
    }
    if (says_only_how(clause.kind))
        return {};
    if (destroys_rows(clause.kind))
        return {"does nothing to an empty copy and would act on the rows of the original"};
    return {"is not proven to give the same table"};
}

bool destroys_rows(clause_kind kind)
{
    switch (kind) {
        case clause_kind::drop_partition:
        case clause_kind::truncate_partition:
        case clause_kind::exchange_partition:
        case clause_kind::discard_partition:
        case clause_kind::import_partition:
        case clause_kind::convert_partition:
        case clause_kind::discard_tablespace:
        case clause_kind::import_tablespace:
        case clause_kind::rename_to: return true;
        default: return false;
    }
}

std::string describe(const alter_clause& clause)
{
    if (clause.kind == clause_kind::table_option)
        return clause.name;
    std::string text(words_of(clause.kind));
    if (clause.kind == clause_kind::add_column) {
        for (std::size_t i = 0; i < clause.columns.size(); ++i)
            text += (i == 0 ? " " : ", ") + quoted(clause.columns[i].name);
    } else if (clause.kind == clause_kind::add_index && !clause.indexes.empty()) {
        const index_definition& index = clause.indexes.front();
        text += " " + std::string(words_of(index.kind));
        if (!index.name.empty())
            return text + " " + quoted(index.name);
        if (!index.parts.empty())
            text +=
                " on " + (index.parts.front().column.empty() ? std::string("an expression")
                                                             : quoted(index.parts.front().column));
    } else if (!clause.name.empty()) {
        text += " " + quoted(clause.name);
    }
    return text;
}

std::string quoted(std::string_view name)
{
    std::string text = "`";
    for (const char c : name) {
        text += c;
        if (c == '`')
            text += c;
    }
    return text + "`";
}

}  // namespace rewrite
