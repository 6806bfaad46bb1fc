#include "proxy/store/disk.hpp"

#include "protocol/checksum.hpp"
#include "proxy/store/file_io.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace proxy {

namespace {

disk_trouble trouble_of(int error)
{
    switch (error) {
        case ENOSPC:  // also: no inodes
        case EDQUOT:
        case EFBIG:  // ulimit -f
        case EMFILE:
        case ENFILE:
        case ENOMEM: return disk_trouble::no_room;
        default: return disk_trouble::failed;
    }
}

tl::unexpected<disk_problem> failed(const char* doing, const std::filesystem::path& file)
{
    return tl::unexpected(problem_of(errno, doing, file));
}

class real_file final : public disk_file
{
public:
    real_file(file_descriptor opened, std::filesystem::path path)
        : opened_(std::move(opened))
        , path_(std::move(path))
    {}

    disk_result<std::size_t> read(std::span<std::uint8_t> to, std::uint64_t offset) const override
    {
        std::size_t done = 0;
        while (done < to.size()) {
            const auto at = static_cast<off_t>(offset + done);
            const ssize_t size = ::pread(opened_.get(), to.data() + done, to.size() - done, at);
            if (size < 0 && errno == EINTR)
                continue;
            if (size < 0)
                return failed("read", path_);
            if (size == 0)
                break;
            done += static_cast<std::size_t>(size);
        }
        return done;
    }
    disk_result<> write(protocol::byte_view bytes, std::uint64_t offset) const override
    {
        while (!bytes.empty()) {
            const ssize_t size =
                ::pwrite(opened_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
            if (size < 0 && errno == EINTR)
                continue;
            if (size < 0)
                return failed("write", path_);
            bytes = bytes.subspan(static_cast<std::size_t>(size));
            offset += static_cast<std::uint64_t>(size);
        }
        return {};
    }
    disk_result<> truncate(std::uint64_t size) const override
    {
        if (::ftruncate(opened_.get(), static_cast<off_t>(size)) != 0)
            return failed("cut", path_);
        return {};
    }
    disk_result<> sync() const override
    {
        if (::fdatasync(opened_.get()) != 0)
            return failed("sync", path_);
        return {};
    }
    disk_result<std::uint64_t> size() const override
    {
        struct stat status{};
        if (::fstat(opened_.get(), &status) != 0)
            return failed("stat", path_);
        return static_cast<std::uint64_t>(status.st_size);
    }
    int descriptor() const override { return opened_.get(); }
    const std::filesystem::path& path() const override { return path_; }

private:
    file_descriptor opened_;
    std::filesystem::path path_;
};

int flags_of(open_as how)
{
    switch (how) {
        case open_as::reading: return O_RDONLY;
        case open_as::writing: return O_RDWR;
        case open_as::existing: return O_RDWR | O_CREAT;
        case open_as::empty:
        case open_as::secret:
        case open_as::shared: break;
    }
    return O_RDWR | O_CREAT | O_TRUNC;
}

mode_t mode_of(open_as how)
{
    switch (how) {
        case open_as::secret: return 0600;
        case open_as::shared: return 0644;
        default: return 0640;
    }
}

class machine_disk final : public disk
{
public:
    disk_result<std::shared_ptr<const disk_file>>
    open(const std::filesystem::path& file, open_as how) override
    {
        // One that a crash left may be open to others, and they may have opened it.
        if (how == open_as::secret && ::unlink(file.c_str()) != 0 && errno != ENOENT)
            return failed("remove", file);
        file_descriptor opened(::open(file.c_str(), flags_of(how) | O_CLOEXEC, mode_of(how)));
        if (!opened)
            return failed("open", file);
        return std::make_shared<const real_file>(std::move(opened), file);
    }
    disk_result<>
    rename(const std::filesystem::path& from, const std::filesystem::path& to) override
    {
        if (std::rename(from.c_str(), to.c_str()) != 0)
            return failed("rename", from);
        return {};
    }
    disk_result<> remove(const std::filesystem::path& file) override
    {
        if (::unlink(file.c_str()) != 0 && errno != ENOENT)
            return failed("remove", file);
        return {};
    }
    disk_result<> sync_folder(const std::filesystem::path& folder) override
    {
        const file_descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!opened)
            return failed("open", folder);
        if (::fsync(opened.get()) != 0)
            return failed("sync", folder);
        return {};
    }
    disk_result<> make_folder(const std::filesystem::path& folder) override
    {
        const std::filesystem::path last = folder.has_filename() ? folder : folder.parent_path();
        std::error_code error;
        if (last.has_parent_path())
            std::filesystem::create_directories(last.parent_path(), error);
        if (error)
            return tl::unexpected(problem_of(error.value(), "make", folder));
        if (::mkdir(last.c_str(), S_IRWXU) == 0)
            return {};
        const int refused = errno;
        if (std::filesystem::is_directory(last, error))
            return {};
        return tl::unexpected(problem_of(refused, "make", folder));
    }
    disk_result<bool> exists(const std::filesystem::path& file) override
    {
        struct stat status{};
        if (::stat(file.c_str(), &status) == 0)
            return true;
        if (errno == ENOENT)
            return false;
        return failed("stat", file);
    }
    disk_result<std::vector<std::filesystem::path>> list(const std::filesystem::path& folder
    ) override
    {
        std::error_code error;
        std::vector<std::filesystem::path> all;
        std::filesystem::directory_iterator at(folder, error);
        for (; !error && at != std::filesystem::directory_iterator(); at.increment(error))
            all.push_back(at->path());
        if (error)
            return tl::unexpected(problem_of(error.value(), "list", folder));
        return all;
    }
    disk_room room(const std::filesystem::path& folder) const override
    {
        std::error_code error;
        const std::filesystem::space_info is = std::filesystem::space(folder, error);
        return error ? disk_room{} : disk_room{.free = is.available, .total = is.capacity};
    }
};

}  // namespace

