#pragma once

#include "protocol/bytes.hpp"
#include "protocol/error.hpp"

#include <optional>
#include <string>
#include <vector>

// What a server answers: OK, ERR, EOF and small text result sets, both halves.
// Source: sql/protocol_classic.cc.
namespace protocol {

// The first byte of each.
constexpr std::uint8_t ok_mark = 0x00;
constexpr std::uint8_t eof_mark = 0xfe;
constexpr std::uint8_t error_mark = 0xff;

struct ok
{
    std::uint64_t affected_rows = 0;
    std::uint64_t last_insert_id = 0;
    std::uint16_t status = 2;  // autocommit
    std::uint16_t warnings = 0;
    bool operator==(const ok&) const = default;
};
struct server_error
{
    std::uint16_t code = 0;
    std::string state =
        "HY000";  // five characters; empty in front of a greeting, where none is sent
    std::string message;
    bool operator==(const server_error&) const = default;
};

void append_ok(byte_buffer& out, const ok& answer);
void append_error(byte_buffer& out, const server_error& answer);
// End of a dump or of rows: EOF, or with deprecate_eof an OK whose first byte is 0xfe.
void append_eof(byte_buffer& out, std::uint32_t capabilities);

bool is_ok(byte_view packet);
bool is_error(byte_view packet);
// Either form of the end of rows or of a dump. A row can begin with 0xfe too, but only for a value
// of 16 MiB or more. Not for a login, where 0xfe asks for another plugin.
bool is_eof(byte_view packet);
result<server_error> parse_error(byte_view packet);
result<ok> parse_ok(byte_view packet
);  // and both forms of EOF; what session tracking adds is ignored

using text_row = std::vector<std::optional<std::string>>;
struct text_result
{
    std::vector<std::string> columns;
    std::vector<text_row> rows;
    std::vector<std::size_t> numbers = {};  // columns to call BIGINT; the others are VARCHAR
};
// The packets of a result set, one payload after another, in order.
std::vector<byte_buffer> text_result_packets(const text_result& answer, std::uint32_t capabilities);

result<std::string> parse_column_name(byte_view packet);  // of a column definition packet
void append_text_row(byte_buffer& out, const text_row& row);
// Exactly `columns` values; they are copied.
result<text_row> parse_text_row(byte_view packet, std::size_t columns);

}  // namespace protocol
