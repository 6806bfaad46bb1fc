#include "protocol/ascii.hpp"
#include "rewrite/verdict/clause_verdict.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace rewrite {

namespace {

column_text read_written(const column_definition& written, const clause_context& context)
{
    const std::size_t begin = written.definition_offset;
    const std::size_t end = begin + written.definition.size();
    const auto first = std::ranges::lower_bound(context.tokens, begin, {}, &token::offset);
    const auto last = std::ranges::lower_bound(context.tokens, end, {}, &token::offset);
    return read_column({first, last}, context.rules);
}

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

bool is_integer(std::string_view type)
{
    return rank(integers, type) < integers.size();
}

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

bool same_type(const table_column& before, const table_column& after)
{
    return before.type == after.type && effective_numbers(before) == effective_numbers(after) &&
           before.is_unsigned == after.is_unsigned && before.zerofill == after.zerofill &&
           before.values == after.values && before.type != "real";
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
    if (!appended)
        return std::nullopt;
    return stored_bytes(before) == stored_bytes(after) ? cost::instant : cost::rebuild;
}

// The price if every value of `before` is a value of `after`, unchanged; nothing if it may not be.
std::optional<cost> widening(const table_column& before, const table_column& after)
{
    const auto old_numbers = effective_numbers(before);
    const auto new_numbers = effective_numbers(after);
    if (before.zerofill || after.zerofill || before.is_unsigned != after.is_unsigned)
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
            before.type == "bit"
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

bool is_in_unique_key(const table_definition& table, std::string_view column)
{
    return std::ranges::any_of(table.indexes, [column](const table_index& index) {
        return (index.kind == table_index::form::primary || index.kind == table_index::form::unique
               ) &&
               std::ranges::any_of(index.columns, [column](const std::string& part) {
                   return protocol::equal_without_case(part, column);
               });
    });
}

bool is_in_primary_key(const table_definition& table, std::string_view column)
{
    const table_index* primary = table.find_index("PRIMARY");
    return primary && std::ranges::any_of(primary->columns, [column](const std::string& part) {
               return protocol::equal_without_case(part, column);
           });
}

bool text_mentions(std::string_view text, std::string_view column)
{
    return !text.empty() && mentions(tokenize(text, {}), column);
}

// What of the table is computed from the column; empty if nothing is.
std::string dependent_on(const table_definition& table, std::string_view column)
{
    for (const table_column& other : table.columns) {
        if (text_mentions(other.generated, column))
            return "generated column " + quoted(other.name);
    }
    for (const table_index& index : table.indexes) {
        for (const std::string& part : index.columns) {
            if (part.starts_with('(') && text_mentions(part, column))
                return "key " + quoted(index.name);
        }
    }
    if (text_mentions(table.partitioning, column))
        return "partitioning";
    // KEY () is by the primary key, whatever it is.
    if (!table.partitioning.empty() && is_in_primary_key(table, column))
        return "partitioning";
    return {};
}

// Whether a change of the default needs a closer look than "rows keep what they hold".
bool is_plain(default_form form)
{
    return form != default_form::expression;
}

std::string objection_to_charset(
    const table_column& before, const table_column& after, const table_definition& table
)
{
    if (!has_charset(before.type) || !has_charset(after.type))
        return {};
    if (before.charset != after.charset)
        return "converts " + (before.charset.empty() ? "the database's charset" : before.charset) +
               " to " + (after.charset.empty() ? "the database's charset" : after.charset);
    if (before.collation == after.collation)
        return {};
    // utf8mb4's default depends on the server: harmless where nothing compares by it.
    if (after.collation.empty() && !is_in_unique_key(table, before.name) &&
        dependent_on(table, before.name).empty())
        return {};
    return "changes the collation";
}

std::string objection_to_null(
    const table_column& before, const column_text& after, const table_definition& table
)
{
    const bool implied = !after.null_written && is_in_primary_key(table, before.name);
    const bool nullable = after.column.nullable && !implied;
    if (before.nullable && !nullable)
        return "NULL to NOT NULL: NULLs are skipped or changed by the copy";
    if (before.type == "timestamp" && !after.null_written)
        return "whether it may be NULL depends on explicit_defaults_for_timestamp";
    if (!before.nullable && nullable && is_in_unique_key(table, before.name))
        return "NOT NULL to NULL in a unique key";
    return {};
}

// Everything but type and charset.
std::string objection_to_attributes(
    const table_column& before, const column_text& written, const table_definition& table
)
{
    const table_column& after = written.column;
    if (written.primary || written.unique)
        return "adds a unique key: rows may vanish in the copy";
    if (!written.check.empty() || !written.references.empty())
        return "adds a constraint";
    if (!before.generated.empty() || !after.generated.empty())
        return "a generated column";
    if (before.auto_increment != after.auto_increment)
        return after.auto_increment ? "adds AUTO_INCREMENT" : "drops AUTO_INCREMENT";
    if (before.on_update.empty() != after.on_update.empty())
        return after.on_update.empty() ? "drops ON UPDATE" : "adds ON UPDATE";
    if (before.srid != after.srid)
        return "changes the SRID";
    if (!is_plain(after.form))
        return "DEFAULT (expression)";
    if (before.type == "timestamp" && after.form == default_form::none && !after.nullable)
        return "its default depends on explicit_defaults_for_timestamp";
    return objection_to_null(before, written, table);
}

bool is_unreadable(const column_text& written, const lexical_rules& rules)
{
    // Bytes of another charset may be equal to other characters' bytes in the facts.
    return family_of(rules.charset) != charset_family::utf8 &&
           !std::ranges::all_of(written.column.values, protocol::is_ascii);
}

}  // namespace

finding judge_changed_column(const column_definition& written, const clause_context& context)
{
    const table_column* before = context.table.find(written.name);
    if (!before)
        return {"the original has no such column"};
    if (before->name != written.name)
        return {"spells the column's name in another way"};
    column_text after = read_written(written, context);
    for (const std::string& other : {before->other, after.column.other}) {
        if (!other.empty())
            return {other + " is not understood"};
    }
    if (is_unreadable(after, context.rules))
        return {"values in a charset other than UTF-8"};

    if (has_charset(after.column.type) && after.column.charset.empty()) {
        after.column.charset = context.table.charset;
        after.column.collation = context.table.collation;
    }
    std::string objection = objection_to_attributes(*before, after, context.table);
    if (objection.empty())
        objection = objection_to_charset(*before, after.column, context.table);
    if (!objection.empty())
        return {objection};

    const bool moved = written.first || !written.after.empty();
    if (same_type(*before, after.column)) {
        const bool nullable =
            after.column.nullable && !is_in_primary_key(context.table, written.name);
        return {{}, moved || before->nullable != nullable ? cost::rebuild : cost::instant};
    }
    const std::optional<cost> price = widening(*before, after.column);
    if (!price)
        return {
            before->type + " to " + after.column.type + " is no widening that keeps every value"
        };
    const std::string dependent = dependent_on(context.table, written.name);
    if (!dependent.empty())
        return {"changes the type under " + dependent};
    return {{}, moved || before->nullable != after.column.nullable ? cost::rebuild : *price};
}

namespace {

std::string objection_to_added(const column_text& written)
{
    const table_column& column = written.column;
    if (!column.other.empty())
        return column.other + " is not understood";
    if (written.primary || written.unique)
        return "adds a unique key: rows may vanish in the copy";
    if (!written.check.empty() || !written.references.empty())
        return "adds a constraint: rows may vanish in the copy";
    if (column.auto_increment)
        return "AUTO_INCREMENT numbers rows in another order";
    if (!column.on_update.empty())
        return "ON UPDATE: its value is the time of the copy";
    if (!column.generated.empty())
        return "a generated column";
    if (!column.srid.empty())
        return "SRID";
    if (column.form == default_form::now)
        return "DEFAULT CURRENT_TIMESTAMP: its value is the time of the copy";
    if (column.form == default_form::expression)
        return "DEFAULT (expression): its value is computed at the time of the copy";
    if (column.form == default_form::none && column.type == "timestamp" && !written.null_written)
        return "its default depends on explicit_defaults_for_timestamp";
    if (!column.nullable && column.form != default_form::literal)
        return "NOT NULL without DEFAULT: what rows get depends on sql_mode";
    return {};
}

// ADD COLUMN without touching rows came with 8.0.12, anywhere but at the end with 8.0.29.
cost price_of_added(const column_definition& written, const clause_context& context)
{
    const table_definition& table = context.table;
    const bool fulltext = std::ranges::any_of(table.indexes, [](const table_index& index) {
        return index.kind == table_index::form::fulltext;
    });
    if (context.rules.server_version < 80012 || table.row_format == "compressed" || fulltext)
        return cost::rebuild;
    const bool last =
        !written.first && (written.after.empty() || table.columns.empty() ||
                           protocol::equal_without_case(written.after, table.columns.back().name));
    return last || context.rules.server_version >= 80029 ? cost::instant : cost::rebuild;
}

}  // namespace

finding judge_added_column(const column_definition& written, const clause_context& context)
{
    if (written.if_not_exists)
        return {"IF NOT EXISTS: whether it was added depends on the table"};
    if (context.table.find(written.name))
        return {"the original has such a column"};
    return {objection_to_added(read_written(written, context)), price_of_added(written, context)};
}

}  // namespace rewrite
