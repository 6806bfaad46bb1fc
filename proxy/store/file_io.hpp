#pragma once

#include "protocol/bytes.hpp"

#include <filesystem>
#include <span>
#include <string>

// The few file calls that readers of the log need, on the threads of sessions. All throw
// std::system_error that says what was done to which file. What the store itself reads and writes
// goes through disk.hpp.
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
std::uint64_t file_size(const file_descriptor& file);
// On a file system that has no disk (tmpfs). False where that cannot be told.
bool is_in_memory(const file_descriptor& file);
// As much as there is, at most `to.size()`; less only at the file's end.
std::size_t read_at(const file_descriptor& file, std::span<std::uint8_t> to, std::uint64_t offset);

}  // namespace proxy
