#include "rewrite/verdict/session_values.hpp"

#include "protocol/ascii.hpp"
#include "rewrite/sql/column_text.hpp"
#include "rewrite/sql/table_constraint.hpp"
#include "rewrite/sql/table_name.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace rewrite {

namespace {

bool is_temporal(std::string_view type)
{
    return type == "date" || type == "time" || type == "datetime";
}

bool is_number(std::string_view type)
{
    return type.ends_with("int") || type == "decimal" || type == "float" || type == "double" ||
           type == "bit" || type == "year";
}

// '2020-06-01 00:00:00+05:00', from 8.0.19 on: read in the time zone. A TIME that begins with its
// sign is none.
bool ends_in_offset(std::string_view text)
{
    text = text.substr(0, text.find_last_not_of(" \t\n\v\f\r") + 1);
    if (text.size() < 7)
        return false;
    const std::string_view offset = text.substr(text.size() - 6);
    return (offset[0] == '+' || offset[0] == '-') && offset[3] == ':' &&
           std::ranges::all_of(std::array<std::size_t, 4>{1, 2, 4, 5}, [offset](std::size_t at) {
               return protocol::is_digit(offset[at]);
           });
}

// x'41', 0x41: a text where a time is wanted.
bool is_bytes(const token& t)
{
    return t.kind == token_kind::number && t.text.find_first_of("xXbB'") != std::string_view::npos;
}

// Functions that read time_zone or lc_time_names.
bool reads_by_itself(const token& t)
{
    return is(t, "FROM_UNIXTIME") || is(t, "CONVERT_TZ") || is(t, "DATE_FORMAT") ||
           is(t, "DAYNAME") || is(t, "MONTHNAME");
}

// Functions and the other words of an expression by which no text becomes a time.
constexpr std::string_view timeless =
    " ABS AND ARRAY AS ASCII BETWEEN BINARY BIN_TO_UUID BIT_LENGTH BOTH CASE CAST CEIL CEILING "
    "CHAR CHARSET CHAR_LENGTH COALESCE COLLATE CONCAT CONCAT_WS CRC32 DECIMAL DIV DOUBLE ELSE "
    "ELT END ESCAPE FALSE FIELD FIND_IN_SET FLOAT FLOOR FROM GREATEST HEX IF IFNULL IN "
    "INET6_ATON INET_ATON INSTR IS ISNULL JSON JSON_CONTAINS JSON_EXTRACT JSON_LENGTH JSON_TYPE "
    "JSON_UNQUOTE JSON_VALID JSON_VALUE LEADING LEAST LEFT LENGTH LIKE LOCATE LOWER LPAD LTRIM "
    "MD5 MEMBER MOD NOT NULL NULLIF OF OR REGEXP REGEXP_LIKE REGEXP_REPLACE REGEXP_SUBSTR "
    "REPLACE RETURNING REVERSE RIGHT ROUND RPAD RTRIM SHA SHA1 SHA2 SIGNED SUBSTR SUBSTRING "
    "SUBSTRING_INDEX THEN TRAILING TRIM TRUE TRUNCATE UNHEX UNSIGNED UPPER UUID_TO_BIN WHEN XOR ";

// The tokens of an expression, questions about what they read, and whether a table's session does.
class expression_reader
{
public:
    expression_reader(const table_definition& table, std::string_view text)
        : table_(table)
        , tokens_(tokenize(text, {}))
    {
        drop_null_tests();
    }

    // `type` is the result's, where it is stored as one; `others` are columns that read it.
    bool reads_session(std::string_view type, const std::vector<std::string>& others) const
    {
        return type == "timestamp" || std::ranges::any_of(tokens_, reads_by_itself) ||
               mentions_any([&](const table_column& column) {
                   return column.type == "timestamp" ||
                          std::ranges::find(others, column.name) != others.end();
               }) ||
               (reads_text() && (is_temporal(type) || makes_a_time()));
    }

    // Its precision is the session's div_precision_increment.
    bool divides() const
    {
        return std::ranges::any_of(tokens_, [](const token& t) { return is_symbol(t, '/'); });
    }

private:
    template <class Condition>
    bool mentions_any(Condition condition) const
    {
        return std::ranges::any_of(table_.columns, [&](const table_column& column) {
            return condition(column) && mentions(tokens_, column.name);
        });
    }

    void drop_null_tests();
    bool reads_text() const;
    bool makes_a_time() const;
    bool is_timeless(std::size_t i) const;

