#pragma once

#include "protocol/reader.hpp"
#include "protocol/row_image.hpp"
#include "protocol/writer.hpp"

#include <cstdint>
#include <optional>
#include <string>

// Whether a tool that reads the log copies a column to its new name. It does so for all rows or for
// none (gh-ost asks for --approve-renamed-columns or --skip-renamed-columns), and the log does not
// say which; left out, the column has its default in every row of the copy. So two values in the
// copy's rows, or one that is not the default, are a witness that it is copied.
namespace rewrite {

// What rows showed of one column.
struct values_seen
{
    enum class number : std::uint8_t { none, one, many };

    number how_many = number::none;  // of those that could be read
    std::uint64_t digest = 0;        // of the one
    bool unread = false;

    void add(const protocol::column_value& value);
    void add(const values_seen& more);
    // Rows that do not show the column, or cannot be read.
    void add_unread() { unread = true; }
    bool only_null() const;
    bool operator==(const values_seen&) const = default;
};

struct renamed_column
{
    std::string name;  // in the original, and its place there, from 0
    std::uint16_t place = 0;
    std::string new_name;
    std::uint16_t new_place = 0;
    bool null_by_default = false;  // under its new name
    // SQL: true for rows of the original where a column that is not copied would be another.
    // Empty: nobody can ask so.
    std::string differs;

    values_seen original;                // since the verdict
    values_seen copy;                    // all its rows
    std::optional<std::uint64_t> other;  // rows of the original that `differs`, when it was counted

    bool is_witnessed() const;
    // It is the same whether it was copied or not.
    bool is_indifferent() const;
    bool operator==(const renamed_column&) const = default;
};

void append_renamed(protocol::writer& to, const renamed_column& value);
renamed_column read_renamed(protocol::reader& from);  // from.ok() says whether all was there

}  // namespace rewrite
