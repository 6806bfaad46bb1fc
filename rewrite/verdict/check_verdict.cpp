#include "rewrite/verdict/check_verdict.hpp"

#include "protocol/ascii.hpp"
#include "rewrite/verdict/expression_verdict.hpp"
#include "rewrite/verdict/key_verdict.hpp"

#include <algorithm>

namespace rewrite {

namespace {

constexpr std::uint32_t first_with_checks = 80016;

finding judge_condition(
    std::span<const token> condition,
    bool enforced,
    const table_definition& table,
    const clause_context& context
)
{
    // Before, a server read it and forgot it.
    if (!enforced || context.rules.server_version < first_with_checks)
        return {.price = cost::instant};
    if (std::string objection = objection_to_expression(condition, table, nullptr);
        !objection.empty())
        return {"CHECK: " + objection};
    return {{}, cost::rebuild, {.counted = true}};
}

// From the first parenthesis to the one that closes it.
std::span<const token> in_parentheses(std::span<const token> tokens)
{
    const auto first =
        std::ranges::find_if(tokens, [](const token& t) { return is_symbol(t, '('); });
    std::size_t depth = 0;
    for (auto at = first; at != tokens.end(); ++at) {
        if (is_symbol(*at, '('))
            ++depth;
        if (is_symbol(*at, ')') && --depth == 0)
            return {first, at + 1};
    }
    return {};
}

bool is_enforced(std::span<const token> tokens)
{
    return std::ranges::adjacent_find(tokens, [](const token& a, const token& b) {
               return is(a, "NOT") && is(b, "ENFORCED");
           }) == tokens.end();
}

}  // namespace

finding judge_check(const index_definition& check, const clause_context& context)
{
    const std::vector<token> tokens = tokenize(check.expression, context.rules);
    return judge_condition(in_parentheses(tokens), !check.not_enforced, context.table, context);
}

finding judge_column_check(const column_text& column, const clause_context& context)
{
    const std::vector<token> tokens = tokenize(column.check, context.rules);
    table_definition with = context.table;
    with.columns.push_back(column.column);
    return judge_condition(in_parentheses(tokens), is_enforced(tokens), with, context);
}

finding judge_foreign_key(const index_definition& key, const clause_context& context)
{
    if (key.parts.empty())
        return {"it cannot be read"};
    const bool all_null = std::ranges::all_of(key.parts, [&context](const key_part& part) {
        return is_new_and_null(part.column, context);
    });
    const std::vector<token> tail = tokenize(key.tail, context.rules);
    for (const token& t : tail) {
        // The tool renames its copy, and a parent of that name with it.
        if (is_identifier(t) && protocol::equal_without_case(name_of(t), context.original))
            return {"a foreign key to the table itself"};
        if (!all_null && (is(t, "CASCADE") || is(t, "SET")))
            return {"rows that a foreign key's own action changes in the copy are not in the log"};
    }
    return {{}, cost::rebuild, {.counted = !all_null}};
}

}  // namespace rewrite
