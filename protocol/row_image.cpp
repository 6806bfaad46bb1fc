#include "protocol/row_image.hpp"

#include "protocol/reader.hpp"

#include <utility>

namespace protocol {
namespace {

// Bit of an after image's value options: a bitmap of the JSON columns that are diffs follows.
// Source: sql/rpl_constants.h, enum_binlog_row_value_options.
constexpr std::uint64_t partial_json = 1;

bool is_set(byte_view bits, std::size_t place)
{
    return has_column(bits, place);
}

// The server sets the bits that pad the last byte.
bool has_null(byte_view nulls, std::size_t columns)
{
    std::size_t byte = 0;
    for (; byte < columns / 8; ++byte) {
        if (nulls[byte] != 0)
            return true;
    }
    const std::size_t left = columns % 8;
    return left != 0 && (nulls[byte] & ((1U << left) - 1)) != 0;
}

std::size_t length_at(const std::uint8_t* at, std::size_t length_bytes)
{
    switch (length_bytes) {
        case 0: return 0;
        case 1: return *at;
        case 2: return load<std::uint16_t>(at);
        case 3: return load<std::uint16_t>(at) | std::size_t{at[2]} << 16;
        default: return load<std::uint32_t>(at);
    }
}

std::optional<image_layout>
some_columns(const row_layout& layout, byte_view present, std::size_t width)
{
    if (present.empty() || has_all_columns(present, width))
        return std::nullopt;
    return layout.image(present);
}

}  // namespace

row_walker::row_walker(const row_layout& layout, const rows_view& rows)
    : layout_(&layout)
    , has_before_(!rows.columns_before.empty())
    , has_after_(!rows.columns_after.empty())
    , partial_(rows.partial)
    , some_before_(some_columns(layout, rows.columns_before, rows.width))
    , some_after_(some_columns(layout, rows.columns_after, rows.width))
    , rest_(rows.images)
    , large_(rows.large)
    , left_when_let_go_(rows.images.size())
{}

result<row_walker> row_walker::of(const row_layout& layout, const rows_view& rows)
{
    if (rows.width == 0 || rows.width != layout.columns().size())
        return tl::unexpected(errc::bad_value);
    row_walker walker(layout, rows);
    const bool nothing_before =
        !walker.has_before_ || walker.layout_of(walker.some_before_).columns.empty();
    const bool nothing_after =
        !walker.has_after_ || walker.layout_of(walker.some_after_).columns.empty();
    if (nothing_before && nothing_after && !walker.partial_) {
        if (walker.has_before_ || !rows.images.empty())
            return tl::unexpected(errc::unsupported);
        walker.row_without_columns_ = true;
    }
    return walker;
}

result<bool> row_walker::next(row_image& image)
{
    if (failed_ != errc{})
        return tl::unexpected(failed_);
    if (!after_is_next_ && at_end())
        return false;
    image.after = after_is_next_ || !has_before_;
    if (!take_image(layout_of(image.after ? some_after_ : some_before_), image))
        return tl::unexpected(failed_);
    after_is_next_ = has_before_ && has_after_ && !image.after;
    let_go();
    return true;
}

result<bool> row_walker::skip_row()
{
    if (failed_ != errc{})
        return tl::unexpected(failed_);
    if (at_end())
        return false;
    if ((has_before_ && !skip_image(layout_of(some_before_), false)) ||
        (has_after_ && !skip_image(layout_of(some_after_), true)))
        return tl::unexpected(failed_);
    let_go();
    return true;
}

bool row_walker::skip_image(const image_layout& image, bool after)
{
    if (!take_head(image, after))
        return false;
    byte_view skipped;
    if (!has_null(nulls_, image.columns.size())) {
        for (const image_layout::run& run : image.runs) {
            if (!take_value(run, skipped))
                return false;
        }
        return true;
    }
    for (std::size_t i = 0; i < image.columns.size(); ++i) {
        if (!is_set(nulls_, i) && !take_value(layout_->columns()[image.columns[i]], skipped))
            return false;
    }
    return true;
}

bool row_walker::take_image(const image_layout& image, row_image& out)
{
    out.columns.clear();
    if (!take_head(image, out.after))
        return false;
    std::size_t json = 0;  // JSON columns before `column`
    std::size_t column = 0;
    for (std::size_t i = 0; i < image.columns.size(); ++i) {
        for (; column < image.columns[i]; ++column)
            json += layout_->columns()[column].type == field_type::json;
        column_value value{.column = image.columns[i], .null = is_set(nulls_, i)};
        const column_layout& how = layout_->columns()[value.column];
        value.json_diff =
            how.type == field_type::json && !json_diffs_.empty() && is_set(json_diffs_, json);
        if (!value.null && !take_value(how, value.bytes))
            return false;
        out.columns.push_back(value);
    }
    return true;
}

// What lies in front of an image's values.
bool row_walker::take_head(const image_layout& image, bool after)
{
    json_diffs_ = {};
    if (partial_ && after && !take_value_options())
        return false;
    return take(image.null_bytes(), nulls_);
}

// Each after image of PARTIAL_UPDATE_ROWS has its own, a diff or not.
// Source: sql/rpl_record.cc, start_partial_bits_reader.
bool row_walker::take_value_options()
{
    reader in(rest_);
    const std::uint64_t options = in.lenenc();
    if (!in.ok())
        return fail(errc::truncated);
    if ((options & ~partial_json) != 0)
        return fail(errc::unsupported);
    rest_ = in.rest();
    return options == 0 || take((layout_->json_columns() + 7) / 8, json_diffs_);
}

template <class Column>
bool row_walker::take_value(const Column& column, byte_view& bytes)
{
    const std::size_t head = column.fixed + column.length_bytes;
    if (rest_.size() < head)
        return fail(errc::truncated);
    if (column.length_bytes == 0)
        return take(head, bytes);
    const std::size_t length = length_at(rest_.data() + column.fixed, column.length_bytes);
    rest_ = rest_.subspan(head);
    return take(length, bytes);
}

bool row_walker::take(std::size_t size, byte_view& bytes)
{
    if (size > rest_.size())
        return fail(errc::truncated);
    bytes = rest_.first(size);
    rest_ = rest_.subspan(size);
    return true;
}

bool row_walker::fail(errc why)
{
    failed_ = why;
    return false;
}

// Asked in front of a row: takes the one that has no image.
// Source: sql/log_event.cc, Rows_log_event::do_apply_event and print_verbose.
bool row_walker::at_end()
{
    return rest_.empty() && !std::exchange(row_without_columns_, false);
}

void row_walker::let_go()
{
    if (large_ == nullptr || left_when_let_go_ - rest_.size() < large_piece_size)
        return;
    large_->let_go();
    left_when_let_go_ = rest_.size();
}

result<std::uint64_t> count_rows(const row_layout& layout, const rows_view& rows)
{
    auto walker = row_walker::of(layout, rows);
    if (!walker)
        return tl::unexpected(walker.error());
    std::uint64_t count = 0;
    for (;;) {
        const auto more = walker->skip_row();
        if (!more)
            return tl::unexpected(more.error());
        if (!*more)
            return count;
        ++count;
    }
}

}  // namespace protocol
