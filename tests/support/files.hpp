#pragma once

#include "protocol/binlog_file.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

// Files of the repository that tests read.
namespace tests {

inline protocol::byte_buffer read_file(const std::filesystem::path& path)
{
    std::ifstream in(path, std::ios::binary);
    if (!in)
        throw std::runtime_error("cannot read " + path.string());
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline void write_file(const std::filesystem::path& path, protocol::byte_view bytes)
{
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out.write(protocol::as_text(bytes).data(), static_cast<std::streamsize>(bytes.size()));
    if (!out.flush())
        throw std::runtime_error("cannot write " + path.string());
}

inline protocol::byte_buffer golden(const std::string& name)
{
    return read_file(std::filesystem::path(TESTS_DIR) / "golden" / name);
}

// All events of a binlog file; views into `file`. Throws where the file is broken.
inline std::vector<protocol::event_view>
events_of(const protocol::byte_buffer& file, protocol::checksum* sum = nullptr)
{
    protocol::binlog_file reader(file);
    std::vector<protocol::event_view> events;
    for (;;) {
        const auto event = reader.next();
        if (!event)
            throw std::runtime_error("broken event at " + std::to_string(reader.position()));
        if (!*event)
            break;
        events.push_back(**event);
    }
    if (sum != nullptr)
        *sum = reader.sum();
    return events;
}

}  // namespace tests