disk_problem problem_of(int error, const std::string& doing, const std::filesystem::path& file)
{
    return {
        .kind = trouble_of(error),
        .file = file,
        .text = doing + ' ' + file.string() + ": " + std::generic_category().message(error),
    };
}

disk& real_disk()
{
    static machine_disk only;
    return only;
}

disk_result<>
replace_file(disk& on, const std::filesystem::path& file, protocol::byte_view content, open_as how)
{
    std::filesystem::path next = file;
    next += ".next";
    {
        const auto opened = on.open(next, how);
        if (!opened)
            return tl::unexpected(opened.error());
        if (auto done = (*opened)->write(content, 0); !done)
            return done;
        if (auto done = (*opened)->sync(); !done)
            return done;
    }
    if (auto done = on.rename(next, file); !done)
        return done;
    return on.sync_folder(file.parent_path());
}

disk_result<std::shared_ptr<const disk_file>>
open_unnamed(disk& on, const std::filesystem::path& file)
{
    auto opened = on.open(file, open_as::empty);
    if (!opened)
        return opened;
    if (auto done = on.remove(file); !done)
        return tl::unexpected(done.error());
    return opened;
}

disk_result<std::optional<std::uint32_t>>
crc32_of(const disk_file& file, std::uint64_t from, std::uint64_t size)
{
    constexpr std::uint64_t piece_size = std::uint64_t{256} << 10;
    protocol::byte_buffer piece(static_cast<std::size_t>(std::min(size, piece_size)));
    std::uint32_t sum = 0;
    while (size > 0) {
        const auto part =
            std::span(piece).first(static_cast<std::size_t>(std::min(size, piece_size)));
        const auto got = file.read(part, from);
        if (!got)
            return tl::unexpected(got.error());
        if (*got < part.size())
            return std::nullopt;
        sum = protocol::crc32(part, sum);
        from += part.size();
        size -= part.size();
    }
    return sum;
}

disk_result<protocol::byte_buffer>
read_file(disk& on, const std::filesystem::path& file, std::uint64_t limit_bytes)
{
    const auto opened = on.open(file, open_as::reading);
    if (!opened)
        return tl::unexpected(opened.error());
    const auto size = (*opened)->size();
    if (!size)
        return tl::unexpected(size.error());
    if (*size > limit_bytes)
        return tl::unexpected(disk_problem{
            .kind = disk_trouble::failed,
            .file = file,
            .text = "read " + file.string() + ": it is larger than it can be"
        });
    protocol::byte_buffer content(static_cast<std::size_t>(*size));
    const auto got = (*opened)->read(content, 0);
    if (!got)
        return tl::unexpected(got.error());
    content.resize(*got);
    return content;
}

}  // namespace proxy
