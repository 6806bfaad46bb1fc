#include "rewrite/verdict/renamed_columns.hpp"

#include "rewrite/sql/table_name.hpp"
#include "rewrite/verdict/column_type.hpp"
#include "rewrite/verdict/column_verdict.hpp"

#include <algorithm>

namespace rewrite {
namespace {

bool is_null_by_default(const table_column& column)
{
    const bool has_none =
        column.form == default_form::none || column.default_text.value_or("") == "NULL";
    return column.nullable && has_none;
}

// What INSERT makes of an integer column that it leaves out: digits, with a sign; empty if they are
// not such. In a mode that is not strict, 0 stands in for what has no default.
std::string default_integer(const table_column& column)
{
    if (column.form == default_form::none)
        return "0";
    std::string text = column.default_text.value_or("");
    if (column.form != default_form::literal)
        return {};
    if (text.size() > 2 && text.front() == '\'' && text.back() == '\'')
        text = text.substr(1, text.size() - 2);
    const std::size_t sign = text.starts_with('-') ? 1 : 0;
    const bool is_number = text.size() > sign && text.size() <= 20 &&
                           text.find_first_not_of("0123456789", sign) == std::string::npos;
    return is_number ? text : std::string();
}

// True for rows whose value would not be in a copy that leaves the column out.
std::string condition_of(const table_column& before, const table_column& after)
{
    const std::string name = quoted_name(before.name);
    if (is_null_by_default(after))
        return name + " IS NOT NULL";
    if (!is_integer(before.type) || !is_integer(after.type))
        return {};
    const std::string number = default_integer(after);
    return number.empty() ? number : "NOT (" + name + " <=> " + number + ")";
}

std::uint16_t place_of(const expected_shape& shape, std::string_view name)
{
    const auto found = std::ranges::find(shape.columns, name, &expected_shape::column::name);
    return static_cast<std::uint16_t>(found - shape.columns.begin());
}

}  // namespace

std::string objection_to_witness(const table_column& before, const table_column& after)
{
    if (before.auto_increment || after.auto_increment)
        return "AUTO_INCREMENT fills it where the tool does not copy it";
    if (after.type == "timestamp" || !after.on_update.empty() ||
        after.form == default_form::expression)
        return "its default is another in each row, so no row shows whether the tool copies it";
    return {};
}

std::vector<renamed_column> renamed_columns(
    const alter_text& alter,
    const table_definition& table,
    const expected_shape& copy,
    const lexical_rules& rules
)
{
    const std::vector<token> tokens = tokenize(alter.text, rules);
    const clause_context context{.table = table, .tokens = tokens, .rules = rules};
    std::vector<renamed_column> found;
    for (const alter_clause& clause : alter.clauses) {
        if (clause.kind != clause_kind::change_column || clause.columns.size() != 1 ||
            clause.name == clause.new_name)
            continue;
        const table_column* before = table.find(clause.name);
        if (before == nullptr)
            continue;
        const table_column after = read_definition(clause.columns.front(), context).column;
        renamed_column one;
        one.name = before->name;
        one.place = static_cast<std::uint16_t>(before - table.columns.data());
        one.new_name = clause.new_name;
        one.new_place = place_of(copy, clause.new_name);
        one.null_by_default = is_null_by_default(after);
        one.differs = condition_of(*before, after);
        found.push_back(std::move(one));
    }
    return found;
}

}  // namespace rewrite
