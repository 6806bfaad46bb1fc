#include "rewrite/verdict/column_type.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace rewrite {

namespace {

template <std::size_t Size>
std::size_t rank(const std::array<std::string_view, Size>& order, std::string_view type)
{
    return static_cast<std::size_t>(std::ranges::find(order, type) - order.begin());
}

constexpr std::array<std::string_view, 5> integers{
    "tinyint", "smallint", "mediumint", "int", "bigint"
};
constexpr std::array<std::string_view, 4> texts{"tinytext", "text", "mediumtext", "longtext"};
constexpr std::array<std::string_view, 4> blobs{"tinyblob", "blob", "mediumblob", "longblob"};
constexpr std::array<std::uint64_t, 4> capacities{0xff, 0xffff, 0xffffff, 0xffffffff};

std::uint64_t bytes_per_character(std::string_view charset)
{
    if (charset == "utf8mb4" || charset == "gb18030" || charset.starts_with("utf16") ||
        charset == "utf32")
        return 4;
    if (charset == "utf8mb3" || charset == "ujis" || charset == "eucjpms")
        return 3;
    for (const std::string_view two : {"ucs2", "gbk", "gb2312", "big5", "sjis", "cp932", "euckr"}) {
        if (charset == two)
            return 2;
    }
    return 1;
}

// The numbers that matter, left out ones filled in; a display width does not.
std::vector<std::uint64_t> effective_numbers(const table_column& column)
{
    if ((is_integer(column.type) && !column.zerofill) || column.type == "year")
        return {};
    std::vector<std::uint64_t> numbers = column.numbers;
    if (column.type == "decimal") {
        if (numbers.empty())
            numbers.push_back(10);
        if (numbers.size() == 1)
            numbers.push_back(0);
    } else if (numbers.empty()) {
        for (const std::string_view type : {"bit", "char", "binary"}) {
            if (column.type == type)
                return {1};
        }
        for (const std::string_view type : {"time", "datetime", "timestamp"}) {
            if (column.type == type)
                return {0};
        }
        if (column.type == "vector")
            return {2048};
    }
    return numbers;
}

// What is unsigned fits into a larger integer with a sign too.
bool keeps_sign(const table_column& before, const table_column& after)
{
    return before.is_unsigned == after.is_unsigned ||
           (is_integer(before.type) && before.is_unsigned);
}

// What INPLACE can do with a length that fits the same length byte; enlarging ENUM and SET within
// their size is a matter of the dictionary alone.
cost price_of_longer(const table_column& before, std::uint64_t from, std::uint64_t to)
{
    const std::uint64_t factor =
        before.type == "varchar" ? bytes_per_character(before.charset) : std::uint64_t{1};
    return from * factor > 255 || to * factor <= 255 ? cost::in_place : cost::rebuild;
}

std::size_t stored_bytes(const table_column& column)
{
    if (column.type == "enum")
        return column.values.size() <= 255 ? 1 : 2;
    const std::size_t bytes = (column.values.size() + 7) / 8;
    return bytes > 4 ? 8 : bytes;
}

std::optional<cost> widening_of_values(const table_column& before, const table_column& after)
{
    const bool appended =
        before.type == after.type && before.values.size() < after.values.size() &&
        std::ranges::equal(before.values, std::span(after.values).first(before.values.size()));
    if (appended)
        return stored_bytes(before) == stored_bytes(after) ? cost::instant : cost::rebuild;
    // Members are copied by their text; those of a SET are applied by their place.
    const bool kept = before.type == "enum" && after.type == "enum" &&
                      std::ranges::all_of(before.values, [&after](const std::string& member) {
                          return std::ranges::find(after.values, member) != after.values.end();
                      });
    return kept ? std::optional(cost::rebuild) : std::nullopt;
}

constexpr std::string_view converted =
    "values are converted, and copied ones may differ from those that ALTER TABLE makes";

std::string number_without_place(const table_column& before, const table_column& after)
{
    if (after.is_unsigned && !before.is_unsigned) {
        const bool folds_signed =
            is_integer(before.type) && before.type != "bigint" && after.type == "bigint";
        return std::string("it cannot hold negative numbers") +
               (folds_signed ? "; a change to bigint folds" : "");
    }
    if (is_integer(before.type) && is_integer(after.type))
        return "it cannot hold larger numbers";
    if (before.type == "decimal" && after.type == "decimal")
        return "it holds fewer digits before or after the decimal point";
    return std::string(converted);
}

bool is_long(std::string_view type)
{
    return type.ends_with("text") || type.ends_with("blob");
}

}  // namespace

