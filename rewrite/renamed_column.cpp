#include "rewrite/renamed_column.hpp"

namespace rewrite {
namespace {

// FNV-1a. Two values that share one are taken for one: a witness is missed then, and none is made.
std::uint64_t digest_of(protocol::byte_view bytes)
{
    std::uint64_t digest = 0xcbf29ce484222325;
    for (const std::uint8_t byte : bytes)
        digest = (digest ^ byte) * 0x100000001b3;
    return digest | 1;
}

constexpr std::uint64_t digest_of_null = 0;  // of no bytes

void append_seen(protocol::writer& to, const values_seen& seen)
{
    to.u8(static_cast<std::uint8_t>(seen.how_many)).u64(seen.digest).u8(seen.unread ? 1 : 0);
}

bool read_flag(protocol::reader& from)
{
    const std::uint8_t value = from.u8();
    if (value > 1)
        from.fail();
    return value == 1;
}

values_seen read_seen(protocol::reader& from)
{
    values_seen seen;
    const std::uint8_t how_many = from.u8();
    if (how_many > static_cast<std::uint8_t>(values_seen::number::many))
        from.fail();
    else
        seen.how_many = static_cast<values_seen::number>(how_many);
    seen.digest = from.u64();
    seen.unread = read_flag(from);
    return seen;
}

}  // namespace

void values_seen::add(const protocol::column_value& value)
{
    if (how_many != number::many)
        add({
            .how_many = number::one,
            .digest = value.null ? digest_of_null : digest_of(value.bytes),
        });
}

void values_seen::add(const values_seen& more)
{
    unread = unread || more.unread;
    if (more.how_many == number::none)
        return;
    if (how_many == number::none) {
        how_many = more.how_many;
        digest = more.digest;
    } else if (more.how_many == number::many || more.digest != digest) {
        how_many = number::many;
    }
}

bool values_seen::only_null() const
{
    return how_many == number::one && digest == digest_of_null;
}

bool renamed_column::is_witnessed() const
{
    const bool is_other =
        null_by_default && copy.how_many == values_seen::number::one && !copy.only_null();
    return copy.how_many == values_seen::number::many || is_other;
}

bool renamed_column::is_indifferent() const
{
    if (copy.unread || original.unread)
        return false;
    if (copy.how_many == values_seen::number::none)
        return true;  // no row was ever copied
    const bool is_default = copy.how_many == values_seen::number::one && other == 0;
    return is_default && (original.how_many == values_seen::number::none || original == copy);
}

void append_renamed(protocol::writer& to, const renamed_column& value)
{
    to.text_lenenc(value.name).u16(value.place).text_lenenc(value.new_name).u16(value.new_place);
    to.u8(value.null_by_default ? 1 : 0).text_lenenc(value.differs);
    append_seen(to, value.original);
    append_seen(to, value.copy);
    to.u8(value.other ? 1 : 0).u64(value.other.value_or(0));
}

renamed_column read_renamed(protocol::reader& from)
{
    renamed_column value;
    value.name = from.text_lenenc();
    value.place = from.u16();
    value.new_name = from.text_lenenc();
    value.new_place = from.u16();
    value.null_by_default = read_flag(from);
    value.differs = from.text_lenenc();
    value.original = read_seen(from);
    value.copy = read_seen(from);
    const bool has_other = read_flag(from);
    const std::uint64_t other = from.u64();
    if (has_other)
        value.other = other;
    return value;
}

}  // namespace rewrite
