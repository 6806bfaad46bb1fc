#include "protocol/gtid_event.hpp"

#include "protocol/reader.hpp"
#include "protocol/writer.hpp"

#include <algorithm>

namespace protocol {
namespace {

// Where in the body lies what changes with the transaction's length.
struct field_place
{
    std::size_t offset = 0;
    std::size_t size = 0;
};
struct layout
{
    gtid_event event;
    field_place length;        // transaction_length; size 0 if there is none
    field_place message_size;  // tagged events: the size of the body itself
};

constexpr std::uint8_t logical_clock = 2;                           // LOGICAL_TIMESTAMP_TYPECODE
constexpr std::uint64_t second_timestamp = std::uint64_t{1} << 55;  // the original's follows
constexpr std::uint32_t second_version = std::uint32_t{1} << 31;    // the original's follows

bool is_number(std::uint64_t number)
{
    return number >= 1 && number <= max_gtid_number;
}

std::uint64_t u56(reader& in)
{
    return load_le(in.bytes(7));
}

// Everything after the number appeared release by release: 5.7 clocks, 8.0.1 timestamps, 8.0.2
// the length, 8.0.14 versions, 8.1 the ticket. What is not there ends the event.
void parse_untagged_tail(reader& in, std::size_t body_size, layout& fields)
{
    gtid_event& event = fields.event;
    if (in.remaining() == 0 || in.u8() != logical_clock)
        return;
    event.last_committed = static_cast<std::int64_t>(in.u64());
    event.sequence_number = static_cast<std::int64_t>(in.u64());
    if (in.remaining() == 0)
        return;

    const std::uint64_t immediate = u56(in);
    event.immediate_commit_timestamp = immediate & ~second_timestamp;
    event.original_commit_timestamp =
        (immediate & second_timestamp) != 0 ? u56(in) : event.immediate_commit_timestamp;
    if (in.remaining() == 0)
        return;

    fields.length.offset = body_size - in.remaining();
    event.transaction_length = in.lenenc();
    fields.length.size = body_size - in.remaining() - fields.length.offset;
    if (in.remaining() == 0)
        return;

    if ((in.u32() & second_version) != 0)
        in.skip(4);
    if (in.remaining() != 0)
        in.skip(8);  // commit_group_ticket
}

result<layout> parse_untagged(const event_view& event)
{
    layout fields;
    fields.event.type = event.header.type;
    reader in(event.body);
    fields.event.flags = in.u8();
    const byte_view source = in.bytes(std::tuple_size_v<uuid>);
    const std::uint64_t number = in.u64();
    if (event.header.type == event_type::gtid && in.ok()) {
        if (!is_number(number))
            return tl::unexpected(errc::bad_value);
        std::ranges::copy(source, fields.event.id.source.begin());
        fields.event.id.number = number;
    }
    parse_untagged_tail(in, event.body.size(), fields);
    if (!in.ok())
        return tl::unexpected(errc::truncated);
    return fields;
}

// Field numbers of Gtid_event::define_fields.
enum class tagged_field : std::uint64_t {
    flags = 0,
    uuid = 1,
    number = 2,
    tag = 3,
    last_committed = 4,
    sequence_number = 5,
    immediate_commit_timestamp = 6,
    original_commit_timestamp = 7,
    transaction_length = 8,
    immediate_server_version = 9,
    original_server_version = 10,
    commit_group_ticket = 11,
};

std::int64_t signed_varint(reader& in)
{
    const std::uint64_t value = in.varint();
    const auto half = static_cast<std::int64_t>(value >> 1);
    return (value & 1) != 0 ? ~half : half;
}

// False for a field we do not know; the reader fails on a value that a field cannot have.
bool parse_tagged_field(reader& in, tagged_field field, std::size_t body_size, layout& fields)
{
    gtid_event& event = fields.event;
    switch (field) {
        case tagged_field::flags: event.flags = static_cast<std::uint8_t>(in.varint()); break;
        case tagged_field::uuid:
            for (auto& byte : event.id.source)
                byte = static_cast<std::uint8_t>(in.varint());
            break;
        case tagged_field::number:
            event.id.number = static_cast<std::uint64_t>(signed_varint(in));
            break;
        case tagged_field::tag: event.id.tag = in.text(in.varint()); break;
        case tagged_field::last_committed: event.last_committed = signed_varint(in); break;
        case tagged_field::sequence_number: event.sequence_number = signed_varint(in); break;
        case tagged_field::immediate_commit_timestamp:
            event.immediate_commit_timestamp = in.varint();
            event.original_commit_timestamp = event.immediate_commit_timestamp;
            break;
        case tagged_field::original_commit_timestamp:
            event.original_commit_timestamp = in.varint();
            break;
        case tagged_field::transaction_length:
            fields.length.offset = body_size - in.remaining();
            event.transaction_length = in.varint();
            fields.length.size = body_size - in.remaining() - fields.length.offset;
            break;
        case tagged_field::immediate_server_version:
        case tagged_field::original_server_version:
        case tagged_field::commit_group_ticket: in.varint(); break;
        default: return false;
    }
    return true;
}

result<layout> parse_tagged(const event_view& event)
{
    const std::size_t body_size = event.body.size();
    layout fields;
    fields.event.type = event.header.type;
    reader in(event.body);
    const std::uint64_t format = in.varint();
    fields.message_size.offset = body_size - in.remaining();
    const std::uint64_t message_size = in.varint();
    fields.message_size.size = body_size - in.remaining() - fields.message_size.offset;
    const std::uint64_t last_needed = in.varint();
    if (!in.ok() || message_size > body_size)
        return tl::unexpected(errc::truncated);
    if (format != 1)
        return tl::unexpected(errc::unsupported);
    if (message_size < body_size)
        return tl::unexpected(errc::bad_value);

    for (std::uint64_t next = 0; in.remaining() != 0;) {
        const std::uint64_t field = in.varint();
        if (field < next)
            return tl::unexpected(errc::bad_value);
        next = field + 1;
        if (parse_tagged_field(in, static_cast<tagged_field>(field), body_size, fields))
            continue;
        // A later release's: the event says whether it may be left unread.
        if (field <= last_needed)
            return tl::unexpected(errc::unsupported);
        break;
    }
    if (!in.ok())
        return tl::unexpected(errc::truncated);
    if (!is_number(fields.event.id.number) ||
        !(fields.event.id.tag.empty() || is_tag(fields.event.id.tag)))
        return tl::unexpected(errc::bad_value);
    return fields;
}

result<layout> locate(const event_view& event)
{
    switch (event.header.type) {
        case event_type::gtid:
        case event_type::anonymous_gtid: return parse_untagged(event);
        case event_type::gtid_tagged: return parse_tagged(event);
        default: return tl::unexpected(errc::unsupported);
    }
}

// Sizes of the two numbers that count themselves: the smallest pair that agrees with itself.
struct number_sizes
{
    std::size_t message = 0;  // 0 in untagged events
    std::size_t length = 1;
};
number_sizes settle_sizes(const layout& fields, std::size_t fixed_body, std::uint64_t fixed_bytes)
{
    if (fields.message_size.size == 0) {
        for (const std::size_t size : {1UL, 3UL, 4UL})
            if (lenenc_size(fixed_bytes + size) <= size)
                return {.message = 0, .length = size};
        return {.message = 0, .length = 9};
    }
    number_sizes sizes{.message = 1, .length = 1};
    for (;;) {
        const std::size_t both = sizes.message + sizes.length;
        const number_sizes needed{
            .message = varint_size(fixed_body + both),
            .length = varint_size(fixed_bytes + both),
        };
        if (needed.message <= sizes.message && needed.length <= sizes.length)
            return sizes;
        sizes.message = std::max(sizes.message, needed.message);
        sizes.length = std::max(sizes.length, needed.length);
    }
}

// The number in `size` bytes, in the longer form where that is more than it needs.
void append_lenenc(byte_buffer& out, std::uint64_t value, std::size_t size)
{
    writer to(out);
    switch (size) {
        case 1: to.u8(static_cast<std::uint8_t>(value)); break;
        case 3: to.u8(0xfc).u16(static_cast<std::uint16_t>(value)); break;
        case 4: to.u8(0xfd).u24(static_cast<std::uint32_t>(value)); break;
        default: to.u8(0xfe).u64(value); break;
    }
}

}  // namespace

result<gtid_event> parse_gtid_event(const event_view& event)
{
    auto fields = locate(event);
    if (!fields)
        return tl::unexpected(fields.error());
    return std::move(fields->event);
}

result<byte_buffer>
with_transaction_length(const event_view& event, checksum sum, std::uint64_t rest_bytes)
{
    const auto fields = locate(event);
    if (!fields)
        return tl::unexpected(fields.error());
    if (fields->length.size == 0)
        return byte_buffer(event.whole.begin(), event.whole.end());

    const byte_view body = event.body;
    const std::size_t fixed_body = body.size() - fields->length.size - fields->message_size.size;
    const std::uint64_t fixed_bytes =
        rest_bytes + event_header_size + fixed_body + checksum_size(sum);
    const number_sizes sizes = settle_sizes(*fields, fixed_body, fixed_bytes);
    const std::uint64_t length = fixed_bytes + sizes.message + sizes.length;

    byte_buffer out;
    out.reserve(event.whole.size() + 16);
    writer to(out);
    to.bytes(event.whole.first(event_header_size));
    std::size_t copied = 0;
    if (sizes.message != 0) {
        to.bytes(body.first(fields->message_size.offset))
            .varint(fixed_body + sizes.message + sizes.length, sizes.message);
        copied = fields->message_size.offset + fields->message_size.size;
    }
    to.bytes(body.subspan(copied, fields->length.offset - copied));
    if (sizes.message != 0)
        to.varint(length, sizes.length);
    else
        append_lenenc(out, length, sizes.length);
    to.bytes(body.subspan(fields->length.offset + fields->length.size));
    to.zeros(checksum_size(sum));
    store(out.data() + event_size_offset, static_cast<std::uint32_t>(out.size()));
    return out;
}

result<std::optional<length_patch>>
transaction_length_patch(const event_view& event, std::uint64_t transaction_bytes)
{
    const auto fields = locate(event);
    if (!fields)
        return tl::unexpected(fields.error());
    const std::size_t size = fields->length.size;
    if (size == 0)
        return std::nullopt;

    length_patch patch{.offset = event_header_size + fields->length.offset, .bytes = {}};
    const bool tagged = fields->message_size.size != 0;
    if ((tagged ? varint_size(transaction_bytes) : lenenc_size(transaction_bytes)) > size)
        return tl::unexpected(errc::too_large);
    if (tagged)
        writer(patch.bytes).varint(transaction_bytes, size);
    else
        append_lenenc(patch.bytes, transaction_bytes, size);
    return patch;
}

}  // namespace protocol
