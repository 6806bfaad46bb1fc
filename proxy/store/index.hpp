#pragma once

#include "protocol/checksum.hpp"
#include "protocol/error.hpp"
#include "proxy/source_log.hpp"

#include <string>
#include <vector>

// The list of clean files: the file `index` of the data folder, replaced whole. docs/storage.md has
// the layout.
namespace proxy {

struct index_entry
{
    std::uint32_t number = 0;        // counter, below clean_number_base
    std::string base_name;           // mysql-bin
    std::uint64_t base = 0;          // global offset of its first byte
    source_log source;               // the file it came from
    std::uint64_t source_begin = 0;  // the position there that its position 4 came from
    std::uint32_t format_timestamp = 0;
    protocol::checksum sum = protocol::checksum::crc32;
    bool operator==(const index_entry&) const = default;
};

// A clean file's number is this and its counter, so that it can be told from the source's.
constexpr std::uint32_t clean_number_base = 1'000'000'000;
// MySQL's own limit of a binlog's number.
constexpr std::uint32_t clean_number_limit = 0x7fff'ffff;
std::string clean_name(const index_entry& entry);  // mysql-bin.1000000123

protocol::byte_buffer to_bytes(const std::vector<index_entry>& index);
// Oldest first; numbers and bases rise.
protocol::result<std::vector<index_entry>> parse_index(protocol::byte_view bytes);

// The frame of the store's small files: magic, version, content, CRC-32 of all before it.
// unsupported: another version; bad_value: another kind of file.
protocol::byte_buffer
seal_document(std::string_view magic, std::uint32_t version, protocol::byte_view content);
protocol::result<protocol::byte_view>
open_document(std::string_view magic, std::uint32_t version, protocol::byte_view bytes);

}  // namespace proxy
