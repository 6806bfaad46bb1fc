#include "rewrite/verdict/added_column_verdict.hpp"

#include "protocol/ascii.hpp"
#include "rewrite/sql/column_text.hpp"
#include "rewrite/verdict/check_verdict.hpp"
#include "rewrite/verdict/column_type.hpp"
#include "rewrite/verdict/column_verdict.hpp"
#include "rewrite/verdict/expression_verdict.hpp"
#include "rewrite/verdict/key_verdict.hpp"
#include "rewrite/verdict/session_values.hpp"

#include <algorithm>

namespace rewrite {

namespace {

// What folds instead, where old rows may have NULL.
std::string as_two_steps(const table_column& column, std::string_view second)
{
    if (!column.nullable)
        return {};
    return "; two migrations fold, and leave NULL in existing rows: ADD COLUMN ... NULL without "
           "it, then " +
           std::string(second);
}

// What rows get at the time of the copy.
std::string objection_to_value(const column_text& attributes, const lexical_rules& rules)
{
    const table_column& column = attributes.column;
    if (!column.on_update.empty())
        return "ON UPDATE: its value is the time of the copy" +
               as_two_steps(column, "MODIFY with it");
    if (column.form == default_form::now)
        return "DEFAULT CURRENT_TIMESTAMP: its value is the time of the copy" +
               as_two_steps(column, "MODIFY with it");
    if (column.form != default_form::expression)
        return {};
    std::vector<token> tokens = tokenize(*column.default_text, rules);
    tokens.pop_back();  // its end
    std::string why = objection_to_constant(tokens);
    if (why.empty() && holds_time(column.type))
        why = "it may be read in a time zone";
    if (why.empty())
        return {};
    return "DEFAULT (expression): " + why + as_two_steps(column, "ALTER COLUMN ... SET DEFAULT");
}

std::string objection_to_added(const column_text& attributes, const lexical_rules& rules)
{
    const table_column& column = attributes.column;
    if (!column.other.empty())
        return column.other + " is not understood";
    if (!attributes.references.empty())
        return "REFERENCES: not every server makes a foreign key of it";
    if (column.auto_increment)
        return "AUTO_INCREMENT numbers rows in another order";
    if (!column.srid.empty())
        return "an SRID, the spatial reference system of its values, is not proven to give the "
               "same table";
    if (std::string objection = objection_to_value(attributes, rules); !objection.empty())
        return objection;
    if (column.form == default_form::none && column.type == "timestamp" && !attributes.null_written)
        return "its default depends on explicit_defaults_for_timestamp";
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

// NOT NULL without a DEFAULT: rows get the type's own empty value.
finding judge_value(const table_column& column)
{
    if (column.form == default_form::expression)
        return {.needs = {.lenient = true}};  // it may not fit
    if (column.nullable || !column.generated.empty() || column.form == default_form::literal)
        return {};
    const bool has_none = column.type == "timestamp" || column.type == "vector" ||
                          is_spatial(column.type) || column.form == default_form::null;
    if (has_none)
        return {"NOT NULL without DEFAULT: what rows get depends on the server"};
    return {.needs = {.lenient = true}};
}

finding judge_generated(const table_column& added, const clause_context& context)
{
    if (added.generated.empty())
        return {};
    std::vector<token> tokens = tokenize(added.generated, context.rules);
    tokens.pop_back();  // its end
    const std::string objection = objection_to_expression(tokens, context.table, &added);
    if (!objection.empty())
        return {"a generated column: " + objection};
    // A value may not fit the type, or may not be computed: in the copy it is made to fit.
    return {{}, added.stored ? cost::rebuild : cost::nothing, {.lenient = true}};
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

finding judge_added_column(const column_definition& definition, const clause_context& context)
{
    if (definition.if_not_exists)
        return {"IF NOT EXISTS: whether it was added depends on the table"};
    if (context.table.find(definition.name))
        return {"the original has such a column"};
    column_text added = read_definition(definition, context);
    added.column.name = definition.name;
    finding found{objection_to_added(added, context.rules), price_of_added(definition, context)};
    found.add({objection_to_time_zone(added.column, context)});
    found.add(judge_generated(added.column, context));
    if (added.primary)
        found.add({std::string(adds_unique_key) + ": " + std::string(equal_rows_vanish)});
    else if (added.unique)
        found.add(judge_unique_over({definition.name}, context));
    if (!added.check.empty())
        found.add(judge_column_check(added, context));
    found.add(judge_value(added.column));
    return found;
}

}  // namespace rewrite
