// Prints the rows of a binlog file as they are walked; for tests on real servers' files.
//
//   print_rows FILE...
//
// Lines, fields between blanks, inner events of a compressed transaction like any:
//   event KIND SCHEMA.TABLE ROWS full|lacks          a rows event, counted
//   insert|update|delete before|after SCHEMA.TABLE COLUMN=HEX COLUMN=null COLUMN~HEX ...
// ~: what changed in a JSON value. Exit 1, and a line on standard error, for what does not parse.

#include "protocol/binlog_file.hpp"
#include "protocol/payload_event.hpp"
#include "protocol/row_image.hpp"
#include "tests/support/hex.hpp"

#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <map>

namespace {

using namespace protocol;

struct table
{
    std::string name;
    row_layout layout;
};

class rows_printer
{
public:
    // What was wrong, or nothing.
    std::optional<std::string> take(const event_view& event)
    {
        if (event.header.type == event_type::transaction_payload)
            return take_payload(event);
        if (event.header.type == event_type::table_map)
            return take_map(event);
        return is_rows_event(event.header.type) ? take_rows(event) : std::nullopt;
    }

private:
    static std::string in_words(std::string_view what, errc why)
    {
        return fmt::format("{}: {}", what, make_error_code(why).message());
    }

    std::optional<std::string> take_payload(const event_view& event)
    {
        const auto payload = parse_payload(event.body);
        if (!payload)
            return in_words("payload", payload.error());
        payload_reader inner(*payload, std::size_t{1} << 30);
        for (;;) {
            const auto next = inner.next();
            if (!next)
                return in_words("inner event", next.error());
            if (!*next)
                return std::nullopt;
            if (auto wrong = take(**next))
                return wrong;
        }
    }

    std::optional<std::string> take_map(const event_view& event)
    {
        const auto map = parse_table_map(event.body);
        if (!map)
            return in_words("table map", map.error());
        auto layout = row_layout::of(*map);
        std::string name = fmt::format("{}.{}", map->schema, map->table);
        if (!layout)
            return in_words("layout of " + name, layout.error());
        tables_.insert_or_assign(map->table_id, table{std::move(name), std::move(*layout)});
        return std::nullopt;
    }

    std::optional<std::string> take_rows(const event_view& event)
    {
        const auto rows = parse_rows(event);
        if (!rows)
            return in_words("rows event", rows.error());
        const auto found = tables_.find(rows->head.table_id);
        if (found == tables_.end())
            return "rows without a table map";
        const table& of = found->second;
        const auto count = count_rows(of.layout, *rows);
        if (!count)
            return in_words("rows of " + of.name, count.error());
        const char* kind = rows->columns_before.empty()  ? "insert"
                           : rows->columns_after.empty() ? "delete"
                                                         : "update";
        const char* columns = lacks_columns(*rows) ? "lacks" : "full";
        fmt::print("event {} {} {} {}\n", kind, of.name, *count, columns);
        return print_images(kind, of, *rows);
    }

    static std::optional<std::string>
    print_images(const char* kind, const table& of, const rows_view& rows)
    {
        auto walker = row_walker::of(of.layout, rows);
        row_image image;
        for (;;) {
            const auto more = walker->next(image);
            if (!more)
                return in_words("image of " + of.name, more.error());
            if (!*more)
                return std::nullopt;
            fmt::print("{} {} {}", kind, image.after ? "after" : "before", of.name);
            for (const column_value& value : image.columns) {
                fmt::print(
                    " {}{}{}",
                    value.column,
                    value.json_diff ? "~" : "=",
                    value.null ? "null" : tests::to_hex(value.bytes)
                );
            }
            fmt::print("\n");
        }
    }

    std::map<std::uint64_t, table> tables_;
};

bool print(const char* path)
{
    std::ifstream in(path, std::ios::binary);
    const byte_buffer bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    binlog_file file(bytes);
    rows_printer printer;
    for (;;) {
        const std::size_t at = file.position();
        const auto event = file.next();
        const auto wrong = event ? (*event ? printer.take(**event) : std::nullopt)
                                 : std::optional<std::string>("broken event");
        if (wrong) {
            fmt::print(stderr, "{}:{}: {}\n", path, at, *wrong);
            return false;
        }
        if (!*event)
            return true;
    }
}

}  // namespace

int main(int argc, char** argv)
{
    bool good = argc > 1;
    for (int i = 1; i < argc; ++i)
        good = print(argv[i]) && good;
    return good ? 0 : 1;
}
