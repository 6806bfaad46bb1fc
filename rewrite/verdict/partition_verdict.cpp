#include "rewrite/verdict/partition_verdict.hpp"

#include "rewrite/verdict/expression_verdict.hpp"

#include <algorithm>
#include <array>

namespace rewrite {

namespace {

constexpr std::string_view no_place =
    "rows whose values have no place in a partition are missing in the tool's copy, where ALTER "
    "TABLE would fail";

bool has_word(std::span<const token> tokens, std::string_view word)
{
    return std::ranges::any_of(tokens, [word](const token& t) { return is(t, word); });
}

// Index of the parenthesis that closes the one at `open`; the end without one.
std::size_t end_of(std::span<const token> tokens, std::size_t open)
{
    std::size_t depth = 0;
    for (std::size_t i = open; i < tokens.size(); ++i) {
        if (is_symbol(tokens[i], '('))
            ++depth;
        if (is_symbol(tokens[i], ')') && --depth == 0)
            return i;
    }
    return tokens.size();
}

std::span<const token> tokens_of(const alter_clause& clause, const clause_context& context)
{
    const auto first = std::ranges::lower_bound(context.tokens, clause.offset, {}, &token::offset);
    const auto last =
        std::ranges::lower_bound(context.tokens, clause.offset + clause.size, {}, &token::offset);
    return {first, last};
}

// What rows are divided by: after each BY [LINEAR] HASH | KEY | RANGE | LIST [COLUMNS] [ALGORITHM
// = n], in parentheses.
std::string objection_to_division(std::span<const token> tokens, const table_definition& table)
{
    for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
        if (!is(tokens[i], "BY"))
            continue;
        std::size_t open = i + 1;
        while (open < tokens.size() && !is_symbol(tokens[open], '('))
            ++open;
        const std::size_t close = end_of(tokens, open);
        if (close == tokens.size())
            return "it cannot be read";
        const auto by = tokens.subspan(open, close + 1 - open);
        if (by.size() == 2)
            continue;  // KEY (): by the primary key
        for (const token& t : by) {
            if (is_identifier(t) && t.kind == token_kind::name && !table.find(name_of(t)))
                return "by a column that the original does not have";
        }
        if (has_word(tokens.subspan(i, open - i), "KEY") ||
            has_word(tokens.subspan(i, open - i), "COLUMNS"))
            continue;  // by columns as they are
        if (std::string objection = objection_to_expression(by, table, nullptr); !objection.empty())
            return objection;
    }
    return {};
}

// RANGE: the last VALUES LESS THAN is MAXVALUE in all of its parts.
bool ends_with_maxvalue(std::span<const token> tokens)
{
    std::size_t last = tokens.size();
    for (std::size_t i = 0; i + 2 < tokens.size(); ++i) {
        if (is(tokens[i], "LESS") && is(tokens[i + 1], "THAN"))
            last = i + 2;
    }
    if (last == tokens.size())
        return false;
    if (is(tokens[last], "MAXVALUE"))
        return true;
    if (!is_symbol(tokens[last], '('))
        return false;
    const std::size_t close = end_of(tokens, last);
    if (close == tokens.size())
        return false;
    return std::ranges::all_of(tokens.subspan(last + 1, close - last - 1), [](const token& t) {
        return is(t, "MAXVALUE") || is_symbol(t, ',');
    });
}

bool computes(std::span<const token> tokens)
{
    return std::ranges::any_of(tokens, [](const token& t) {
        return is_symbol(t, '+') || is_symbol(t, '-') || is_symbol(t, '*') || is_symbol(t, '%') ||
               is(t, "DIV") || is(t, "MOD");
    });
}

finding judge_partition_by(std::span<const token> tokens, const clause_context& context)
{
    std::string objection = objection_to_division(tokens, context.table);
    if (!objection.empty())
        return {std::move(objection)};
    // PARTITION BY [LINEAR] word
    const token& kind = tokens[is(tokens[2], "LINEAR") ? 3 : 2];
    // What is divided by may not be computed: in the copy it is made to fit.
    if (is(kind, "HASH") || is(kind, "KEY") || (is(kind, "RANGE") && ends_with_maxvalue(tokens)))
        return {.price = cost::rebuild, .needs = {.lenient = computes(tokens)}};
    return {
        std::string(no_place) +
        (is(kind, "RANGE") ? "; with a last partition of VALUES LESS THAN MAXVALUE it folds" : "")
    };
}

bool is_divided_by(const table_definition& table, std::string_view kind)
{
    const std::vector<token> tokens = tokenize(table.partitioning, {.server_version = 99999});
    const auto by = std::ranges::find_if(tokens, [](const token& t) { return is(t, "BY"); });
    return by != tokens.end() && by + 1 != tokens.end() && is(by[1], kind);
}

}  // namespace

bool is_about_partitions(clause_kind kind)
{
    using enum clause_kind;
    constexpr std::array kinds{
        partition_by,
        remove_partitioning,
        add_partition,
        coalesce_partition,
        reorganize_partition,
        rebuild_partition,
        optimize_partition,
        analyze_partition,
    };
    return std::ranges::find(kinds, kind) != kinds.end();
}

finding judge_partitions(const alter_clause& clause, const clause_context& context)
{
    const std::span<const token> tokens = tokens_of(clause, context);
    if (has_word(tokens, "DIRECTORY") || has_word(tokens, "TABLESPACE"))
        return {"a DIRECTORY or TABLESPACE that the consumer may not have"};
    if (clause.kind != clause_kind::partition_by && context.table.partitioning.empty())
        return {"the original has no partitions"};
    switch (clause.kind) {
        case clause_kind::partition_by:
            return tokens.size() > 4 ? judge_partition_by(tokens, context)
                                     : finding{"it cannot be read"};
        case clause_kind::reorganize_partition:
            // A range cannot be made shorter; of a list, values can be left out.
            return is_divided_by(context.table, "RANGE") && has_word(tokens, "INTO")
                       ? finding{.price = cost::rebuild}
                       : finding{std::string(no_place)};
        case clause_kind::add_partition:
            // Old rows stay where they are; those by HASH and KEY are divided anew.
            return {
                .price =
                    is_divided_by(context.table, "RANGE") || is_divided_by(context.table, "LIST")
                        ? cost::instant
                        : cost::rebuild
            };
        case clause_kind::analyze_partition: return {.price = cost::instant};
        default: return {.price = cost::rebuild};
    }
}

}  // namespace rewrite