bool is_integer(std::string_view type)
{
    return rank(integers, type) < integers.size();
}

bool is_spatial(std::string_view type)
{
    constexpr std::array<std::string_view, 8> types{
        "geometry",
        "point",
        "linestring",
        "polygon",
        "multipoint",
        "multilinestring",
        "multipolygon",
        "geometrycollection"
    };
    return std::ranges::find(types, type) != types.end();
}

bool holds_time(std::string_view type)
{
    return type == "date" || type == "time" || type == "datetime" || type == "timestamp";
}

bool same_type(const table_column& before, const table_column& after)
{
    return before.type == after.type && effective_numbers(before) == effective_numbers(after) &&
           before.is_unsigned == after.is_unsigned && before.zerofill == after.zerofill &&
           before.values == after.values && before.type != "real";
}

std::optional<cost> widening(const table_column& before, const table_column& after)
{
    const auto old_numbers = effective_numbers(before);
    const auto new_numbers = effective_numbers(after);
    if (before.zerofill || after.zerofill || !keeps_sign(before, after))
        return std::nullopt;
    const auto rebuild_if = [](bool lossless) {
        return lossless ? std::optional(cost::rebuild) : std::nullopt;
    };

    if (is_integer(before.type))
        return rebuild_if(
            is_integer(after.type) && rank(integers, before.type) < rank(integers, after.type)
        );
    if (before.type == "enum" || before.type == "set")
        return widening_of_values(before, after);
    if (before.type == "decimal" && after.type == "decimal")
        return rebuild_if(
            new_numbers[1] >= old_numbers[1] &&
            new_numbers[0] - new_numbers[1] >= old_numbers[0] - old_numbers[1]
        );

    const bool one_number = old_numbers.size() == 1 && new_numbers.size() == 1;
    if (before.type == after.type && one_number && new_numbers[0] >= old_numbers[0]) {
        if (before.type == "varchar" || before.type == "varbinary")
            return price_of_longer(before, old_numbers[0], new_numbers[0]);
        return rebuild_if(
            before.type == "time" || before.type == "datetime" || before.type == "timestamp" ||
            before.type == "bit" || before.type == "char"
        );
    }

    const auto& longer = before.type == "varchar" || before.type.ends_with("text") ? texts : blobs;
    const std::size_t to = rank(longer, after.type);
    if (to == longer.size() || !new_numbers.empty())
        return std::nullopt;
    if ((before.type == "varchar" || before.type == "varbinary") && old_numbers.size() == 1)
        return rebuild_if(old_numbers[0] * bytes_per_character(before.charset) <= capacities[to]);
    return rebuild_if(rank(longer, before.type) < to);
}

std::string type_text(const table_column& column)
{
    constexpr std::size_t shown = 40;
    std::string text = column.type;
    if (column.arguments.size() > shown)
        text += "(" + std::to_string(column.values.size()) + " values)";
    else if (!column.arguments.empty())
        text += "(" + column.arguments + ")";
    if (column.zerofill)
        return text + " zerofill";
    return text + (column.is_unsigned ? " unsigned" : "");
}

std::string value_without_place(const table_column& before, const table_column& after)
{
    if (before.zerofill || after.zerofill)
        return "ZEROFILL: zeros that are shown may become part of copied values";
    if (is_integer(before.type) || before.type == "decimal")
        return number_without_place(before, after);
    if (before.type == "enum" || before.type == "set")
        return before.type == after.type ? "the old members do not come first, in the same order"
                                         : "members are converted to another type";
    if (before.type == "binary" && after.type == "binary")
        return "zero bytes are added or cut";
    if (is_long(after.type) && !after.numbers.empty())
        return "the server chooses a type by that length; the type's own name (TINYTEXT, TEXT, "
               "MEDIUMTEXT ...) is understood";
    if (is_long(after.type) && (is_long(before.type) || before.type.starts_with("var")))
        return "longer values do not fit, or text becomes binary";
    if (before.type == after.type && !before.numbers.empty())
        return "longer values are cut, rounded or refused";
    return std::string(converted);
}

}  // namespace rewrite
