#include "rewrite/verdict/session_values.hpp"

#include "protocol/ascii.hpp"
#include "rewrite/sql/column_text.hpp"
#include "rewrite/sql/sql_token.hpp"

#include <algorithm>
#include <vector>

namespace rewrite {

namespace {

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool is_temporal(std::string_view type)
{
    return type == "date" || type == "time" || type == "datetime";
}

// '2020-06-01 00:00:00+05:00', from 8.0.19 on. A TIME that begins with its sign is none.
bool ends_in_offset(std::string_view literal)
{
    while (!literal.empty() && (literal.back() == '\'' || literal.back() == '"'))
        literal.remove_suffix(1);
    const std::size_t sign = literal.find_last_of("+-");
    if (sign == std::string_view::npos || sign == 0 || !is_digit(literal[sign - 1]))
        return false;
    const std::string_view offset = literal.substr(sign + 1);
    return offset.find(':') != std::string_view::npos &&
           std::ranges::all_of(offset, [](char c) { return is_digit(c) || c == ':'; });
}

// Functions that read time_zone or lc_time_names.
bool reads_by_itself(const token& t)
{
    return is(t, "FROM_UNIXTIME") || is(t, "CONVERT_TZ") || is(t, "DATE_FORMAT") ||
           is(t, "DAYNAME") || is(t, "MONTHNAME");
}

// Of a cast, or of date + interval: a text that ends in an offset is read in the time zone.
bool makes_a_time(const token& t)
{
    return is(t, "DATE") || is(t, "TIME") || is(t, "DATETIME") || is(t, "INTERVAL");
}

bool reads_session(
    const table_column& generated,
    const table_definition& table,
    const std::vector<std::string>& computed_from_session
)
{
    if (generated.type == "timestamp")
        return true;
    const std::vector<token> tokens = tokenize(generated.generated, {});
    if (std::ranges::any_of(tokens, reads_by_itself))
        return true;
    const bool makes_time =
        is_temporal(generated.type) || std::ranges::any_of(tokens, makes_a_time);
    return std::ranges::any_of(table.columns, [&](const table_column& column) {
        const bool matters =
            column.type == "timestamp" ||
            (makes_time && (has_charset(column.type) || column.type == "json")) ||
            std::ranges::find(computed_from_session, column.name) != computed_from_session.end();
        return matters && mentions(tokens, column.name);
    });
}

}  // namespace

bool is_offset(std::string_view time_zone)
{
    return time_zone.starts_with('+') || time_zone.starts_with('-');
}

bool is_read_in_time_zone(const table_column& added)
{
    if (added.form != default_form::literal || !added.default_text)
        return false;
    const std::string_view literal = *added.default_text;
    if (added.type == "timestamp")  // but for the zero date
        return std::ranges::any_of(literal, [](char c) { return c >= '1' && c <= '9'; });
    return is_temporal(added.type) && ends_in_offset(literal);
}

std::string stored_from_session(const table_definition& table)
{
    // A generated column reads only those before it.
    std::vector<std::string> computed_from_session;
    for (const table_column& column : table.columns) {
        if (column.generated.empty() || !reads_session(column, table, computed_from_session))
            continue;
        if (column.stored)
            return column.name;
        computed_from_session.push_back(column.name);
    }
    return {};
}

}  // namespace rewrite
