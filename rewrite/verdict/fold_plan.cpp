#include "rewrite/verdict/fold_plan.hpp"

#include "protocol/ascii.hpp"
#include "rewrite/sql/alter_emit.hpp"
#include "rewrite/sql/client_charset.hpp"
#include "rewrite/sql/table_name.hpp"
#include "rewrite/verdict/clause_traits.hpp"
#include "rewrite/verdict/constraint_names.hpp"

#include <algorithm>

namespace rewrite {

namespace {

// ALGORITHM, LOCK and the like speak of the tool's empty table, not of the consumer's full one.
std::vector<std::size_t> clauses_left_out(const alter_text& alter)
{
    std::vector<std::size_t> indexes;
    for (std::size_t i = 0; i < alter.clauses.size(); ++i) {
        if (says_only_how(alter.clauses[i].kind))
            indexes.push_back(i);
    }
    return indexes;
}

// The clauses of ours, in front of the recorded ones; but for constraints.
std::string own_clauses(const alter_text* alter, const fold_target& target)
{
    std::string clauses;
    if (!target.renamed_to.empty())
        clauses = "RENAME TO " + quoted(target.original);
    if (target.force && takes_force(alter))
        append_clause(clauses, "FORCE");
    return clauses;
}

constraint_changes
constraints_of(const alter_text& alter, const fold_target& target, const lexical_rules& rules)
{
    if (!target.renames_constraints)
        return {};
    return plan_constraints(
        alter,
        {.create_table = target.create_table,
         .ghost_create = target.ghost_create,
         .original = target.original,
         .ghost = target.ghost,
         .away = target.renamed_to},
        rules
    );
}

const table_name& name_at_consumers(const fold_target& target)
{
    return target.renamed_to.empty() ? target.original : target.renamed_to;
}

std::optional<std::string>
text_of_fold(const alter_text& alter, const fold_target& target, const lexical_rules& rules)
{
    std::string own = own_clauses(&alter, target);
    if (!protocol::is_ascii(own) && family_of(alter.charset) != charset_family::utf8)
        return std::nullopt;
    const constraint_changes constraints = constraints_of(alter, target, rules);
    if (!constraints.objection.empty())
        return std::nullopt;
    append_clause(own, constraints.clauses);
    std::vector<std::size_t> left_out = clauses_left_out(alter);
    left_out.insert(left_out.end(), constraints.replaced.begin(), constraints.replaced.end());
    return emit_alter(alter, name_at_consumers(target), left_out, own);
}

// Changes a shape clause by clause.
class shape_editor
{
public:
    explicit shape_editor(expected_shape& shape) : columns_(shape.columns) {}

    // False: what comes of the clause is not known.
    bool apply(const alter_clause& clause)
    {
        switch (traits_of(clause.kind).columns) {
            case column_effect::adds:
                for (const column_definition& column : clause.columns)
                    place({.name = column.name, .type = std::nullopt}, column);
                return true;
            case column_effect::drops:
                if (const auto at = find(clause.name); at != columns_.end())
                    columns_.erase(at);
                return true;
            case column_effect::redefines: return redefine(clause);
            case column_effect::renames:
                if (const auto at = find(clause.name); at != columns_.end())
                    at->name = clause.new_name;
                return true;
            case column_effect::keeps_type:
            case column_effect::none: return true;
        }
        return false;
    }

private:
    std::vector<expected_shape::column>::iterator find(std::string_view name)
    {
        return std::ranges::find_if(columns_, [name](const expected_shape::column& column) {
            return protocol::equal_without_case(column.name, name);
        });
    }

    void place(expected_shape::column column, const column_definition& definition)
    {
        auto where = columns_.end();
        if (definition.first) {
            where = columns_.begin();
        } else if (!definition.after.empty()) {
            if (const auto at = find(definition.after); at != columns_.end())
                where = at + 1;
        }
        columns_.insert(where, std::move(column));
    }

    bool redefine(const alter_clause& clause)
    {
        const auto at = find(clause.name);
        if (at == columns_.end() || clause.columns.empty())
            return false;
        const column_definition& definition = clause.columns.front();
        at->type.reset();
        at->name = definition.name;
        if (definition.first || !definition.after.empty()) {
            expected_shape::column moved = *at;
            columns_.erase(at);
            place(std::move(moved), definition);
        }
        return true;
    }

    std::vector<expected_shape::column>& columns_;
};

std::optional<expected_shape> shape_before(const fold_target& target)
{
    const std::optional<table_definition> table = parse_create_table(target.create_table);
    if (!table)
        return std::nullopt;
    const bool has_types = !target.types.empty();
    if (has_types && target.types.size() != table->columns.size())
        return std::nullopt;  // hidden columns: SHOW CREATE TABLE does not list what rows have
    expected_shape shape;
    for (std::size_t i = 0; i < table->columns.size(); ++i) {
        expected_shape::column column{.name = table->columns[i].name, .type = std::nullopt};
        if (has_types)
            column.type = target.types[i];
        shape.columns.push_back(std::move(column));
    }
    return shape;
}

bool same_type(std::uint8_t a, std::uint8_t b)
{
    // TIMESTAMP, DATETIME and TIME of before 5.6 become their new forms in any rebuild.
    const auto modern = [](std::uint8_t type) -> std::uint8_t {
        switch (type) {
            case 7: return 17;
            case 12: return 18;
            case 11: return 19;
            default: return type;
        }
    };
    return modern(a) == modern(b);
}

}  // namespace

std::optional<expected_shape> shape_after(const alter_text& alter, const fold_target& target)
{
    std::optional<expected_shape> shape = shape_before(target);
    if (!shape)
        return std::nullopt;
    shape_editor editor(*shape);
    for (const alter_clause& clause : alter.clauses) {
        if (!editor.apply(clause))
            return std::nullopt;
    }
    return shape;
}

bool takes_force(const alter_text* alter)
{
    return !alter || std::ranges::none_of(alter->clauses, [](const alter_clause& clause) {
        return clause.kind == clause_kind::force || place_of(clause.kind) == clause_place::alone;
    });
}

std::optional<fold_plan>
plan_fold(const alter_text* alter, const fold_target& target, const lexical_rules& rules)
{
    if (!alter) {
        std::string own = own_clauses(nullptr, target);
        const constraint_changes constraints = constraints_of({}, target, rules);
        if (!constraints.objection.empty())
            return std::nullopt;
        append_clause(own, constraints.clauses);
        if (own.empty())
            return fold_plan{};
        return fold_plan{
            .text = "ALTER TABLE " + quoted(name_at_consumers(target)) + " " + own,
            .shape = std::nullopt
        };
    }
    if (!alter->readable)
        return std::nullopt;
    std::optional<std::string> text = text_of_fold(*alter, target, rules);
    if (!text)
        return std::nullopt;
    return fold_plan{.text = std::move(*text), .shape = shape_after(*alter, target)};
}

std::string difference(const expected_shape& expected, const protocol::table_map_view& map)
{
    if (expected.columns.size() != map.column_types.size())
        return "it has " + std::to_string(map.column_types.size()) + " columns instead of " +
               std::to_string(expected.columns.size());
    const auto names = protocol::column_names(map);
    for (std::size_t i = 0; i < expected.columns.size(); ++i) {
        const expected_shape::column& column = expected.columns[i];
        if (column.type && !same_type(*column.type, map.column_types[i]))
            return "column " + column.name + " is of another type";
        if (names && names->size() == expected.columns.size() &&
            !protocol::equal_without_case((*names)[i], column.name))
            return "column " + std::to_string(i + 1) + " is not " + column.name;
    }
    return {};
}

}  // namespace rewrite
