#include "rewrite/migration/expected_shape.hpp"

#include "protocol/ascii.hpp"

#include <algorithm>

namespace rewrite {
namespace {

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

using column = expected_shape::column;

auto find(std::vector<column>& columns, std::string_view name)
{
    return std::ranges::find_if(columns, [&](const column& one) {
        return protocol::equal_without_case(one.name, name);
    });
}

void place(std::vector<column>& columns, column one, bool first, const std::string& after)
{
    auto where = columns.end();
    if (first)
        where = columns.begin();
    else if (!after.empty())
        if (const auto at = find(columns, after); at != columns.end())
            where = at + 1;
    columns.insert(where, std::move(one));
}

// MODIFY and CHANGE. False if the column is not there.
bool change_column(std::vector<column>& columns, const alter_clause& clause)
{
    const auto at = find(columns, clause.name);
    if (at == columns.end() || clause.columns.empty())
        return false;
    const auto& changed = clause.columns.front();
    at->type.reset();
    at->name = changed.name;
    if (changed.first || !changed.after.empty()) {
        column moved = *at;
        columns.erase(at);
        place(columns, std::move(moved), changed.first, changed.after);
    }
    return true;
}

bool apply(std::vector<column>& columns, const alter_clause& clause)
{
    switch (clause.kind) {
        case clause_kind::add_column:
            for (const auto& added : clause.columns)
                place(
                    columns, {.name = added.name, .type = std::nullopt}, added.first, added.after
                );
            return true;
        case clause_kind::drop_column:
            if (const auto at = find(columns, clause.name); at != columns.end())
                columns.erase(at);
            return true;
        case clause_kind::modify_column:
        case clause_kind::change_column: return change_column(columns, clause);
        case clause_kind::rename_column:
            if (const auto at = find(columns, clause.name); at != columns.end())
                at->name = clause.new_name;
            return true;
        default: return true;
    }
}

}  // namespace

std::optional<expected_shape>
shape_after(const facts& before, protocol::byte_view types, const alter_text& alter)
{
    const std::optional<table_definition> table = parse_create_table(before.create_table);
    if (!table || !alter.readable)
        return std::nullopt;
    const bool types_match = types.size() == table->columns.size();
    if (!types_match && !types.empty())
        return std::nullopt;  // hidden columns: SHOW CREATE TABLE does not list what rows have
    expected_shape shape;
    for (std::size_t i = 0; i < table->columns.size(); ++i) {
        column one{.name = table->columns[i].name, .type = std::nullopt};
        if (types_match)
            one.type = types[i];
        shape.columns.push_back(std::move(one));
    }
    for (const alter_clause& clause : alter.clauses)
        if (!apply(shape.columns, clause))
            return std::nullopt;
    return shape;
}

std::string difference(const expected_shape& expected, const protocol::table_map_view& map)
{
    if (expected.columns.size() != map.column_types.size())
        return "it has " + std::to_string(map.column_types.size()) + " columns instead of " +
               std::to_string(expected.columns.size());
    const auto names = protocol::column_names(map);
    for (std::size_t i = 0; i < expected.columns.size(); ++i) {
        const column& one = expected.columns[i];
        if (one.type && !same_type(*one.type, map.column_types[i]))
            return "column " + one.name + " is of another type";
        if (names && names->size() == expected.columns.size() &&
            !protocol::equal_without_case((*names)[i], one.name))
            return "column " + std::to_string(i + 1) + " is not " + one.name;
    }
    return {};
}

}  // namespace rewrite
