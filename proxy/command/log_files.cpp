#include "proxy/command/log_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace proxy {

mapped_file::mapped_file(const std::filesystem::path& path) : path_(path)
{
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        throw std::system_error(errno, std::generic_category(), "cannot open " + path.string());
    struct stat about = {};
    ::fstat(fd, &about);
    size_ = static_cast<std::size_t>(about.st_size);
    if (size_ > 0)
        at_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, fd, 0);
    const int error = errno;
    ::close(fd);
    if (at_ == MAP_FAILED)
        throw std::system_error(error, std::generic_category(), "cannot read " + path.string());
    if (at_)
        ::madvise(at_, size_, MADV_SEQUENTIAL);
}

mapped_file::~mapped_file()
{
    if (at_)
        ::munmap(at_, size_);
}

std::optional<logged_event> log_cursor::next()
{
    for (;;) {
        const std::size_t at =
            events_.position() == 0 ? protocol::first_position : events_.position();
        const auto read = events_.next();
        if (!read)
            throw std::runtime_error(fmt::format(
                "{}:{}: the event {}; the file is damaged or no binlog",
                (*files_)[file_]->path().string(),
                events_.position(),
                make_error_code(read.error()).message()
            ));
        if (const std::optional<protocol::event_view>& event = *read) {
            if (!has_right_checksum(*event))
                throw std::runtime_error(fmt::format(
                    "{}:{}: wrong checksum; the file is damaged",
                    (*files_)[file_]->path().string(),
                    at
                ));
            return logged_event{
                .at = {1, (*files_)[file_]->path().filename().string(), at},
                .event = *event,
                .sum = events_.sum(),
                .file = file_,
            };
        }
        if (file_ + 1 == files_->size())
            return std::nullopt;
        events_ = protocol::binlog_file((*files_)[++file_]->bytes());
    }
}

bool log_cursor::has_right_checksum(const protocol::event_view& event) const
{
    if (events_.sum() == protocol::checksum::none)
        return true;
    // Of a file being written it is made without the in-use flag.
    if (event.header.type == protocol::event_type::format_description &&
        (event.header.flags & protocol::event_in_use))
        return true;
    return protocol::checksum_is_right(event.whole);
}

}  // namespace proxy
