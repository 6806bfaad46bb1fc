#include "proxy/store/index.hpp"

#include "protocol/reader.hpp"
#include "protocol/writer.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace proxy {

namespace {

constexpr std::string_view index_magic = "unghost index\n";
constexpr std::uint32_t index_version = 1;
// Of an entry with empty names: for the check of a count before anything is allocated for it.
constexpr std::size_t least_entry = 4 + 1 + 8 + 4 + 1 + 8 + 16 + 4 + 1;

index_entry read_entry(protocol::reader& in)
{
    index_entry entry;
    entry.number = in.u32();
    entry.base_name = in.text(in.lenenc());
    entry.base = in.u64();
    entry.source.epoch = in.u32();
    entry.source.file = in.text(in.lenenc());
    entry.source_begin = in.u64();
    const protocol::byte_view uuid = in.bytes(entry.source.uuid.size());
    if (in.ok())
        std::ranges::copy(uuid, entry.source.uuid.begin());
    entry.format_timestamp = in.u32();
    entry.sum = static_cast<protocol::checksum>(in.u8());
    return entry;
}

bool valid(const index_entry& entry)
{
    return entry.number <= clean_number_limit - clean_number_base && !entry.base_name.empty() &&
           entry.base_name.find('/') == std::string::npos && entry.sum <= protocol::checksum::crc32;
}

}  // namespace

std::string clean_name(const index_entry& entry)
{
    return fmt::format("{}.{:010}", entry.base_name, clean_number_base + entry.number);
}

protocol::byte_buffer to_bytes(const std::vector<index_entry>& index)
{
    protocol::byte_buffer content;
    protocol::writer out(content);
    out.u32(static_cast<std::uint32_t>(index.size()));
    for (const auto& entry : index) {
        out.u32(entry.number).text_lenenc(entry.base_name).u64(entry.base);
        out.u32(entry.source.epoch).text_lenenc(entry.source.file);
        out.u64(entry.source_begin).bytes(entry.source.uuid).u32(entry.format_timestamp);
        out.u8(static_cast<std::uint8_t>(entry.sum));
    }
    return seal_document(index_magic, index_version, content);
}

protocol::result<std::vector<index_entry>> parse_index(protocol::byte_view bytes)
{
    const auto content = open_document(index_magic, index_version, bytes);
    if (!content)
        return tl::unexpected(content.error());
    protocol::reader in(*content);
    const std::uint32_t count = in.u32();
    if (count > in.remaining() / least_entry)
        return tl::unexpected(protocol::errc::truncated);
    std::vector<index_entry> index;
    index.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        const index_entry entry = read_entry(in);
        if (!in.ok())
            return tl::unexpected(protocol::errc::truncated);
        const bool rises =
            index.empty() || (entry.number > index.back().number && entry.base > index.back().base);
        if (!valid(entry) || !rises)
            return tl::unexpected(protocol::errc::bad_value);
        index.push_back(entry);
    }
    if (in.remaining() != 0)
        return tl::unexpected(protocol::errc::bad_value);
    return index;
}

protocol::byte_buffer
seal_document(std::string_view magic, std::uint32_t version, protocol::byte_view content)
{
    protocol::byte_buffer bytes;
    protocol::writer out(bytes);
    out.text(magic).u32(version).bytes(content);
    out.u32(protocol::crc32(bytes));
    return bytes;
}

protocol::result<protocol::byte_view>
open_document(std::string_view magic, std::uint32_t version, protocol::byte_view bytes)
{
    protocol::reader in(bytes);
    const std::string_view begin = in.text(magic.size());
    const std::uint32_t written = in.u32();
    if (!in.ok() || in.remaining() < 4)
        return tl::unexpected(protocol::errc::truncated);
    if (begin != magic)
        return tl::unexpected(protocol::errc::bad_value);
    // The version before the checksum: another version may seal otherwise.
    if (written != version)
        return tl::unexpected(protocol::errc::unsupported);
    if (!protocol::checksum_is_right(bytes))
        return tl::unexpected(protocol::errc::bad_checksum);
    return in.bytes(in.remaining() - 4);
}

}  // namespace proxy
