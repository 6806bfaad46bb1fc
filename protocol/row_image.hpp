#pragma once

#include "protocol/row_layout.hpp"

#include <optional>

// Walks the rows of a rows event: counts them, or shows the values of each as bytes. Nothing is
// decoded, and a value that nobody asks for is stepped over.
//
//   const auto layout = row_layout::of(map);      // once a TABLE_MAP
//   const auto rows = parse_rows(event);
//   const auto count = count_rows(*layout, *rows);
//
//   auto walker = row_walker::of(*layout, *rows);
//   row_image image;
//   for (auto more = walker->next(image); more && *more; more = walker->next(image)) ...
//
// Source: sql/rpl_record.cc, pack_row; sql/log_event.cc, Rows_log_event::print_verbose_one_row.
namespace protocol {

struct column_value
{
    std::uint16_t column = 0;  // in the table
    bool null = false;
    bool json_diff = false;  // `bytes` is what changed in a JSON value, not the value
    byte_view bytes;         // without the bytes that hold its length; empty if null
};

struct row_image
{
    bool after = false;                 // the row as it became; false: as it was
    std::vector<column_value> columns;  // those present, in the order of the table
};

// Values are views into the event. `layout` and what the rows lie in must outlive the walker.
class row_walker
{
public:
    // bad_value: not a table of so many columns. unsupported: rows without a column, unless it is
    // the one that INSERT ... VALUES () leaves with binlog_row_image=MINIMAL, in an event without
    // an image: a server fails a statement that has two of them (1534).
    static result<row_walker> of(const row_layout& layout, const rows_view& rows);

    // The next image: of an UPDATE the one before, then the one after, of each row. False: that was
    // all; then the event was read to its last byte, and no row lacks its second image.
    // truncated, bad_value, unsupported: not a row of this layout; nothing comes after it.
    result<bool> next(row_image& image);

    // Steps over a row, an UPDATE's two images at once. Not between them.
    result<bool> skip_row();

private:
    row_walker(const row_layout& layout, const rows_view& rows);

    const image_layout& layout_of(const std::optional<image_layout>& some) const
    {
        return some ? *some : layout_->whole();
    }
    bool skip_image(const image_layout& image, bool after);
    bool take_image(const image_layout& image, row_image& out);
    bool take_head(const image_layout& image, bool after);
    bool take_value_options();
    template <class Column>
    bool take_value(const Column& column, byte_view& bytes);
    bool take(std::size_t size, byte_view& bytes);
    bool fail(errc why);
    bool at_end();
    void let_go();

    const row_layout* layout_;
    bool has_before_;
    bool has_after_;
    bool partial_;
    // Where images lack columns.
    std::optional<image_layout> some_before_;
    std::optional<image_layout> some_after_;

    byte_view rest_;
    bool row_without_columns_ = false;
    bool after_is_next_ = false;
    byte_view nulls_;       // of the image at hand
    byte_view json_diffs_;  // its JSON columns that are diffs; empty: none is
    errc failed_{};         // zero: not yet
    const large_bytes* large_;
    std::size_t left_when_let_go_;
};

// Rows of an event; an UPDATE's pair is one. An error if its bytes are not whole rows up to the
// end.
result<std::uint64_t> count_rows(const row_layout& layout, const rows_view& rows);

}  // namespace protocol
