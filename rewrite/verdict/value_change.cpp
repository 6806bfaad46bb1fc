#include "rewrite/verdict/value_change.hpp"

#include <algorithm>
#include <array>

namespace rewrite {

namespace {

// Which values a type holds. Types of one kind differ in how many of them.
enum class value_kind : std::uint8_t { integer, decimal, floating, text, bytes, bits, other };

value_kind kind_of(const table_column& column)
{
    const std::string_view type = column.type;
    if (type.ends_with("int"))
        return value_kind::integer;
    if (type == "decimal")
        return value_kind::decimal;
    // FLOAT(10,2) rounds in a way of its own.
    if (type == "double" || type == "float")
        return column.numbers.empty() ? value_kind::floating : value_kind::other;
    if (type == "varchar" || type.ends_with("text"))
        return value_kind::text;
    if (type == "varbinary" || type.ends_with("blob"))
        return value_kind::bytes;
    return type == "bit" ? value_kind::bits : value_kind::other;
}

// TEXT(100) is a type that the server chooses.
bool has_chosen_type(const table_column& column)
{
    return (column.type.ends_with("text") || column.type.ends_with("blob")) &&
           !column.numbers.empty();
}

bool is_any(std::string_view type, std::initializer_list<std::string_view> types)
{
    return std::ranges::find(types, type) != types.end();
}

constexpr std::uint32_t first_with_dictionary = 80000;

bool is_short(const table_column& column)
{
    return column.type.starts_with("var");
}

bool integer_becomes_the_same(
    const table_column& before, const table_column& after, std::uint32_t server_version
)
{
    switch (kind_of(after)) {
        case value_kind::integer:
            // 5.7 copies the bits of a number without a sign into one with it.
            return server_version >= first_with_dictionary || !before.is_unsigned ||
                   after.is_unsigned;
        case value_kind::decimal:
        case value_kind::floating: return !after.is_unsigned;
        case value_kind::text: return true;
        default: return after.type == "char";
    }
}

std::size_t characters_in(std::string_view utf8)
{
    return static_cast<std::size_t>(std::ranges::count_if(utf8, [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

// An ENUM's member is copied as its text, by every tool. TINYTEXT may have no room for it.
bool member_becomes_the_same(const table_column& before, const table_column& after)
{
    if (before.charset == "binary")
        return false;
    if (after.type == "text" || after.type == "mediumtext" || after.type == "longtext")
        return after.numbers.empty();
    if ((after.type != "varchar" && after.type != "char") || after.numbers.size() != 1)
        return false;
    return std::ranges::all_of(before.values, [&after](const std::string& member) {
        return characters_in(member) <= after.numbers.front();
    });
}

}  // namespace

bool are_integers(const table_column& before, const table_column& after)
{
    return kind_of(before) == value_kind::integer && kind_of(after) == value_kind::integer;
}

bool becomes_the_same(
    const table_column& before, const table_column& after, std::uint32_t server_version
)
{
    if (before.zerofill || after.zerofill || has_chosen_type(before) || has_chosen_type(after))
        return false;
    const value_kind to = kind_of(after);
    switch (kind_of(before)) {
        case value_kind::integer: return integer_becomes_the_same(before, after, server_version);
        case value_kind::decimal:
            return to == value_kind::decimal || (after.type == "double" && to != value_kind::other);
        case value_kind::floating:
            if (before.is_unsigned || after.is_unsigned)
                return false;
            return before.type == "float" ? after.type == "double" && to != value_kind::other
                                          : to == value_kind::decimal;
        case value_kind::text:
        case value_kind::bytes:
            // 5.7 copies as many bytes as the last byte of their number tells.
            return to == kind_of(before) &&
                   (server_version >= first_with_dictionary || is_short(after));
        case value_kind::bits:
            // A tool binds 64 bits as a number with a sign.
            return before.numbers != std::vector<std::uint64_t>{64} &&
                   (to == value_kind::bits || to == value_kind::integer);
        case value_kind::other: break;
    }
    if (before.type == "enum" && after.type != "enum")
        return member_becomes_the_same(before, after);
    return before.type == after.type &&
           is_any(before.type, {"char", "enum", "datetime", "time", "timestamp"});
}

}  // namespace rewrite
