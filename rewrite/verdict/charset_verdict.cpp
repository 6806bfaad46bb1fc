#include "rewrite/verdict/charset_verdict.hpp"

#include "rewrite/sql/column_text.hpp"
#include "rewrite/sql/table_name.hpp"
#include "rewrite/verdict/key_verdict.hpp"
#include "rewrite/verdict/table_keys.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace rewrite {

namespace {

using charset_pair = std::pair<std::string_view, std::string_view>;

// The second has every character of the first.
constexpr std::array supersets{
    charset_pair{"ascii", "latin1"},
    charset_pair{"ascii", "utf8mb3"},
    charset_pair{"ascii", "utf8mb4"},
    charset_pair{"latin1", "utf8mb3"},
    charset_pair{"latin1", "utf8mb4"},
    charset_pair{"utf8mb3", "utf8mb4"},
};

bool is_superset(std::string_view before, std::string_view after)
{
    return std::ranges::find(supersets, charset_pair{before, after}) != supersets.end();
}

// Between these a character that is lost becomes '?' in a copy and by an ALTER.
bool loses_alike(std::string_view before, std::string_view after)
{
    constexpr std::array<std::string_view, 4> from{"ascii", "latin1", "utf8mb3", "utf8mb4"};
    constexpr std::array<std::string_view, 8> to{
        "ascii", "latin1", "latin2", "cp1250", "gbk", "utf8mb3", "utf8mb4", "utf16"
    };
    return std::ranges::find(from, before) != from.end() &&
           std::ranges::find(to, after) != to.end();
}

// What a tool that reads the log makes of values that are written while it runs. Source: gh-ost
// 1.1.8, go/sql/types.go, Column.convertArg: latin1 is decoded as Windows-1252, which has no
// characters for five bytes that MySQL's has; a TEXT of another charset is written as its bytes.
std::string spoilt_by_log_reader(const table_column& before, const table_column& after)
{
    if (before.charset == "latin1")
        return "gh-ost knows no characters for the bytes 81, 8D, 8F, 90 and 9D of latin1";
    constexpr std::array same_bytes{
        charset_pair{"ascii", "latin1"},
        charset_pair{"ascii", "utf8mb3"},
        charset_pair{"ascii", "utf8mb4"},
        charset_pair{"utf8mb3", "utf8mb4"},
    };
    const bool is_text = before.type.ends_with("text") || after.type.ends_with("text");
    if (!is_text || std::ranges::find(same_bytes, charset_pair{before.charset, after.charset}) !=
                        same_bytes.end())
        return {};
    return "gh-ost writes a TEXT's bytes as they are, in the new charset too";
}

std::string shown_charset(const table_column& column)
{
    return column.charset.empty() ? "the database's charset" : column.charset;
}

std::string change_of(const table_column& before, const table_column& after)
{
    if (before.charset != after.charset)
        return "converts " + shown_charset(before) + " to " + shown_charset(after);
    return "changes the collation" +
           (before.collation.empty() ? std::string() : " " + before.collation) +
           (after.collation.empty() ? std::string() : " to " + after.collation);
}

std::string
objection_to_dependents(const clause_context& context, const table_column& before, bool converts)
{
    const dependents found = dependents_on(context.table, before.name);
    if (found.foreign)
        return "a foreign key's column, which must be as its parent's";
    if (found.partitioned)
        return "the table is partitioned by it";
    if (!found.generated.empty() || !found.key.empty())
        return (found.generated.empty() ? found.key : found.generated) + " is computed from it";
    if (converts && may_find_rows_by(context, before.name) && before.charset == "latin1")
        return "tools find rows by it";
    return {};
}

// CHARSET_NAME [COLLATE c] as a column would have it.
table_column as_converted(const table_column& before, const alter_clause& clause)
{
    table_column after = before;
    after.charset = charset_name(clause.value);
    after.collation = charset_name(clause.new_name);
    if (after.collation.starts_with("utf8_"))
        after.collation.insert(4, "mb3");
    if (after.collation.empty())
        after.collation = default_collation(after.charset);
    return after;
}

// Other clauses see the columns as they were, or as they will be: which, is not told apart.
bool stands_with_columns(const clause_context& context)
{
    return std::ranges::any_of(context.clauses, [](const alter_clause& other) {
        return other.kind == clause_kind::modify_column ||
               other.kind == clause_kind::change_column ||
               (other.kind == clause_kind::table_option &&
                (other.name == "CHARSET" || other.name == "COLLATE"));
    });
}

}  // namespace

finding judge_charset(
    const table_column& before,
    const table_column& after,
    bool written,
    const clause_context& context
)
{
    const table_definition& table = context.table;
    if (!has_charset(before.type) || !has_charset(after.type))
        return {};
    const bool converts = before.charset != after.charset;
    if (!converts && before.collation == after.collation)
        return {};
    // utf8mb4's default depends on the server: harmless where nothing compares by it.
    const bool is_known = !after.collation.empty();
    const bool is_unique_part = is_in_unique_key(table, before.name);
    const dependents found = dependents_on(table, before.name);
    if (!converts && !is_known && !is_unique_part && !found.any())
        return {};

    finding result{.price = cost::rebuild};
    if (std::string why = objection_to_dependents(context, before, converts); !why.empty())
        return {change_of(before, after) + ": " + why};
    const bool keeps_all = !converts || is_superset(before.charset, after.charset);
    if (!keeps_all && !loses_alike(before.charset, after.charset)) {
        result.objection = change_of(before, after) + ": characters may be lost";
        if (!written && !before.charset.empty())
            result.objection += "; with CHARACTER SET " + before.charset + " it stays as it is";
        return result;
    }
    if (!keeps_all && may_find_rows_by(context, before.name))
        return {change_of(before, after) + ": characters may be lost, and tools find rows by it"};
    result.needs.lenient =
        converts && (!keeps_all || before.type.ends_with("text") || after.type.ends_with("text"));
    if (converts && description_of(context.which).rows == row_source::log) {
        result.spoils = spoilt_by_log_reader(before, after);
        if (!result.spoils.empty())
            result.spoils = change_of(before, after) + ", and " + result.spoils;
    }
    // What is equal may change.
    result.needs.counted = is_unique_part || found.checked;
    return result;
}

finding judge_conversion(const alter_clause& clause, const clause_context& context)
{
    if (charset_name(clause.value) == "default" || clause.value.empty())
        return {"the charset is the database's, which may differ at a consumer"};
    if (stands_with_columns(context))
        return {"the table's charset and columns change together; run as two migrations, each is "
                "judged separately"};
    finding all{.price = cost::rebuild};
    for (const table_column& column : context.table.columns) {
        if (!has_charset(column.type))
            continue;
        if (!column.generated.empty())
            return {"generated column " + quoted_name(column.name) + " is of texts"};
        finding one = judge_charset(column, as_converted(column, clause), true, context);
        if (!one.folds())
            one.objection = quoted_name(column.name) + " " + one.objection;
        all.add(one);
    }
    return all;
}

}  // namespace rewrite
