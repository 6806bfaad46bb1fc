#include "protocol/command.hpp"

#include "protocol/capabilities.hpp"
#include "protocol/field_type.hpp"
#include "protocol/reader.hpp"
#include "protocol/writer.hpp"

#include <limits>

namespace protocol {
namespace {

void skip_value(reader& in, const binary_value& value)
{
    if (value.form == binary_form::text)
        in.skip(in.lenenc());
    else if (value.form == binary_form::length_first)
        in.skip(in.u8());
    else
        in.skip(value.size);
}

// What comes between the command byte and the text once query_attributes is negotiated: two
// counts, then for each attribute a NULL bit, a type, a name and a value.
result<void> skip_query_attributes(reader& in)
{
    const std::uint64_t count = in.lenenc();
    const std::uint64_t sets = in.lenenc();
    if (!in.ok())
        return tl::unexpected(errc::truncated);
    if (count == 0)
        return {};
    if (sets != 1)
        return tl::unexpected(errc::unsupported);
    if (count > in.remaining())  // each takes several bytes; checked before sizes are kept
        return tl::unexpected(errc::truncated);
    const byte_view null_bits = in.bytes((count + 7) / 8);
    if (in.u8() != 1)  // types are sent along; nothing to remember them from
        return tl::unexpected(in.ok() ? errc::unsupported : errc::truncated);

    std::vector<binary_value> values;
    for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
        values.push_back(binary_value_of(in.u8()));
        in.skip(1);  // signed or not
        in.text_lenenc();
        if (in.ok() && values.back().form == binary_form::unknown)
            return tl::unexpected(errc::unsupported);
    }
    if (!in.ok())
        return tl::unexpected(errc::truncated);
    for (std::size_t i = 0; i < values.size(); ++i) {
        const bool null = (null_bits[i / 8] >> (i % 8) & 1) != 0;
        if (!null)
            skip_value(in, values[i]);
    }
    if (!in.ok())
        return tl::unexpected(errc::truncated);
    return {};
}

bool is_command(reader& in, command_type type)
{
    return in.u8() == static_cast<std::uint8_t>(type);
}

errc not_this_command(const reader& in)
{
    return in.ok() ? errc::bad_value : errc::truncated;
}

std::string up_to_nul(std::string_view text)
{
    return std::string(text.substr(0, text.find('\0')));
}

// A text with one byte of length, as in COM_REGISTER_SLAVE.
void append_short_text(writer& to, std::string_view text)
{
    text = text.substr(0, std::numeric_limits<std::uint8_t>::max());
    to.u8(static_cast<std::uint8_t>(text.size())).text(text);
}

}  // namespace

result<binlog_dump> parse_binlog_dump(byte_view packet)
{
    reader in(packet);
    if (!is_command(in, command_type::binlog_dump))
        return tl::unexpected(not_this_command(in));
    binlog_dump dump;
    dump.position = in.u32();
    dump.flags = in.u16();
    dump.server_id = in.u32();
    dump.file = up_to_nul(as_text(in.rest()));
    if (!in.ok())
        return tl::unexpected(errc::truncated);
    return dump;
}

result<binlog_dump_gtid> parse_binlog_dump_gtid(byte_view packet)
{
    reader in(packet);
    if (!is_command(in, command_type::binlog_dump_gtid))
        return tl::unexpected(not_this_command(in));
    binlog_dump_gtid dump;
    dump.flags = in.u16();
    dump.server_id = in.u32();
    dump.file = up_to_nul(in.text(in.u32()));
    dump.position = in.u64();
    const byte_view encoded = in.bytes(in.u32());
    if (!in.ok())
        return tl::unexpected(errc::truncated);
    auto seen = parse_gtid_set_binary(encoded);
    if (!seen)
        return tl::unexpected(seen.error());
    dump.seen = std::move(*seen);
    return dump;
}

