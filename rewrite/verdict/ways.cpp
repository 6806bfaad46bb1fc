#include "rewrite/verdict/ways.hpp"

#include "protocol/ascii.hpp"
#include "rewrite/sql/column_text.hpp"
#include "rewrite/sql/table_name.hpp"
#include "rewrite/verdict/added_column.hpp"
#include "rewrite/verdict/advice.hpp"
#include "rewrite/verdict/clause_traits.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <optional>

namespace rewrite {

namespace {

// What a way is made from.
struct site
{
    const migration_plan& plan;
    const alter_text& alter;
    const std::vector<token>& tokens;  // of the ALTER
    const table_definition& table;
    const std::string& create_table;
};

// A way that is still to be judged.
struct attempt
{
    way made;
    std::vector<std::string> tables;  // SHOW CREATE TABLE before each step
};

std::span<const token> tokens_of(const column_definition& column, const site& at)
{
    const std::size_t end = column.definition_offset + column.definition.size();
    const auto first =
        std::ranges::lower_bound(at.tokens, column.definition_offset, {}, &token::offset);
    const auto last = std::ranges::lower_bound(at.tokens, end, {}, &token::offset);
    return {first, last};
}

// Another text in the place of a part of the ALTER.
struct replacement
{
    std::size_t offset = 0;
    std::size_t size = 0;
    std::string text;
};

// The clauses; `edits` are in their order.
std::string edited(const alter_text& alter, const std::vector<replacement>& edits)
{
    std::string text;
    std::size_t at = alter.clauses.front().offset;
    for (const replacement& edit : edits) {
        text += alter.text.substr(at, edit.offset - at);
        text += edit.text;
        at = edit.offset + edit.size;
    }
    return text += alter.text.substr(at);
}

std::string joined(const alter_text& alter, const std::function<bool(std::size_t)>& is_chosen)
{
    std::string text;
    std::optional<std::size_t> group;
    for (std::size_t i = 0; i < alter.clauses.size(); ++i) {
        const alter_clause& clause = alter.clauses[i];
        if (!is_chosen(i))
            continue;
        if (group)
            text += *group == clause.group ? " " : ", ";
        group = clause.group;
        text += clause.text;
    }
    return text;
}

// A line more in front of the others.
std::string with_line(const std::string& create_table, const std::string& line)
{
    const std::size_t at = create_table.find("(\n");
    return at == std::string::npos
               ? std::string()
               : create_table.substr(0, at + 2) + "  " + line + ",\n" + create_table.substr(at + 2);
}

// Without the line that begins with, or holds, a text.
std::string without_line(const std::string& create_table, const std::string& text)
{
    const std::size_t at = create_table.find(text);
    if (at == std::string::npos)
        return {};
    const std::size_t begin = create_table.rfind('\n', at) + 1;
    const std::size_t end = create_table.find('\n', begin);
    if (begin == 0 || end == std::string::npos)
        return {};
    std::string rest = create_table.substr(0, begin) + create_table.substr(end + 1);
    if (const std::size_t comma = rest.find(",\n)"); comma != std::string::npos)
        rest.erase(comma, 1);
    return rest;
}

// A column that gets its default, ON UPDATE or unique key once it is there.
std::optional<attempt> column_first(const site& at)
{
    std::vector<replacement> edits;
    attempt tried{.tables = {at.create_table, at.create_table}};
    std::string second;
    for (const alter_clause& clause : at.alter.clauses) {
        if (traits_of(clause.kind).columns != column_effect::adds)
            continue;
        for (const column_definition& column : clause.columns) {
            const auto parts = split_added_column(column, tokens_of(column, at), at.plan.rules);
            if (!parts)
                continue;
            const std::string name = quoted_name(column.name);
            edits.push_back({column.definition_offset, column.definition.size(), parts->first});
            second += (second.empty() ? "" : ", ") + parts->second;
            tried.tables[1] = with_line(tried.tables[1], name + " " + parts->first);
            tried.made.difference += (tried.made.difference.empty() ? "" : ", ") +
                                     ("existing rows have " + parts->old_rows + " in " + name);
        }
    }
    if (edits.empty())
        return std::nullopt;
    tried.made.steps = {edited(at.alter, edits), second};
    return tried;
}

// DROP and ADD of one name.
std::optional<attempt> drop_first(const site& at)
{
    const auto adds = [](const alter_clause& clause, const std::string& name, bool index) {
        if (index)
            return std::ranges::any_of(clause.indexes, [&name](const index_definition& one) {
                return protocol::equal_without_case(one.name, name);
            });
        return std::ranges::any_of(clause.columns, [&name](const column_definition& one) {
            return protocol::equal_without_case(one.name, name);
        });
    };
    const std::vector<alter_clause>& clauses = at.alter.clauses;
    for (const alter_clause& dropped : clauses) {
        const bool index = dropped.kind == clause_kind::drop_index;
        if (!index && dropped.kind != clause_kind::drop_column)
            continue;
        const auto is_second = [&](std::size_t i) { return adds(clauses[i], dropped.name, index); };
        attempt tried;
        tried.made.steps = {
            joined(at.alter, [&](std::size_t i) { return !is_second(i); }),
            joined(at.alter, is_second)
        };
        if (tried.made.steps[1].empty())
            continue;
        const std::string name = quoted_name(dropped.name);
        tried.tables = {
            at.create_table,
            without_line(at.create_table, index ? "KEY " + name + " (" : "\n  " + name + " ")
        };
        tried.made.difference =
            "between the two the table has no " + std::string(index ? "index " : "column ") + name;
        return tried;
    }
    return std::nullopt;
}

// MODIFY that leaves out the charset which the column has.
std::optional<attempt> charset_written(const site& at)
{
    std::vector<replacement> edits;
    attempt tried{.tables = {at.create_table}};
    for (const alter_clause& clause : at.alter.clauses) {
        if (traits_of(clause.kind).columns != column_effect::redefines || clause.columns.empty())
            continue;
        const column_definition& column = clause.columns.front();
        const auto tokens = tokens_of(column, at);
        const table_column* before = at.table.find(clause.name);
        const column_text after = read_column(tokens, at.plan.rules);
        if (!before || before->charset.empty() || before->charset == at.table.charset ||
            after.charset_written || !after.column.collation.empty() ||
            !has_charset(before->type) || !has_charset(after.column.type))
            continue;
        std::string charset = " CHARACTER SET " + before->charset;
        if (!before->collation.empty())
            charset += " COLLATE " + before->collation;
        const std::size_t end = end_of_type(tokens);
        edits.push_back({end, 0, std::move(charset)});
        tried.made.difference += (tried.made.difference.empty() ? "" : ", ") +
                                 (quoted_name(column.name) + " keeps " + before->charset);
    }
    if (edits.empty())
        return std::nullopt;
    tried.made.steps = {edited(at.alter, edits)};
    return tried;
}

constexpr std::array<std::optional<attempt> (*)(const site&), 3> ways{
    column_first,
    drop_first,
    charset_written,
};

bool folds(const attempt& tried, const migration_plan& plan, facts told, const policy& rules)
{
    for (std::size_t i = 0; i < tried.made.steps.size(); ++i) {
        migration_plan step = plan;
        step.alter_text = "ALTER TABLE " + quoted(plan.ghost) + " " + tried.made.steps[i];
        told.create_table = tried.tables[i];
        if (!step.ghost_create.empty())
            step.ghost_create = told.create_table;
        if (told.create_table.empty() || !refusal(step, told).empty())
            return false;
        const verdict ruling = judge(step, &told, rules);
        if (ruling.what != outcome::fold || ruling.unproven)
            return false;
    }
    return true;
}

}  // namespace

std::vector<way> ways_that_fold(const migration_plan& plan, const facts& told, const policy& rules)
{
    const alter_text alter = read_alter_of(plan);
    const auto table = parse_create_table(told.create_table);
    if (!alter.readable || alter.clauses.empty() || !table || !told.missing.empty())
        return {};
    const std::vector<token> tokens = tokenize(alter.text, plan.rules);
    const site at{plan, alter, tokens, *table, told.create_table};
    std::vector<way> found;
    for (const auto& make : ways) {
        if (auto tried = make(at); tried && folds(*tried, plan, told, rules))
            found.push_back(std::move(tried->made));
    }
    return found;
}

}  // namespace rewrite
