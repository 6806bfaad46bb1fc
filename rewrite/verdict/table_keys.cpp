#include "rewrite/verdict/table_keys.hpp"

#include "protocol/ascii.hpp"
#include "rewrite/sql/column_text.hpp"
#include "rewrite/sql/table_name.hpp"

#include <algorithm>

namespace rewrite {

namespace {

bool text_mentions(std::string_view text, std::string_view column)
{
    return !text.empty() && mentions(tokenize(text, {}), column);
}

}  // namespace

bool is_unique(const table_index& index)
{
    return index.kind == table_index::form::primary || index.kind == table_index::form::unique;
}

bool holds(const table_index& index, std::string_view column)
{
    return std::ranges::any_of(index.columns, [column](const std::string& part) {
        return protocol::equal_without_case(part, column);
    });
}

bool is_in_unique_key(const table_definition& table, std::string_view column)
{
    return std::ranges::any_of(table.indexes, [column](const table_index& index) {
        return is_unique(index) && holds(index, column);
    });
}

bool is_in_primary_key(const table_definition& table, std::string_view column)
{
    const table_index* primary = table.find_index("PRIMARY");
    return primary && holds(*primary, column);
}

bool finds_rows(const table_index& index, const table_definition& table)
{
    return is_unique(index) && std::ranges::all_of(index.columns, [&](const std::string& part) {
               const table_column* column = table.find(part);
               return column && !column->nullable;
           });
}

dependents dependents_on(const table_definition& table, std::string_view column)
{
    dependents found;
    // A generated column reads only those before it.
    std::vector<std::string> names{std::string(column)};
    const auto reads_one = [&names](std::string_view text) {
        return std::ranges::any_of(names, [text](const std::string& name) {
            return text_mentions(text, name);
        });
    };
    for (const table_column& other : table.columns) {
        if (!reads_one(other.generated))
            continue;
        if (found.generated.empty())
            found.generated = "generated column " + quoted_name(other.name);
        found.unique = found.unique || is_in_unique_key(table, other.name);
        names.push_back(other.name);
    }
    for (const table_index& index : table.indexes) {
        for (const std::string& part : index.columns) {
            if (!part.starts_with('(') || !reads_one(part))
                continue;
            found.key = "key " + quoted_name(index.name);
            found.unique = found.unique || is_unique(index);
        }
    }
    found.checked = std::ranges::any_of(table.checks, reads_one);
    found.foreign = std::ranges::any_of(table.foreign_keys, reads_one);
    // KEY () is by the primary key, whatever it is.
    found.partitioned = reads_one(table.partitioning) ||
                        (!table.partitioning.empty() && is_in_primary_key(table, column));
    return found;
}

}  // namespace rewrite
