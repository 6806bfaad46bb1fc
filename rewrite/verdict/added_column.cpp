#include "rewrite/verdict/added_column.hpp"

#include "rewrite/sql/column_text.hpp"
#include "rewrite/sql/table_name.hpp"

#include <array>
#include <vector>

namespace rewrite {

namespace {

// From token `at`, which is a "(", past its ")"; past all tokens if it does not close.
std::size_t past_brackets(std::span<const token> tokens, std::size_t at)
{
    std::size_t depth = 0;
    for (; at < tokens.size(); ++at) {
        if (is_symbol(tokens[at], '('))
            ++depth;
        if (is_symbol(tokens[at], ')') && --depth == 0)
            return at + 1;
    }
    return at;
}

bool is_bracket(std::span<const token> tokens, std::size_t at)
{
    return at < tokens.size() && is_symbol(tokens[at], '(');
}

bool is_word(std::span<const token> tokens, std::size_t at, std::string_view word)
{
    return at < tokens.size() && is(tokens[at], word);
}

// Past what follows DEFAULT or ON UPDATE: a sign, a word or a literal, and what stands in brackets.
std::size_t past_value(std::span<const token> tokens, std::size_t at)
{
    if (at < tokens.size() && (is_symbol(tokens[at], '-') || is_symbol(tokens[at], '+')))
        ++at;
    if (is_bracket(tokens, at))
        return past_brackets(tokens, at);
    const bool is_string = at < tokens.size() && tokens[at].kind == token_kind::string;
    ++at;
    while (at < tokens.size() && tokens[at].kind == token_kind::string)
        ++at;  // 'a' 'b' is one string, and DATE '...' one literal
    return !is_string && is_bracket(tokens, at) ? past_brackets(tokens, at) : at;
}

// Past DEFAULT, ON UPDATE, NULL, NOT NULL or UNIQUE with what belongs to it; `at` itself where none
// of them begins.
std::size_t past_attribute(std::span<const token> tokens, std::size_t at)
{
    if (is_word(tokens, at, "DEFAULT"))
        return past_value(tokens, at + 1);
    if (is_word(tokens, at, "ON") && is_word(tokens, at + 1, "UPDATE"))
        return past_value(tokens, at + 2);
    if (is_word(tokens, at, "NULL"))
        return at + 1;
    if (is_word(tokens, at, "NOT") && is_word(tokens, at + 1, "NULL"))
        return at + 2;
    if (is_word(tokens, at, "UNIQUE"))
        return at + (is_word(tokens, at + 1, "KEY") ? 2 : 1);
    return at;
}

// The definition without those.
std::string bare_definition(std::span<const token> tokens)
{
    std::string text;
    for (std::size_t at = 0; at < tokens.size();) {
        const bool is_of_storage =
            is_word(tokens, at, "COLUMN_FORMAT") || is_word(tokens, at, "STORAGE");
        const std::size_t past = is_of_storage ? at : past_attribute(tokens, at);
        if (past != at) {
            at = past;
            continue;
        }
        std::size_t end = at + (is_of_storage ? 2 : 1);
        if (is_bracket(tokens, end))
            end = past_brackets(tokens, end);
        end = std::min(end, tokens.size());
        text += text.empty() ? "" : " ";
        text += std::string_view(tokens[at].text.begin(), tokens[end - 1].text.end());
        at = end;
    }
    return text;
}

// What a server fills in for NOT NULL columns of the type; empty if no DEFAULT can say it.
std::string filler(const table_column& column)
{
    constexpr std::array<std::string_view, 12> numbers{
        "tinyint",
        "smallint",
        "mediumint",
        "int",
        "bigint",
        "decimal",
        "float",
        "double",
        "real",
        "bit",
        "year",
        ""
    };
    const std::string& type = column.type;
    for (const std::string_view number : numbers) {
        if (type == number)
            return "0";
    }
    if (type == "char" || type == "varchar" || type == "binary" || type == "varbinary" ||
        type == "set")
        return "''";
    if (type == "date")
        return "'1970-01-01'";
    if (type == "datetime")
        return "'1970-01-01 00:00:00'";
    if (type == "time")
        return "'00:00:00'";
    return {};
}

// What stays of the definition is what it was.
bool is_kept(const table_column& before, const table_column& after)
{
    return before.type == after.type && before.arguments == after.arguments &&
           before.is_unsigned == after.is_unsigned && before.zerofill == after.zerofill &&
           before.charset == after.charset && before.collation == after.collation &&
           before.invisible == after.invisible && before.comment == after.comment &&
           after.form == default_form::none && after.on_update.empty() && after.other.empty();
}

}  // namespace

std::size_t end_of_type(std::span<const token> tokens)
{
    if (tokens.empty())
        return 0;
    const std::size_t last = is_bracket(tokens, 1) ? past_brackets(tokens, 1) : 1;
    const token& end = tokens[last - 1];
    return end.offset + end.text.size();
}

std::optional<split_column> split_added_column(
    const column_definition& column, std::span<const token> tokens, const lexical_rules& rules
)
{
    const column_text whole = read_column(tokens, rules);
    const table_column& asked = whole.column;
    const bool is_computed =
        asked.form == default_form::now || asked.form == default_form::expression;
    const bool without_default = !asked.nullable && asked.form == default_form::none;
    const bool has_more =
        is_computed || without_default || !asked.on_update.empty() || whole.unique;
    if (!has_more || !asked.other.empty() || !asked.generated.empty() || asked.auto_increment ||
        whole.primary || !whole.check.empty() || !whole.references.empty() || tokens.empty())
        return std::nullopt;

    const std::string bare = bare_definition(tokens);
    std::vector<token> bare_tokens = tokenize(bare, rules);
    bare_tokens.pop_back();  // the end
    if (!is_kept(asked, read_column(bare_tokens, rules).column))
        return std::nullopt;
    const std::string name = quoted_name(column.name);
    std::string literal = asked.nullable ? "NULL" : filler(asked);
    if (asked.form == default_form::literal)
        literal = asked.default_text.value_or("");
    const bool unique_too = whole.unique && (is_computed || !asked.on_update.empty());
    if (literal.empty() || unique_too || (whole.unique && literal != "NULL"))
        return std::nullopt;

    split_column made{.first = bare, .old_rows = literal};
    made.first += asked.nullable ? " NULL" : " NOT NULL";
    if (literal != "NULL")
        made.first += " DEFAULT " + literal;
    if (whole.unique)
        made.second = "ADD UNIQUE KEY (" + name + ")";
    else if (asked.form == default_form::expression && asked.on_update.empty())
        made.second = "ALTER COLUMN " + name + " SET DEFAULT " + asked.default_text.value_or("");
    else if (without_default && asked.on_update.empty())
        made.second = "ALTER COLUMN " + name + " DROP DEFAULT";
    else
        made.second = "MODIFY COLUMN " + name + " " + std::string(column.definition);
    return made;
}

}  // namespace rewrite
