#pragma once

#include "protocol/row_image.hpp"

#include <optional>
#include <string_view>
#include <vector>

// Rows of an original from which a tool that reads the log writes other values: those without all
// their columns (binlog_row_image), an ENUM of index 0, dates with a zero or impossible part, zeros
// with a minus sign.
namespace rewrite {

struct spoilt_row
{
    std::string_view what;
    std::vector<std::size_t> columns;  // in the table
};

// Of the rows events that follow one TABLE_MAP.
class row_damage
{
public:
    explicit row_damage(const protocol::table_map_view& map);

    // The first of the event's rows; nothing: none, or they cannot be read.
    std::optional<spoilt_row> first_in(const protocol::event_view& rows) const;

private:
    std::optional<spoilt_row> first_value(const protocol::rows_view& rows) const;

    std::optional<protocol::row_layout> layout_;  // of a table that has such columns
};

}  // namespace rewrite
