#include "rewrite/verdict/binary_default.hpp"

#include "rewrite/sql/column_text.hpp"
#include "rewrite/verdict/clause_traits.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

namespace rewrite {

namespace {

// x'00ff', 0x00ff; nothing if it is neither.
std::optional<std::string> bytes_of_hex(std::string_view literal)
{
    if (literal.size() >= 3 && (literal[0] == 'x' || literal[0] == 'X') && literal[1] == '\'')
        literal = literal.substr(2, literal.size() - 3);
    else if (literal.starts_with("0x"))
        literal.remove_prefix(2);
    else
        return std::nullopt;
    std::string digits(literal.size() % 2 == 0 ? "" : "0");
    digits += literal;
    std::string bytes;
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        unsigned char byte = 0;
        const char* const end = digits.data() + i + 2;
        if (std::from_chars(digits.data() + i, end, byte, 16).ptr != end)
            return std::nullopt;
        bytes += static_cast<char>(byte);
    }
    return bytes;
}

// How many bytes follow the first of a character; nothing: it begins none.
std::optional<std::size_t> bytes_after(unsigned char first)
{
    if (first < 0x80)
        return 0;
    if (first >= 0xc2 && first < 0xe0)
        return 1;
    if (first >= 0xe0 && first < 0xf0)
        return 2;
    if (first >= 0xf0 && first < 0xf5)
        return 3;
    return std::nullopt;
}

bool is_utf8(std::string_view bytes)
{
    while (!bytes.empty()) {
        const auto more = bytes_after(static_cast<unsigned char>(bytes.front()));
        if (!more || bytes.size() <= *more)
            return false;
        const auto follows = [](char byte) {
            return (static_cast<unsigned char>(byte) & 0xc0) == 0x80;
        };
        if (!std::ranges::all_of(bytes.substr(1, *more), follows))
            return false;
        bytes.remove_prefix(1 + *more);
    }
    return true;
}

bool is_binary(const table_column& column)
{
    return column.type == "binary" || column.type == "varbinary" || column.charset == "binary";
}

bool is_other_than_utf8(const table_column& column)
{
    if (!is_binary(column) || column.form != default_form::literal || !column.default_text)
        return false;
    const std::string& literal = *column.default_text;
    return !is_utf8(bytes_of_hex(literal).value_or(literal));
}

}  // namespace

std::string binary_default_of(const alter_text& alter, const lexical_rules& rules)
{
    const std::vector<token> tokens = tokenize(alter.text, rules);
    for (const alter_clause& clause : alter.clauses) {
        if (traits_of(clause.kind).columns != column_effect::adds)
            continue;
        for (const column_definition& column : clause.columns) {
            const std::size_t begin = column.definition_offset;
            const std::size_t end = begin + column.definition.size();
            const auto first = std::ranges::lower_bound(tokens, begin, {}, &token::offset);
            const auto last = std::ranges::lower_bound(tokens, end, {}, &token::offset);
            if (is_other_than_utf8(read_column({first, last}, rules).column))
                return column.name;
        }
    }
    return {};
}

}  // namespace rewrite
