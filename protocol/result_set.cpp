#include "protocol/result_set.hpp"

#include "protocol/capabilities.hpp"
#include "protocol/field_type.hpp"
#include "protocol/reader.hpp"
#include "protocol/writer.hpp"

#include <charconv>

namespace protocol {
namespace {

// In front of the NULL bits of a binary row two are unused.
constexpr std::size_t null_bits_offset = 2;

result<result_column> parse_column(byte_view packet)
{
    reader in(packet);
    result_column column;
    for (int i = 0; i < 4; ++i)  // catalog, schema, table, original table
        in.text_lenenc();
    column.name = in.text_lenenc();
    in.text_lenenc();  // original name
    in.lenenc();       // size of the rest
    in.skip(2 + 4);    // collation, width
    column.type = in.u8();
    if (!in.ok())
        return tl::unexpected(errc::truncated);
    return column;
}

result<text_row> parse_binary_row(byte_view packet, const std::vector<result_column>& columns)
{
    reader in(packet);
    in.skip(1);
    const byte_view nulls = in.bytes((columns.size() + null_bits_offset + 7) / 8);
    if (!in.ok())
        return tl::unexpected(errc::truncated);
    text_row row;
    row.reserve(columns.size());
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const std::size_t bit = i + null_bits_offset;
        if ((nulls[bit / 8] >> (bit % 8) & 1) != 0) {
            row.emplace_back();
            continue;
        }
        const binary_value value = binary_value_of(columns[i].type);
        if (value.form == binary_form::text) {
            row.emplace_back(in.text_lenenc());
        } else if (value.integer) {
            const byte_view number = in.bytes(value.size);
            if (!in.ok())
                break;
            row.emplace_back(std::to_string(load_le(number)));
        } else {
            return tl::unexpected(errc::unsupported);
        }
    }
    if (!in.ok())
        return tl::unexpected(errc::truncated);
    return row;
}

result<byte_buffer>
binary_row_packet(const text_row& row, const std::vector<result_column>& columns)
{
    byte_buffer packet(1 + (columns.size() + null_bits_offset + 7) / 8);
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const std::optional<std::string>& value = row[i];
        if (!value) {
            const std::size_t bit = i + null_bits_offset;
            packet[1 + bit / 8] |= static_cast<std::uint8_t>(1U << (bit % 8));
            continue;
        }
        const binary_value form = binary_value_of(columns[i].type);
        if (form.form == binary_form::text) {
            writer(packet).text_lenenc(*value);
            continue;
        }
        if (!form.integer)
            return tl::unexpected(errc::unsupported);
        std::uint64_t number = 0;
        const char* const last = value->data() + value->size();
        const auto [end, wrong] = std::from_chars(value->data(), last, number);
        if (wrong != std::errc() || end != last)
            return tl::unexpected(errc::bad_value);
        const std::size_t at = packet.size();
        packet.resize(at + form.size);
        store_le(std::span(packet).subspan(at), number);
    }
    return packet;
}

}  // namespace

result<result_set> parse_result_set(
    const std::vector<byte_buffer>& packets, row_format format, std::uint32_t capabilities
)
{
    if (packets.empty() || packets.front().empty() || is_ok(packets.front()) ||
        is_error(packets.front()))
        return tl::unexpected(errc::bad_value);
    reader count(packets.front());
    const std::uint64_t columns = count.lenenc();
    const std::size_t ends = capabilities & capability::deprecate_eof ? 0 : 1;
    if (!count.ok() || columns == 0 || columns + 1 + ends >= packets.size())
        return tl::unexpected(errc::bad_value);

    result_set answer;
    answer.format = format;
    const auto first_row = packets.begin() + static_cast<std::ptrdiff_t>(1 + columns + ends);
    answer.head.assign(packets.begin(), first_row);
    for (std::size_t i = 1; i <= columns; ++i) {
        auto column = parse_column(packets[i]);
        if (!column)
            return tl::unexpected(column.error());
        answer.columns.push_back(std::move(*column));
    }
    for (auto packet = first_row; packet != packets.end() - 1; ++packet) {
        auto row = format == row_format::text ? parse_text_row(*packet, answer.columns.size())
                                              : parse_binary_row(*packet, answer.columns);
        if (!row)
            return tl::unexpected(row.error());
        answer.rows.push_back(std::move(*row));
    }
    answer.end = packets.back();
    if (!is_eof(answer.end))  // rows that end in an error
        return tl::unexpected(errc::bad_value);
    return answer;
}

result<std::vector<byte_buffer>> result_set_packets(const result_set& answer)
{
    std::vector<byte_buffer> packets = answer.head;
    for (const text_row& row : answer.rows) {
        if (row.size() != answer.columns.size())
            return tl::unexpected(errc::bad_value);
        if (answer.format == row_format::text) {
            append_text_row(packets.emplace_back(), row);
            continue;
        }
        auto packet = binary_row_packet(row, answer.columns);
        if (!packet)
            return tl::unexpected(packet.error());
        packets.push_back(std::move(*packet));
    }
    packets.push_back(answer.end);
    return packets;
}

}  // namespace protocol