result<register_slave> parse_register_slave(byte_view packet)
{
    reader in(packet);
    if (!is_command(in, command_type::register_slave))
        return tl::unexpected(not_this_command(in));
    register_slave registration;
    registration.server_id = in.u32();
    registration.host = in.text(in.u8());
    registration.user = in.text(in.u8());
    registration.password = in.text(in.u8());
    registration.port = in.u16();
    in.skip(4);  // recovery rank, unused since 5.6
    registration.source_id = in.u32();
    if (!in.ok())
        return tl::unexpected(errc::truncated);
    return registration;
}

result<change_user> parse_change_user(byte_view packet, std::uint32_t capabilities)
{
    reader in(packet);
    if (!is_command(in, command_type::change_user))
        return tl::unexpected(not_this_command(in));
    change_user request;
    request.user = in.text_nul();
    const byte_view proof =
        capabilities & capability::secure_connection ? in.bytes(in.u8()) : as_bytes(in.text_nul());
    request.proof.assign(proof.begin(), proof.end());
    request.database = in.text_nul();
    if (in.remaining() > 0) {
        request.collation = in.u16();
        if (capabilities & capability::plugin_auth && in.remaining() > 0)
            request.plugin = in.text_nul();
        if (capabilities & capability::connect_attributes && in.remaining() > 0) {
            const byte_view attributes = in.bytes(in.lenenc());
            request.attributes.assign(attributes.begin(), attributes.end());
        }
    }
    if (!in.ok())
        return tl::unexpected(errc::truncated);
    return request;
}

result<std::string_view> parse_query_text(byte_view packet, std::uint32_t capabilities)
{
    reader in(packet);
    if (!is_command(in, command_type::query))
        return tl::unexpected(not_this_command(in));
    if (capabilities & capability::query_attributes) {
        if (const auto skipped = skip_query_attributes(in); !skipped)
            return tl::unexpected(skipped.error());
    }
    return as_text(in.rest());
}

void append_binlog_dump(byte_buffer& out, const binlog_dump& dump)
{
    writer(out)
        .u8(static_cast<std::uint8_t>(command_type::binlog_dump))
        .u32(dump.position)
        .u16(dump.flags)
        .u32(dump.server_id)
        .text(dump.file);
}

void append_binlog_dump_gtid(byte_buffer& out, const binlog_dump_gtid& dump)
{
    byte_buffer seen;
    append_gtid_set_binary(seen, dump.seen);
    writer(out)
        .u8(static_cast<std::uint8_t>(command_type::binlog_dump_gtid))
        .u16(dump.flags)
        .u32(dump.server_id)
        .u32(static_cast<std::uint32_t>(dump.file.size()))
        .text(dump.file)
        .u64(dump.position)
        .u32(static_cast<std::uint32_t>(seen.size()))
        .bytes(seen);
}

void append_register_slave(byte_buffer& out, const register_slave& registration)
{
    writer to(out);
    to.u8(static_cast<std::uint8_t>(command_type::register_slave)).u32(registration.server_id);
    append_short_text(to, registration.host);
    append_short_text(to, registration.user);
    append_short_text(to, registration.password);
    to.u16(registration.port).zeros(4).u32(registration.source_id);
}

void append_change_user(byte_buffer& out, const change_user& request, std::uint32_t capabilities)
{
    writer to(out);
    to.u8(static_cast<std::uint8_t>(command_type::change_user)).text_nul(request.user);
    if (capabilities & capability::secure_connection)
        to.u8(static_cast<std::uint8_t>(request.proof.size())).bytes(request.proof);
    else
        to.bytes(request.proof).u8(0);
    to.text_nul(request.database).u16(request.collation);
    if (capabilities & capability::plugin_auth)
        to.text_nul(request.plugin);
    if (capabilities & capability::connect_attributes)
        to.lenenc(request.attributes.size()).bytes(request.attributes);
}

void append_query_command(byte_buffer& out, std::string_view text, std::uint32_t capabilities)
{
    writer to(out);
    to.u8(static_cast<std::uint8_t>(command_type::query));
    if (capabilities & capability::query_attributes)
        to.lenenc(0).lenenc(1);  // no attributes, one set of them
    to.text(text);
}

}  // namespace protocol