    const table_definition& table_;
    std::vector<token> tokens_;
};

// `a` is null, isnull(`a`): no session changes whether a column that is not computed has a value.
void expression_reader::drop_null_tests()
{
    std::vector<token> left;
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
        const auto next = [&](std::size_t n) -> const token& {
            return tokens_[std::min(i + n, tokens_.size() - 1)];
        };
        const bool is_tested =
            (is(next(1), "IS") &&
             (is(next(2), "NULL") || (is(next(2), "NOT") && is(next(3), "NULL")))) ||
            (i > 1 && is(tokens_[i - 2], "ISNULL") && is_symbol(next(1), ')'));
        const table_column* column =
            is_tested && is_identifier(tokens_[i]) ? table_.find(name_of(tokens_[i])) : nullptr;
        if (!column || !column->generated.empty())
            left.push_back(tokens_[i]);
    }
    tokens_ = std::move(left);
}

// A text, whose end may be an offset.
bool expression_reader::reads_text() const
{
    const bool joins = std::ranges::any_of(tokens_, [](const token& t) {
        return is(t, "CONCAT") || is(t, "CONCAT_WS");
    });
    return mentions_any([](const table_column& column) {
               return !is_number(column.type) && !is_temporal(column.type);
           }) ||
           std::ranges::any_of(tokens_, [joins](const token& t) {
               const bool is_part = joins && t.text.find(':') != std::string_view::npos;
               return is_bytes(t) || (t.kind == token_kind::string &&
                                      (is_part || ends_in_offset(string_of(t, {}))));
           });
}

// Some word is none of those that are known, or it may compare with a time.
bool expression_reader::makes_a_time() const
{
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
        if (tokens_[i].kind == token_kind::word && !is_timeless(i))
            return true;
    }
    return mentions_any([](const table_column& column) { return is_temporal(column.type); });
}

bool expression_reader::is_timeless(std::size_t i) const
{
    const token& word = tokens_[i];
    const token& before = tokens_[i == 0 ? i : i - 1];
    const token& after = tokens_[i + 1];
    if (word.text.starts_with('_') || is(before, "COLLATE") || is(before, "CHARSET"))
        return true;
    const bool names_type = is(before, "AS") || is(before, "RETURNING") ||
                            after.kind == token_kind::string || is_symbol(after, '(');
    return (!names_type && table_.find(word.text)) ||
           timeless.find(" " + protocol::upper(word.text) + " ") != std::string_view::npos;
}

// Whether rows that are the same in one session are others in another.
bool reads_session(
    const table_index& index,
    const table_definition& table,
    const std::vector<std::string>& computed_from_session
)
{
    return std::ranges::any_of(index.columns, [&](const std::string& part) {
        const bool is_expression = part.starts_with('(');
        const table_column* column = is_expression ? nullptr : table.find(part);
        const std::string_view text = column ? std::string_view(column->generated) : part;
        if (!is_expression && (!column || column->generated.empty()))
            return false;
        const expression_reader expression(table, text);
        return expression.divides() ||
               expression.reads_session(column ? column->type : "", computed_from_session);
    });
}

bool is_unique(const table_index& index)
{
    return index.kind == table_index::form::primary || index.kind == table_index::form::unique;
}

}  // namespace

bool is_offset(std::string_view time_zone)
{
    return time_zone.starts_with('+') || time_zone.starts_with('-');
}

bool is_read_in_time_zone(const table_column& added, const lexical_rules& rules)
{
    if (added.form != default_form::literal || !added.default_text)
        return false;
    const std::string_view literal = *added.default_text;
    if (added.type == "timestamp")  // but for the zero date
        return std::ranges::any_of(literal, [](char c) { return c >= '1' && c <= '9'; });
    if (!is_temporal(added.type))
        return false;
    const std::vector<token> tokens = tokenize(literal, rules);
    std::string text;  // 'a' 'b' is one
    for (const token& t : tokens) {
        if (t.kind == token_kind::string)
            text += string_of(t, rules);
    }
    return ends_in_offset(text) || std::ranges::any_of(tokens, is_bytes);
}

std::string computed_from_session(const table_definition& table)
{
    // A generated column reads only those before it.
    std::vector<std::string> columns;
    for (const table_column& column : table.columns) {
        if (column.generated.empty() ||
            !expression_reader(table, column.generated).reads_session(column.type, columns))
            continue;
        if (column.stored)
            return "a stored generated column, " + quoted_name(column.name) + ",";
        columns.push_back(column.name);
    }
    for (const table_index& index : table.indexes) {
        if (is_unique(index) && reads_session(index, table, columns))
            return "a unique key, " + quoted_name(index.name) + ",";
    }
    for (const std::string& line : table.checks) {
        const auto check = parse_constraint(line);
        if (!check)
            continue;  // not understood, and objected to elsewhere
        const expression_reader expression(table, check->expression);
        if (expression.divides() || expression.reads_session("", columns))
            return "CHECK " + quoted_name(check->name) + ", an expression";
    }
    const std::vector<token> partitioning = tokenize(table.partitioning, {});
    for (const std::string& column : columns) {
        if (mentions(partitioning, column))
            return "partitions by " + quoted_name(column);
    }
    return {};
}

}  // namespace rewrite
