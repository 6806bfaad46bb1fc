#include "rewrite/verdict/expression_verdict.hpp"

#include "protocol/ascii.hpp"
#include "rewrite/sql/table_name.hpp"
#include "rewrite/verdict/session_values.hpp"

#include <algorithm>

namespace rewrite {

namespace {

// Whose result depends on nothing but what they are given, on any server and in any session. Not
// those of the machine's mathematics library (POW, LOG ...), whose last digit may differ.
constexpr std::string_view functions =
    " ABS ASCII BIN_TO_UUID BIT_LENGTH CAST CEIL CEILING CHARACTER_LENGTH CHAR_LENGTH COALESCE "
    "CONCAT CONCAT_WS CRC32 DATE DAY DAYOFMONTH DAYOFWEEK DAYOFYEAR DECIMAL ELT FIELD FLOOR "
    "GREATEST HEX HOUR IF IFNULL IN INET6_ATON INET6_NTOA INET_ATON INET_NTOA INSTR ISNULL "
    "JSON_ARRAY JSON_CONTAINS JSON_EXTRACT JSON_KEYS JSON_LENGTH JSON_OBJECT JSON_TYPE "
    "JSON_UNQUOTE JSON_VALID LAST_DAY LCASE LEAST LEFT LENGTH LOCATE LOWER LPAD LTRIM MD5 "
    "MICROSECOND MINUTE MOD MONTH NULLIF OCTET_LENGTH QUARTER REPEAT REPLACE REVERSE RIGHT ROUND "
    "RPAD RTRIM SECOND SHA SHA1 SHA2 SIGN SIGNED SPACE STRCMP SUBSTR SUBSTRING "
    "SUBSTRING_INDEX TO_DAYS TRIM TRUNCATE UCASE UNHEX UNSIGNED UPPER UUID_TO_BIN WEEKDAY YEAR "
    "CHAR ";

// The other words that an expression may have.
constexpr std::string_view other_words =
    " AND AS BETWEEN BOTH CASE DIV ELSE END ESCAPE FALSE FROM INTEGER IS LEADING LIKE MOD NOT NULL "
    "OR THEN TRAILING TRUE WHEN XOR SIGNED UNSIGNED CHAR ARRAY DECIMAL ";

bool is_one_of(const token& word, std::string_view list)
{
    return list.find(" " + protocol::upper(word.text) + " ") != std::string_view::npos;
}

bool is_opened(std::span<const token> tokens, std::size_t i)
{
    return i + 1 < tokens.size() && is_symbol(tokens[i + 1], '(');
}

// What of it is not known to be the same everywhere; empty if all is.
std::string unknown_part(std::span<const token> tokens, const table_definition* table)
{
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const token& t = tokens[i];
        if (t.kind == token_kind::bad || is_symbol(t, '@'))
            return "it cannot be read";
        if (is_symbol(t, '/'))
            return "the digits of a quotient depend on div_precision_increment";
        if (!is_identifier(t))
            continue;
        const bool is_column = table && table->find(name_of(t)) && !is_opened(tokens, i);
        const bool is_known = t.kind == token_kind::word &&
                              is_one_of(t, is_opened(tokens, i) ? functions : other_words);
        const bool joins =
            t.kind == token_kind::word && is_opened(tokens, i) && is_one_of(t, other_words);
        if (!is_column && !is_known && !joins)
            return quoted_name(name_of(t)) + " is not known to come to the same on every server";
    }
    return {};
}

// As SHOW CREATE TABLE would quote its names.
std::string as_printed(std::span<const token> expression)
{
    std::string text;
    for (const token& t : expression)
        text += (t.kind == token_kind::name ? quoted_name(name_of(t)) : std::string(t.text)) + " ";
    return text;
}

}  // namespace

std::string objection_to_expression(
    std::span<const token> expression, const table_definition& table, const table_column* result
)
{
    if (expression.empty())
        return "it cannot be read";
    if (std::string objection = unknown_part(expression, &table); !objection.empty())
        return objection;
    table_definition with = table;
    table_column& computed = with.columns.emplace_back();
    if (result)
        computed = *result;
    computed.generated = as_printed(expression);
    computed.stored = true;
    return computed_from_session(with).empty() ? "" : "it reads the session: its time zone";
}

std::string objection_to_constant(std::span<const token> expression)
{
    if (expression.empty())
        return "it cannot be read";
    return unknown_part(expression, nullptr);
}

}  // namespace rewrite
