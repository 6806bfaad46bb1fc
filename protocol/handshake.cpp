#include "protocol/handshake.hpp"

#include "protocol/reader.hpp"
#include "protocol/writer.hpp"

#include <algorithm>
#include <cassert>
#include <limits>

namespace protocol {
namespace {

constexpr std::uint8_t protocol_version = 10;
constexpr std::uint8_t auth_switch_mark = 0xfe;
constexpr std::uint8_t auth_more_data_mark = 0x01;
constexpr std::size_t tls_request_size = 32;
constexpr std::size_t login_filler = 23;

// The scramble goes in two parts, the second with a NUL: a client of 4.0 read only the first.
constexpr std::size_t scramble_head = 8;
constexpr std::size_t scramble_tail = 12;
constexpr std::size_t scramble_with_nul = scramble_head + scramble_tail + 1;

// Field by field like the head of a login.
tls_request read_login_head(reader& in)
{
    tls_request head;
    head.capabilities = in.u32();
    head.max_packet = in.u32();
    head.collation = in.u8();
    in.skip(login_filler);
    return head;
}

void append_login_head(byte_buffer& out, const tls_request& head)
{
    writer(out).u32(head.capabilities).u32(head.max_packet).u8(head.collation).zeros(login_filler);
}

std::string_view read_proof(reader& in, std::uint32_t capabilities)
{
    if (capabilities & capability::plugin_auth_lenenc)
        return in.text_lenenc();
    if (capabilities & capability::secure_connection)
        return in.text(in.u8());
    return in.text_nul();
}

void append_proof(writer& to, byte_view proof, std::uint32_t capabilities)
{
    if (capabilities & capability::plugin_auth_lenenc) {
        to.lenenc(proof.size()).bytes(proof);
    } else if (capabilities & capability::secure_connection) {
        assert(proof.size() <= std::numeric_limits<std::uint8_t>::max());
        to.u8(static_cast<std::uint8_t>(proof.size())).bytes(proof);
    } else {
        to.bytes(proof).u8(0);
    }
}

std::vector<std::pair<std::string, std::string>> read_attributes(reader& in)
{
    std::vector<std::pair<std::string, std::string>> attributes;
    reader block(in.bytes(in.lenenc()));
    while (block.remaining() > 0) {
        const std::string_view name = block.text_lenenc();
        const std::string_view value = block.text_lenenc();
        if (!block.ok()) {
            in.fail();
            break;
        }
        attributes.emplace_back(name, value);
    }
    return attributes;
}

}  // namespace

result<greeting> parse_greeting(byte_view packet)
{
    reader in(packet);
    const std::uint8_t version = in.u8();
    if (in.ok() && version != protocol_version)
        return tl::unexpected(errc::unsupported);

    greeting hello;
    hello.server_version = in.text_nul();
    hello.connection_id = in.u32();
    const byte_view head = in.bytes(scramble_head);
    in.skip(1);  // NUL
    hello.capabilities = in.u16();
    hello.collation = in.u8();
    hello.status = in.u16();
    hello.capabilities |= std::uint32_t{in.u16()} << 16;
    const std::size_t scramble_size = in.u8();  // both parts and the NUL; zero without plugin_auth
    in.skip(10);
    if (!in.ok())
        return tl::unexpected(errc::truncated);
    constexpr std::uint32_t needed = capability::protocol_41 | capability::secure_connection;
    if ((hello.capabilities & needed) != needed)
        return tl::unexpected(errc::unsupported);

    const byte_view tail = in.bytes(std::max(scramble_size, scramble_with_nul) - scramble_head);
    if (hello.capabilities & capability::plugin_auth)
        hello.plugin = in.text_nul();
    if (!in.ok())
        return tl::unexpected(errc::truncated);
    std::ranges::copy(head, hello.scramble.begin());
    std::ranges::copy(tail.first(scramble_tail), hello.scramble.begin() + scramble_head);
    return hello;
}

void append_greeting(byte_buffer& out, const greeting& hello)
{
    const bool names_plugin = (hello.capabilities & capability::plugin_auth) != 0;
    const byte_view scramble(hello.scramble);
    writer to(out);
    to.u8(protocol_version).text_nul(hello.server_version).u32(hello.connection_id);
    to.bytes(scramble.first(scramble_head)).u8(0);
    to.u16(static_cast<std::uint16_t>(hello.capabilities)).u8(hello.collation).u16(hello.status);
    to.u16(static_cast<std::uint16_t>(hello.capabilities >> 16));
    to.u8(names_plugin ? scramble_with_nul : 0).zeros(10);
    to.bytes(scramble.subspan(scramble_head)).u8(0);
    if (names_plugin)
        to.text_nul(hello.plugin);
}

bool is_tls_request(byte_view packet)
{
    return packet.size() == tls_request_size && (load_le(packet.first(4)) & capability::ssl) != 0;
}

result<tls_request> parse_tls_request(byte_view packet)
{
    reader in(packet);
    const tls_request request = read_login_head(in);
    if (!in.ok())
        return tl::unexpected(errc::truncated);
    if (!is_tls_request(packet))
        return tl::unexpected(errc::bad_value);
    return request;
}

void append_tls_request(byte_buffer& out, const tls_request& request)
{
    append_login_head(out, request);
}

result<login> parse_login(byte_view packet)
{
    reader in(packet);
    const tls_request head = read_login_head(in);
    if (!in.ok())
        return tl::unexpected(errc::truncated);
    if (!(head.capabilities & capability::protocol_41))
        return tl::unexpected(errc::unsupported);

    login request;
    request.capabilities = head.capabilities;
    request.max_packet = head.max_packet;
    request.collation = head.collation;
    request.user = in.text_nul();
    const byte_view proof = as_bytes(read_proof(in, head.capabilities));
    request.proof.assign(proof.begin(), proof.end());
    if (head.capabilities & capability::connect_with_db)
        request.database = in.text_nul();
    if (head.capabilities & capability::plugin_auth && in.remaining() > 0)
        request.plugin = in.text_nul();
    if (head.capabilities & capability::connect_attributes && in.remaining() > 0)
        request.attributes = read_attributes(in);
    if (head.capabilities & capability::zstd_compression && in.remaining() > 0)
        request.zstd_level = in.u8();
    if (!in.ok())
        return tl::unexpected(errc::truncated);
    return request;
}

void append_login(byte_buffer& out, const login& request)
{
    append_login_head(out, {request.capabilities, request.max_packet, request.collation});
    writer to(out);
    to.text_nul(request.user);
    append_proof(to, request.proof, request.capabilities);
    if (request.capabilities & capability::connect_with_db)
        to.text_nul(request.database);
    if (request.capabilities & capability::plugin_auth)
        to.text_nul(request.plugin);
    if (request.capabilities & capability::connect_attributes) {
        byte_buffer block;
        for (const auto& [name, value] : request.attributes)
            writer(block).text_lenenc(name).text_lenenc(value);
        to.lenenc(block.size()).bytes(block);
    }
    if (request.capabilities & capability::zstd_compression)
        to.u8(request.zstd_level);
}

result<auth_switch> parse_auth_switch(byte_view packet)
{
    reader in(packet);
    const std::uint8_t mark = in.u8();
    if (!in.ok())
        return tl::unexpected(errc::truncated);
    if (mark != auth_switch_mark)
        return tl::unexpected(errc::bad_value);
    if (in.remaining() == 0)
        return tl::unexpected(errc::unsupported);
    auth_switch request;
    request.plugin = in.text_nul();
    byte_view data = in.rest();
    if (!in.ok())
        return tl::unexpected(errc::truncated);
    if (!data.empty() && data.back() == 0)
        data = data.first(data.size() - 1);
    request.data.assign(data.begin(), data.end());
    return request;
}

void append_auth_switch(byte_buffer& out, const auth_switch& request)
{
    writer to(out);
    to.u8(auth_switch_mark).text_nul(request.plugin).bytes(request.data);
    if (!request.data.empty())
        to.u8(0);
}

void append_auth_more_data(byte_buffer& out, byte_view data)
{
    writer(out).u8(auth_more_data_mark).bytes(data);
}

}  // namespace protocol
