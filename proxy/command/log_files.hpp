#pragma once

#include "protocol/binlog_file.hpp"
#include "rewrite/upstream.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

// Binlog files of the source, read through mmap, one after the other.
namespace proxy {

// A whole file as bytes, for as long as this lives. Throws std::system_error that names the file.
class mapped_file
{
public:
    explicit mapped_file(const std::filesystem::path& path);
    ~mapped_file();
    mapped_file(const mapped_file&) = delete;
    mapped_file& operator=(const mapped_file&) = delete;

    protocol::byte_view bytes() const { return {static_cast<const std::uint8_t*>(at_), size_}; }
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
    void* at_ = nullptr;
    std::size_t size_ = 0;
};

using file_set = std::vector<std::unique_ptr<mapped_file>>;

// An event of the files; its views hold as long as they do.
struct logged_event
{
    rewrite::coordinate at;
    protocol::event_view event;
    protocol::checksum sum = protocol::checksum::none;
    std::size_t file = 0;
};

// Reads the events of all files in order, checked. Throws std::runtime_error with file and position
// where one is damaged.
class log_cursor
{
public:
    explicit log_cursor(const file_set& files) : files_(&files), events_(files.front()->bytes()) {}

    // The next event, over file borders; nothing at the end.
    std::optional<logged_event> next();

private:
    bool has_right_checksum(const protocol::event_view& event) const;

    const file_set* files_;
    std::size_t file_ = 0;
    protocol::binlog_file events_;
};

}  // namespace proxy
