#include "protocol/response.hpp"

#include "protocol/capabilities.hpp"
#include "protocol/packet.hpp"
#include "protocol/reader.hpp"
#include "protocol/writer.hpp"

namespace protocol {
namespace {

constexpr std::uint8_t null_value = 0xfb;
constexpr std::size_t old_eof_size = 5;
constexpr std::size_t state_size = 5;

// enum_field_types; collations utf8mb4_0900_ai_ci and binary.
constexpr std::uint8_t type_longlong = 8;
constexpr std::uint8_t type_var_string = 253;
constexpr std::uint16_t collation_text = 255;
constexpr std::uint16_t collation_binary = 63;
constexpr std::uint16_t flag_number = 1U << 15;  // NUM_FLAG

bool begins_with(byte_view packet, std::uint8_t mark)
{
    return !packet.empty() && packet.front() == mark;
}

void append_ok_as(byte_buffer& out, std::uint8_t mark, const ok& answer)
{
    writer(out)
        .u8(mark)
        .lenenc(answer.affected_rows)
        .lenenc(answer.last_insert_id)
        .u16(answer.status)
        .u16(answer.warnings);
}

byte_buffer column_count(std::size_t columns, std::uint32_t capabilities)
{
    byte_buffer packet;
    writer to(packet);
    if (capabilities & capability::optional_resultset_metadata)
        to.u8(1);  // RESULTSET_METADATA_FULL: the definitions follow
    to.lenenc(columns);
    return packet;
}

byte_buffer column_definition(std::string_view name, bool number)
{
    byte_buffer packet;
    writer to(packet);
    to.text_lenenc("def");                               // catalog
    to.text_lenenc("").text_lenenc("").text_lenenc("");  // schema, table, original table
    to.text_lenenc(name).text_lenenc("");                // and its original name
    to.lenenc(12);                                       // size of the rest
    to.u16(number ? collation_binary : collation_text);
    to.u32(number ? 20 : 4096);  // display width, bytes
    to.u8(number ? type_longlong : type_var_string);
    to.u16(number ? flag_number : 0).u8(0).zeros(2);  // flags, decimals
    return packet;
}

}  // namespace

void append_ok(byte_buffer& out, const ok& answer)
{
    append_ok_as(out, ok_mark, answer);
}

void append_error(byte_buffer& out, const server_error& answer)
{
    writer to(out);
    to.u8(error_mark).u16(answer.code);
    if (!answer.state.empty()) {
        std::string state = answer.state;
        state.resize(state_size, '0');
        to.text("#").text(state);
    }
    to.text(answer.message);
}

void append_eof(byte_buffer& out, std::uint32_t capabilities)
{
    const ok end;
    if (capabilities & capability::deprecate_eof)
        append_ok_as(out, eof_mark, end);
    else
        writer(out).u8(eof_mark).u16(end.warnings).u16(end.status);
}

bool is_ok(byte_view packet)
{
    return begins_with(packet, ok_mark);
}

bool is_error(byte_view packet)
{
    return begins_with(packet, error_mark);
}

bool is_eof(byte_view packet)
{
    return begins_with(packet, eof_mark) && packet.size() < max_frame_payload;
}

result<server_error> parse_error(byte_view packet)
{
    if (!is_error(packet))
        return tl::unexpected(packet.empty() ? errc::truncated : errc::bad_value);
    reader in(packet.subspan(1));
    server_error answer;
    answer.code = in.u16();
    answer.state.clear();
    std::string_view text = as_text(in.rest());
    if (text.starts_with('#')) {
        if (text.size() <= state_size)
            return tl::unexpected(errc::truncated);
        answer.state = text.substr(1, state_size);
        text.remove_prefix(1 + state_size);
    }
    answer.message = text;
    if (!in.ok())
        return tl::unexpected(errc::truncated);
    return answer;
}

result<ok> parse_ok(byte_view packet)
{
    if (!is_ok(packet) && !is_eof(packet))
        return tl::unexpected(packet.empty() ? errc::truncated : errc::bad_value);
    reader in(packet.subspan(1));
    ok answer;
    if (is_eof(packet) && packet.size() <= old_eof_size) {
        answer.warnings = in.u16();
        answer.status = in.u16();
    } else {
        answer.affected_rows = in.lenenc();
        answer.last_insert_id = in.lenenc();
        answer.status = in.u16();
        answer.warnings = in.u16();
    }
    if (!in.ok())
        return tl::unexpected(errc::truncated);
    return answer;
}

std::vector<byte_buffer> text_result_packets(const text_result& answer, std::uint32_t capabilities)
{
    std::vector<byte_buffer> packets;
    packets.reserve(answer.columns.size() + answer.rows.size() + 3);
    packets.push_back(column_count(answer.columns.size(), capabilities));

    std::vector<bool> is_number(answer.columns.size(), false);
    for (const std::size_t column : answer.numbers)
        is_number[column] = true;
    for (std::size_t i = 0; i < answer.columns.size(); ++i)
        packets.push_back(column_definition(answer.columns[i], is_number[i]));
    if (!(capabilities & capability::deprecate_eof))
        append_eof(packets.emplace_back(), capabilities);

    for (const text_row& row : answer.rows)
        append_text_row(packets.emplace_back(), row);
    append_eof(packets.emplace_back(), capabilities);
    return packets;
}

void append_text_row(byte_buffer& out, const text_row& row)
{
    writer to(out);
    for (const auto& value : row) {
        if (value)
            to.text_lenenc(*value);
        else
            to.u8(null_value);
    }
}

result<std::string> parse_column_name(byte_view packet)
{
    reader in(packet);
    for (int i = 0; i < 4; ++i)  // catalog, schema, table, original table
        in.text_lenenc();
    const std::string_view name = in.text_lenenc();
    in.text_lenenc();       // original name
    in.bytes(in.lenenc());  // collation, width, type, flags, decimals
    if (!in.ok())
        return tl::unexpected(errc::truncated);
    return std::string(name);
}

result<text_row> parse_text_row(byte_view packet, std::size_t columns)
{
    if (columns > packet.size())  // a value takes at least one byte
        return tl::unexpected(errc::truncated);
    text_row row;
    row.reserve(columns);
    reader in(packet);
    for (std::size_t i = 0; i < columns; ++i) {
        if (begins_with(packet.last(in.remaining()), null_value)) {
            in.skip(1);
            row.emplace_back();
        } else {
            row.emplace_back(in.text_lenenc());
        }
    }
    if (!in.ok())
        return tl::unexpected(errc::truncated);
    if (in.remaining() > 0)
        return tl::unexpected(errc::bad_value);
    return row;
}

}  // namespace protocol
