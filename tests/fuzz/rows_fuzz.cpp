#include "protocol/row_image.hpp"

#include <cstdlib>

namespace {

using namespace protocol;

void require(bool held)
{
    if (!held)
        std::abort();
}

bool lies_in(byte_view part, byte_view whole)
{
    return part.empty() || (part.data() >= whole.data() &&
                            part.data() + part.size() <= whole.data() + whole.size());
}

// The images one by one: how many, or nothing if they do not parse.
std::optional<std::uint64_t> walked(const row_layout& layout, const rows_view& rows)
{
    auto walker = row_walker::of(layout, rows);
    if (!walker)
        return std::nullopt;
    std::uint64_t images = 0;
    row_image image;
    for (;;) {
        const auto more = walker->next(image);
        if (!more)
            return std::nullopt;
        if (!*more)
            return images;
        ++images;
        const byte_view present = image.after ? rows.columns_after : rows.columns_before;
        std::size_t next = 0;
        for (const column_value& value : image.columns) {
            require(value.column >= next && value.column < rows.width);
            require(has_column(present, value.column));
            require(lies_in(value.bytes, rows.images));
            const column_layout& how = layout.columns()[value.column];
            require(
                !value.json_diff || (rows.partial && image.after && how.type == field_type::json)
            );
            if (value.null)
                require(value.bytes.empty());
            else if (how.length_bytes == 0)
                require(value.bytes.size() == how.fixed);
            next = value.column + std::size_t{1};
        }
    }
}

}  // namespace

// Type of a rows event, size of a TABLE_MAP's body, that body, the rows event's body: rows are
// counted as they are walked, and values lie within the event.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const byte_view input(data, size);
    if (size < 3)
        return 0;
    const std::size_t map_size = load<std::uint16_t>(data + 1);
    if (size - 3 < map_size)
        return 0;
    const auto map = parse_table_map(input.subspan(3, map_size));
    if (!map)
        return 0;
    const auto layout = row_layout::of(*map);
    if (!layout)
        return 0;
    event_view event;
    event.header.type = static_cast<event_type>(data[0]);
    event.body = input.subspan(3 + map_size);
    const auto rows = parse_rows(event);
    if (!rows)
        return 0;
    const auto count = count_rows(*layout, *rows);
    const auto images = walked(*layout, *rows);
    require(count.has_value() == images.has_value());
    if (count) {
        const bool pairs = !rows->columns_before.empty() && !rows->columns_after.empty();
        require(*images == (pairs ? 2 * *count : *count));
    }
    return 0;
}
