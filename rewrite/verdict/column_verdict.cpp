#include "rewrite/verdict/column_verdict.hpp"

#include "protocol/ascii.hpp"
#include "rewrite/sql/table_name.hpp"
#include "rewrite/verdict/charset_verdict.hpp"
#include "rewrite/verdict/check_verdict.hpp"
#include "rewrite/verdict/column_type.hpp"
#include "rewrite/verdict/expression_verdict.hpp"
#include "rewrite/verdict/key_verdict.hpp"
#include "rewrite/verdict/table_keys.hpp"
#include "rewrite/verdict/value_change.hpp"

#include <algorithm>
#include <optional>
#include <span>

namespace rewrite {

namespace {

// Everything but type, charset and NULL.
std::string objection_to_attributes(const table_column& before, const column_text& attributes)
{
    const table_column& after = attributes.column;
    if (!attributes.references.empty())
        return "REFERENCES: not every server makes a foreign key of it";
    if (!before.generated.empty() && after.generated.empty())
        return "a generated column becomes a plain one: tools do not copy its values";
    if (before.generated.empty() && !after.generated.empty() && !after.stored)
        return "becomes a virtual column";
    if (before.auto_increment != after.auto_increment)
        return after.auto_increment ? "adds AUTO_INCREMENT" : "drops AUTO_INCREMENT";
    if (before.srid != after.srid)
        return "changes the SRID, the spatial reference system of its values: not proven to take "
               "the same ones in a copy";
    if (before.type == "timestamp" && after.form == default_form::none && !after.nullable)
        return "its default depends on explicit_defaults_for_timestamp";
    if (before.type == "timestamp" && !attributes.null_written)
        return "whether it may be NULL depends on explicit_defaults_for_timestamp";
    return {};
}

bool is_nullable_after(const column_text& after, const table_definition& table)
{
    const bool implied = !after.null_written && is_in_primary_key(table, after.column.name);
    return after.column.nullable && !implied;
}

// What stands on a value that changes, changes with it.
finding judge_dependents(const table_definition& table, const table_column& before)
{
    const dependents found = dependents_on(table, before.name);
    if (found.partitioned)
        return {"values change under the partitioning: rows may lack a place"};
    if (found.foreign)
        return {"values change under a foreign key"};
    return {
        .needs =
            {.lenient = found.any(),
             .counted = found.unique || found.checked || is_in_unique_key(table, before.name)}
    };
}

finding
judge_null(const table_column& before, const column_text& after, const clause_context& context)
{
    const bool nullable = is_nullable_after(after, context.table);
    if (!before.nullable && nullable) {
        if (may_find_rows_by(context, before.name))
            return {"NOT NULL to NULL in a unique key, by which tools find rows"};
        return {.price = cost::rebuild};
    }
    if (!before.nullable || nullable)
        return {};
    if (before.type == "timestamp" || after.column.type == "timestamp" || is_spatial(before.type) ||
        before.type == "vector")
        return {"NULL to NOT NULL: what a NULL becomes depends on the server"};
    finding result{.price = cost::rebuild, .needs = {.lenient = true}};
    result.add(judge_dependents(context.table, before));
    return result;
}

bool is_unreadable(const column_text& attributes, const lexical_rules& rules)
{
    // Bytes of another charset may be equal to other characters' bytes in the facts.
    return family_of(rules.charset) != charset_family::utf8 &&
           !std::ranges::all_of(attributes.column.values, protocol::is_ascii);
}

std::string not_every_value(const table_column& before, const table_column& after)
{
    return type_text(before) + " to " + type_text(after) + " may not keep every value: ";
}

// Values that do not fit. Where tools find rows by them, they miss those that were made to fit.
finding
judge_lossy(const table_column& before, const table_column& after, const clause_context& context)
{
    if (!becomes_the_same(before, after, context.rules.server_version))
        return {not_every_value(before, after) + value_without_place(before, after)};
    if (may_find_rows_by(context, before.name)) {
        if (!are_integers(before, after) || !context.strict)
            return {
                not_every_value(before, after) + value_without_place(before, after) +
                ", and tools find rows by it"
            };
        return {.price = cost::rebuild, .needs = {.counted = true}, .strict = true};
    }
    return {.price = cost::rebuild, .needs = {.lenient = true}};
}

// Rows in the log have a member's place, not its text.
bool moves_members(const table_column& before, const table_column& after)
{
    return before.type == "enum" && after.type == "enum" &&
           !std::ranges::equal(
               before.values,
               std::span(after.values).first(std::min(before.values.size(), after.values.size()))
           );
}

// Source: gh-ost 1.1.8, go/sql/types.go: a TEXT is written as bytes.
std::string spoilt_by_cutting(const table_column& before, const table_column& after)
{
    const bool has_long_characters = before.charset != "ascii" && before.charset != "latin1";
    if (!before.type.ends_with("text") || !after.type.ends_with("text") || !has_long_characters)
        return {};
    return type_text(before) + " to " + type_text(after) +
           ": gh-ost has a TEXT cut within a character";
}

// A character has the same bytes in both.
bool has_equal_bytes(std::string_view before, std::string_view after)
{
    const bool is_utf8 = after == "utf8mb3" || after == "utf8mb4";
    return before == after || (before == "ascii" && (is_utf8 || after == "latin1")) ||
           ((before == "utf8mb3" || before == "utf8mb4") && is_utf8);
}

// Source: gh-ost 1.1.8, go/logic/inspect.go: what it reads in the log it converts for columns that
// keep their names.
std::string spoilt_by_renaming(const table_column& before, const table_column& after)
{
    const std::string change = type_text(before) + " to " + type_text(after);
    if (before.type == "enum" && (after.type != "enum" || moves_members(before, after)))
        return change + ": gh-ost writes members' numbers to a column with another name";
    const bool are_texts =
        before.type != "enum" && has_charset(before.type) && has_charset(after.type);
    if (are_texts && !has_equal_bytes(before.charset, after.charset))
        return change + ": gh-ost writes bytes as they are to a column with another name";
    return {};
}

finding
judge_type(const table_column& before, const table_column& after, const clause_context& context)
{
    if (same_type(before, after))
        return {.price = cost::instant};
    const table_definition& table = context.table;
    const std::optional<cost> price = widening(before, after);
    finding result = price ? finding{.price = *price} : judge_lossy(before, after, context);
    if (!result.folds())
        return result;
    if (moves_members(before, after) && may_find_rows_by(context, before.name))
        return {"members change their places, and tools find rows by them"};
    // A tool that reads the log writes their old places: it takes no text from bytes.
    if (moves_members(before, after) && before.charset == "binary")
        return {"members of a binary ENUM change their places"};
    if (!price && description_of(context.which).rows == row_source::log)
        result.spoils = spoilt_by_cutting(before, after);
    // Under PAD_CHAR_TO_FULL_LENGTH the two lengths are no longer equal to a NO PAD collation, and
    // triggers that find the copy's rows by this key miss them.
    if (before.type == "char" && is_in_unique_key(table, before.name))
        return {"another length of a CHAR in a unique key: a tool may miss rows in the copy"};
    const finding under = judge_dependents(table, before);
    if (price && under.folds()) {
        // A unique key takes every value that it took; what is computed may not fit.
        const dependents found = dependents_on(table, before.name);
        result.needs.add({.lenient = found.any(), .counted = found.unique || found.checked});
    } else {
        result.add(under);
    }
    return result;
}

// What a generated column had does not matter: every row is computed anew.
finding
judge_computed(const table_column& before, const table_column& after, const clause_context& context)
{
    std::vector<token> tokens = tokenize(after.generated, context.rules);
    tokens.pop_back();  // its end
    const std::string objection = objection_to_expression(tokens, context.table, &after);
    if (!objection.empty())
        return {"a generated column: " + objection};
    if (may_find_rows_by(context, before.name))
        return {"a generated column by which tools find rows"};
    finding result{.price = cost::rebuild, .needs = {.lenient = true}};
    result.add(judge_dependents(context.table, before));
    return result;
}

// Constraints that the column's own definition adds.
finding judge_constraints(
    const column_text& after, const table_column& before, const clause_context& context
)
{
    finding result;
    if (after.unique || after.primary) {
        if (before.nullable && !is_nullable_after(after, context.table))
            return {std::string(adds_unique_key) + " of what becomes NOT NULL"};
        result.add(judge_unique_over({before.name}, context));
        if (after.primary)
            result.price = cost::rebuild;
    }
    if (!after.check.empty())
        result.add(judge_column_check(after, context));
    return result;
}

}  // namespace

column_text read_definition(const column_definition& definition, const clause_context& context)
{
    const std::size_t begin = definition.definition_offset;
    const std::size_t end = begin + definition.definition.size();
    const auto first = std::ranges::lower_bound(context.tokens, begin, {}, &token::offset);
    const auto last = std::ranges::lower_bound(context.tokens, end, {}, &token::offset);
    return read_column({first, last}, context.rules);
}

finding judge_changed_column(
    std::string_view name, const column_definition& definition, const clause_context& context
)
{
    const table_column* before = context.table.find(name);
    if (!before)
        return {"the original has no such column"};
    if (before->name != name)
        return {"spells the column's name in another way"};
    column_text after = read_definition(definition, context);
    after.column.name = name;
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
    finding result{objection_to_attributes(*before, after)};
    if (!after.column.generated.empty()) {
        result.add(judge_computed(*before, after.column, context));
    } else {
        result.add(judge_null(*before, after, context));
        result.add(judge_charset(*before, after.column, !implied, context));
        result.add(judge_type(*before, after.column, context));
    }
    const bool is_renamed = definition.name != name;
    if (is_renamed && description_of(context.which).rows == row_source::log)
        result.add({.spoils = spoilt_by_renaming(*before, after.column)});
    result.add(judge_constraints(after, *before, context));
    if (definition.first || !definition.after.empty())
        result.price = cost::rebuild;
    return result;
}

}  // namespace rewrite
