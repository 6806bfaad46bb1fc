#include "proxy/store/file_io.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace proxy {

file_descriptor::~file_descriptor()
{
    if (fd_ >= 0)
        ::close(fd_);
}

file_descriptor& file_descriptor::operator=(file_descriptor&& other) noexcept
{
    std::swap(fd_, other.fd_);
    return *this;
}

void throw_errno(const std::string& doing)
{
    throw std::system_error(errno, std::generic_category(), doing);
}

file_descriptor open_file(const std::filesystem::path& file, int flags)
{
    file_descriptor opened(::open(file.c_str(), flags | O_CLOEXEC, 0640));
    if (!opened)
        throw_errno("open " + file.string());
    return opened;
}

file_descriptor open_scratch(const std::filesystem::path& folder)
{
    const std::filesystem::path file = folder / "scratch";
    file_descriptor opened = open_file(file, O_RDWR | O_CREAT | O_TRUNC);
    ::unlink(file.c_str());
    return opened;
}

std::uint64_t file_size(const file_descriptor& file)
{
    struct stat known{};
    if (::fstat(file.get(), &known) != 0)
        throw_errno("fstat");
    return static_cast<std::uint64_t>(known.st_size);
}

std::size_t read_at(const file_descriptor& file, std::span<std::uint8_t> to, std::uint64_t offset)
{
    std::size_t done = 0;
    while (done < to.size()) {
        const ssize_t size = ::pread(
            file.get(), to.data() + done, to.size() - done, static_cast<off_t>(offset + done)
        );
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            throw_errno("pread");
        if (size == 0)
            break;
        done += static_cast<std::size_t>(size);
    }
    return done;
}

std::size_t
write_some_at(const file_descriptor& file, protocol::byte_view bytes, std::uint64_t offset)
{
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t size = ::pwrite(
            file.get(), bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done)
        );
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            break;
        done += static_cast<std::size_t>(size);
    }
    return done;
}

void write_at(const file_descriptor& file, protocol::byte_view bytes, std::uint64_t offset)
{
    if (write_some_at(file, bytes, offset) < bytes.size())
        throw_errno("pwrite");
}

void cut_file(const file_descriptor& file, std::uint64_t size)
{
    if (::ftruncate(file.get(), static_cast<off_t>(size)) != 0)
        throw_errno("ftruncate");
}

protocol::byte_buffer read_file(const std::filesystem::path& file, std::uint64_t limit_bytes)
{
    const file_descriptor opened = open_file(file, O_RDONLY);
    const std::uint64_t size = file_size(opened);
    if (size > limit_bytes)
        throw std::system_error(EFBIG, std::generic_category(), "read " + file.string());
    protocol::byte_buffer content(size);
    content.resize(read_at(opened, content, 0));
    return content;
}

void replace_file(const std::filesystem::path& file, protocol::byte_view content)
{
    std::filesystem::path next = file;
    next += ".next";
    {
        const file_descriptor opened = open_file(next, O_WRONLY | O_CREAT | O_TRUNC);
        if (write_some_at(opened, content, 0) < content.size())
            throw_errno("write " + next.string());
        if (::fsync(opened.get()) != 0)
            throw_errno("fsync " + next.string());
    }
    if (::rename(next.c_str(), file.c_str()) != 0)
        throw_errno("rename " + next.string());
    sync_folder(file.parent_path());
}

void sync_folder(const std::filesystem::path& folder)
{
    const file_descriptor opened = open_file(folder, O_RDONLY | O_DIRECTORY);
    if (::fsync(opened.get()) != 0)
        throw_errno("fsync " + folder.string());
}

}  // namespace proxy
