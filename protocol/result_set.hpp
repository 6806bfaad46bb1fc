#pragma once

#include "protocol/response.hpp"

// A result set of a server, opened so that its rows can be changed: everything around them goes on
// as it came. Source: sql/protocol_classic.cc (send_result_set_metadata, Protocol_text,
// Protocol_binary).
namespace protocol {

enum class row_format : std::uint8_t {
    text,    // of COM_QUERY
    binary,  // of COM_STMT_EXECUTE
};

struct result_column
{
    std::string name;
    std::uint8_t type = 0;  // enum_field_types
};

struct result_set
{
    row_format format = row_format::text;
    std::vector<result_column> columns;
    std::vector<text_row> rows;
    // As they came: column count and definitions, with their EOF; the end of the rows.
    std::vector<byte_buffer> head;
    byte_buffer end;
};

// `packets`: one whole answer. bad_value: it is something else, an OK or an error, say.
// unsupported: a binary value that is neither a number without fraction nor text.
result<result_set> parse_result_set(
    const std::vector<byte_buffer>& packets, row_format format, std::uint32_t capabilities
);
// bad_value: a row that has another number of columns, or no number where one belongs.
result<std::vector<byte_buffer>> result_set_packets(const result_set& answer);

}  // namespace protocol
