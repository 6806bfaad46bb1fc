#pragma once

#include "protocol/field_type.hpp"
#include "protocol/rows_event.hpp"

// How the rows of a table lie in its rows events, by the types and the metadata of its TABLE_MAP.
// Built once for a TABLE_MAP, used for all rows events of its statement; holds no views.
namespace protocol {

// Bytes of a value that is not NULL: `fixed` of them, or, where `length_bytes` is not 0, so many
// that hold a length, and then that many.
struct column_layout
{
    // As TABLE_MAP has it, but for ENUM and SET, which are STRING there.
    field_type type{};
    // TIME2, DATETIME2, TIMESTAMP2: digits of the fraction. DECIMAL: precision << 8 | scale.
    // VARCHAR: its most bytes. Of others: how the server reads it (read_field_metadata).
    std::uint32_t metadata = 0;
    std::uint8_t fixed = 0;
    std::uint8_t length_bytes = 0;
};

// The images of one set of columns.
struct image_layout
{
    std::vector<std::uint16_t> columns;  // those present, by their place in the table
    // The image if nothing is NULL: so many bytes, then a value with so many length bytes (0:
    // none), again and again.
    struct run
    {
        std::uint32_t fixed = 0;
        std::uint8_t length_bytes = 0;
    };
    std::vector<run> runs;

    std::size_t null_bytes() const { return (columns.size() + 7) / 8; }
};

class row_layout
{
public:
    // unsupported: a type that no server since MySQL 5.1 writes, or that we do not know.
    // bad_value, truncated: metadata that is not its type's.
    static result<row_layout> of(const table_map_view& map);

    const std::vector<column_layout>& columns() const { return columns_; }
    // JSON columns in the order of the table: a bit each in an after image with partial updates.
    std::size_t json_columns() const { return json_columns_; }

    const image_layout& whole() const { return whole_; }
    // `present`: bitmap of all columns of the table.
    image_layout image(byte_view present) const;

private:
    std::vector<column_layout> columns_;
    std::size_t json_columns_ = 0;
    image_layout whole_;
};

}  // namespace protocol
