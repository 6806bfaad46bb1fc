#pragma once

#include "protocol/bytes.hpp"

#include <filesystem>
#include <span>
#include <string>

// The few file calls the store needs. All throw std::system_error that says what was done to which
// file.
namespace proxy {

// Owns an open file; closes it.
class file_descriptor
{
public:
    explicit file_descriptor(int fd = -1) : fd_(fd) {}
    ~file_descriptor();
    file_descriptor(file_descriptor&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
    file_descriptor& operator=(file_descriptor&& other) noexcept;

    int get() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }

private:
    int fd_;
};

[[noreturn]] void throw_errno(const std::string& doing);

// `flags` of open(2); O_CLOEXEC is added.
file_descriptor open_file(const std::filesystem::path& file, int flags);
// An unlinked file in this folder.
file_descriptor open_scratch(const std::filesystem::path& folder);

std::uint64_t file_size(const file_descriptor& file);
// As much as there is, at most `to.size()`; less only at the file's end.
std::size_t read_at(const file_descriptor& file, std::span<std::uint8_t> to, std::uint64_t offset);
// Gives how much was written; less than all only together with an errno to be reported: so that a
// full disk leaves the caller with a true count.
std::size_t
write_some_at(const file_descriptor& file, protocol::byte_view bytes, std::uint64_t offset);
void write_at(const file_descriptor& file, protocol::byte_view bytes, std::uint64_t offset);
void cut_file(const file_descriptor& file, std::uint64_t size);

// The whole file. Throws if it is longer than the limit.
protocol::byte_buffer read_file(const std::filesystem::path& file, std::uint64_t limit_bytes);
// Old or new content after a crash at any moment, never a mixture; durable when it returns.
void replace_file(const std::filesystem::path& file, protocol::byte_view content);
void sync_folder(const std::filesystem::path& folder);

}  // namespace proxy
