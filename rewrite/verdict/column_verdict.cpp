#include "rewrite/verdict/column_verdict.hpp"

#include "protocol/ascii.hpp"
#include "rewrite/sql/column_text.hpp"
#include "rewrite/sql/table_name.hpp"
#include "rewrite/verdict/column_type.hpp"
#include "rewrite/verdict/session_values.hpp"

#include <algorithm>
#include <optional>

namespace rewrite {

namespace {

column_text read_definition(const column_definition& definition, const clause_context& context)
{
    const std::size_t begin = definition.definition_offset;
    const std::size_t end = begin + definition.definition.size();
    const auto first = std::ranges::lower_bound(context.tokens, begin, {}, &token::offset);
    const auto last = std::ranges::lower_bound(context.tokens, end, {}, &token::offset);
    return read_column({first, last}, context.rules);
}

bool is_in_unique_key(const table_definition& table, std::string_view column)
{
    return std::ranges::any_of(table.indexes, [column](const table_index& index) {
        return (index.kind == table_index::form::primary || index.kind == table_index::form::unique
               ) &&
               std::ranges::any_of(index.columns, [column](const std::string& part) {
                   return protocol::equal_without_case(part, column);
               });
    });
}

bool is_in_primary_key(const table_definition& table, std::string_view column)
{
    const table_index* primary = table.find_index("PRIMARY");
    return primary && std::ranges::any_of(primary->columns, [column](const std::string& part) {
               return protocol::equal_without_case(part, column);
           });
}

bool text_mentions(std::string_view text, std::string_view column)
{
    return !text.empty() && mentions(tokenize(text, {}), column);
}

// What of the table is computed from the column; empty if nothing is.
std::string dependent_on(const table_definition& table, std::string_view column)
{
    for (const table_column& other : table.columns) {
        if (text_mentions(other.generated, column))
            return "generated column " + quoted_name(other.name);
    }
    for (const table_index& index : table.indexes) {
        for (const std::string& part : index.columns) {
            if (part.starts_with('(') && text_mentions(part, column))
                return "key " + quoted_name(index.name);
        }
    }
    if (text_mentions(table.partitioning, column))
        return "partitioning";
    // KEY () is by the primary key, whatever it is.
    if (!table.partitioning.empty() && is_in_primary_key(table, column))
        return "partitioning";
    return {};
}

// Whether a change of the default needs a closer look than "rows keep what they hold".
bool is_plain(default_form form)
{
    return form != default_form::expression;
}

std::string shown_charset(const table_column& column)
{
    return column.charset.empty() ? "the database's charset" : column.charset;
}

// `written`: the text names the charset, or it is the table's.
std::string objection_to_charset(
    const table_column& before,
    const table_column& after,
    const table_definition& table,
    bool written
)
{
    if (!has_charset(before.type) || !has_charset(after.type))
        return {};
    if (before.charset != after.charset) {
        std::string text = "converts " + shown_charset(before) + " to " + shown_charset(after) +
                           ": characters may be lost";
        if (!written && !before.charset.empty())
            text += "; with CHARACTER SET " + before.charset + " it stays as it is";
        return text;
    }
    if (before.collation == after.collation)
        return {};
    // utf8mb4's default depends on the server: harmless where nothing compares by it.
    if (after.collation.empty() && !is_in_unique_key(table, before.name) &&
        dependent_on(table, before.name).empty())
        return {};
    return "changes the collation" +
           (before.collation.empty() ? std::string() : " " + before.collation) +
           ": what is equal in an index may change";
}

std::string objection_to_null(
    const table_column& before, const column_text& after, const table_definition& table
)
{
    const bool implied = !after.null_written && is_in_primary_key(table, before.name);
    const bool nullable = after.column.nullable && !implied;
    if (before.nullable && !nullable)
        return "NULL to NOT NULL: in the tool's copy NULLs become another value or their rows "
               "are missing, where ALTER TABLE fails";
    if (before.type == "timestamp" && !after.null_written)
        return "whether it may be NULL depends on explicit_defaults_for_timestamp";
    if (!before.nullable && nullable && is_in_unique_key(table, before.name))
        return "NOT NULL to NULL in a unique key, by which tools find rows";
    return {};
}

// Everything but type and charset.
std::string objection_to_attributes(
    const table_column& before, const column_text& attributes, const table_definition& table
)
{
    const table_column& after = attributes.column;
    if (attributes.primary || attributes.unique)
        return "adds a unique key: " + std::string(equal_rows_vanish);
    if (!attributes.check.empty() || !attributes.references.empty())
        return "adds a constraint: " + std::string(violators_vanish);
    if (!before.generated.empty() || !after.generated.empty())
        return "a generated column: its values may be computed in another way";
    if (before.auto_increment != after.auto_increment)
        return after.auto_increment ? "adds AUTO_INCREMENT" : "drops AUTO_INCREMENT";
    if (before.srid != after.srid)
        return "changes the SRID, the spatial reference system of its values: not proven to take "
               "the same ones in a copy";
    if (!is_plain(after.form))
        return "DEFAULT (expression)";
    if (before.type == "timestamp" && after.form == default_form::none && !after.nullable)
        return "its default depends on explicit_defaults_for_timestamp";
    return objection_to_null(before, attributes, table);
}

bool is_unreadable(const column_text& attributes, const lexical_rules& rules)
{
    // Bytes of another charset may be equal to other characters' bytes in the facts.
    return family_of(rules.charset) != charset_family::utf8 &&
           !std::ranges::all_of(attributes.column.values, protocol::is_ascii);
}

bool takes_literal(std::string_view type)
{
    return !type.ends_with("text") && !type.ends_with("blob") && type != "json" &&
           type != "vector" && type != "geometry" && type != "timestamp";
}

// What folds instead, where old rows may have NULL.
std::string as_two_steps(const table_column& column, std::string_view second)
{
    if (!column.nullable)
        return {};
    return "; two migrations fold, and leave NULL in existing rows: ADD COLUMN ... NULL without "
           "it, then " +
           std::string(second);
}

std::string objection_to_added(const column_text& attributes)
{
    const table_column& column = attributes.column;
    if (!column.other.empty())
        return column.other + " is not understood";
    if (attributes.primary || attributes.unique)
        return "adds a unique key: " + std::string(equal_rows_vanish);
    if (!attributes.check.empty() || !attributes.references.empty())
        return "adds a constraint: " + std::string(violators_vanish);
    if (column.auto_increment)
        return "AUTO_INCREMENT numbers rows in another order";
    if (!column.on_update.empty())
        return "ON UPDATE: its value is the time of the copy" +
               as_two_steps(column, "MODIFY with it");
    if (!column.generated.empty())
        return "a generated column: its values may be computed in another way";
    if (!column.srid.empty())
        return "an SRID, the spatial reference system of its values, is not proven to give the "
               "same table";
    if (column.form == default_form::now)
        return "DEFAULT CURRENT_TIMESTAMP: its value is the time of the copy" +
               as_two_steps(column, "MODIFY with it");
    if (column.form == default_form::expression)
        return "DEFAULT (expression): its value is computed at the time of the copy" +
               as_two_steps(column, "ALTER COLUMN ... SET DEFAULT");
    if (column.form == default_form::none && column.type == "timestamp" && !attributes.null_written)
        return "its default depends on explicit_defaults_for_timestamp";
    if (!column.nullable && column.form != default_form::literal)
        return "NOT NULL without DEFAULT: what rows get depends on sql_mode" +
               std::string(takes_literal(column.type) ? "; with a DEFAULT it folds" : "");
    return {};
}

// Rows have the instant that the source read; a consumer would read it again in its own zone.
std::string objection_to_time_zone(const table_column& added, const clause_context& context)
{
    const std::string_view time_zone = context.time_zone;
    if (is_offset(time_zone) || !is_read_in_time_zone(added, context.rules))
        return {};
    return "its DEFAULT is read in " +
           (time_zone.empty() ? std::string("the time zone of the tool's session")
                              : "time_zone = " + std::string(time_zone)) +
           ", which may differ at a consumer; it folds where the zone is an offset like '+00:00'";
}

// ADD COLUMN without touching rows came with 8.0.12, anywhere but at the end with 8.0.29.
cost price_of_added(const column_definition& definition, const clause_context& context)
{
    const table_definition& table = context.table;
    const bool fulltext = std::ranges::any_of(table.indexes, [](const table_index& index) {
        return index.kind == table_index::form::fulltext;
    });
    if (context.rules.server_version < 80012 || table.row_format == "compressed" || fulltext)
        return cost::rebuild;
    const bool last = !definition.first &&
                      (definition.after.empty() || table.columns.empty() ||
                       protocol::equal_without_case(definition.after, table.columns.back().name));
    return last || context.rules.server_version >= 80029 ? cost::instant : cost::rebuild;
}

}  // namespace

finding judge_changed_column(const column_definition& definition, const clause_context& context)
{
    const table_column* before = context.table.find(definition.name);
    if (!before)
        return {"the original has no such column"};
    if (before->name != definition.name)
        return {"spells the column's name in another way"};
    column_text after = read_definition(definition, context);
    for (const std::string& other : {before->other, after.column.other}) {
        if (!other.empty())
            return {other + " is not understood"};
    }
    if (is_unreadable(after, context.rules))
        return {"values in a charset other than UTF-8"};

    const bool implied = has_charset(after.column.type) && after.column.charset.empty();
    if (implied) {
        after.column.charset = context.table.charset;
        after.column.collation = context.table.collation;
    }
    std::string objection = objection_to_attributes(*before, after, context.table);
    if (objection.empty())
        objection = objection_to_charset(*before, after.column, context.table, !implied);
    if (!objection.empty())
        return {objection};

    const bool moved = definition.first || !definition.after.empty();
    if (same_type(*before, after.column)) {
        const bool nullable =
            after.column.nullable && !is_in_primary_key(context.table, definition.name);
        return {{}, moved || before->nullable != nullable ? cost::rebuild : cost::instant};
    }
    const std::optional<cost> price = widening(*before, after.column);
    if (!price)
        return {
            type_text(*before) + " to " + type_text(after.column) +
            " may not keep every value: " + value_without_place(*before, after.column)
        };
    // Under PAD_CHAR_TO_FULL_LENGTH the two lengths are no longer equal to a NO PAD collation, and
    // triggers that find the copy's rows by this key miss them.
    if (before->type == "char" && is_in_unique_key(context.table, definition.name))
        return {"a longer CHAR in a unique key: a tool may miss rows in the copy"};
    const std::string dependent = dependent_on(context.table, definition.name);
    if (!dependent.empty())
        return {"changes the type under " + dependent};
    return {{}, moved || before->nullable != after.column.nullable ? cost::rebuild : *price};
}

finding judge_added_column(const column_definition& definition, const clause_context& context)
{
    if (definition.if_not_exists)
        return {"IF NOT EXISTS: whether it was added depends on the table"};
    if (context.table.find(definition.name))
        return {"the original has such a column"};
    const column_text added = read_definition(definition, context);
    std::string objection = objection_to_added(added);
    if (objection.empty())
        objection = objection_to_time_zone(added.column, context);
    return {std::move(objection), price_of_added(definition, context)};
}

}  // namespace rewrite
