#include "proxy/store/file_io.hpp"

#include <cerrno>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
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

std::uint64_t file_size(const file_descriptor& file)
{
    struct stat known{};
    if (::fstat(file.get(), &known) != 0)
        throw_errno("fstat");
    return static_cast<std::uint64_t>(known.st_size);
}

bool is_in_memory(const file_descriptor& file)
{
    struct statfs about{};
    return ::fstatfs(file.get(), &about) == 0 && about.f_type == TMPFS_MAGIC;
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

}  // namespace proxy
