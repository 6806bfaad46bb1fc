#pragma once

#include "proxy/store/disk.hpp"

#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <sqlite3.h>
#include <unistd.h>

// A disk that fails once, at a chosen call, in a chosen way, and works before and after that.
// Modelled on LevelDB's fault_injection_test.
namespace tests {

enum class failure : std::uint8_t {
    no_room,  // ENOSPC, nothing was done
    broken,   // EIO, nothing was done
    torn,     // EIO, and yet: half of the bytes were written, the file was renamed, removed, cut …
};

inline const char* to_text(failure how)
{
    switch (how) {
        case failure::no_room: return "no room";
        case failure::broken: return "EIO";
        case failure::torn: return "torn";
    }
    return "";
}

// Counts the calls of a disk and of SQLite, and says which of them is to fail.
class failure_plan
{
public:
    void fail_at(std::size_t call, failure how)
    {
        calls_ = failed_ = 0;
        at_ = call;
        how_ = how;
    }
    // From now on each call fails, until let_all().
    void fail_all(failure how)
    {
        all_ = true;
        how_ = how;
    }
    void let_all() { all_ = false; }

    std::optional<failure> next()
    {
        ++calls_;
        if (!all_ && calls_ != at_)
            return std::nullopt;
        ++failed_;
        return how_;
    }
    std::size_t calls() const { return calls_; }
    std::size_t failed() const { return failed_; }

private:
    std::size_t calls_ = 0;
    std::size_t failed_ = 0;
    std::size_t at_ = 0;
    bool all_ = false;
    failure how_ = failure::no_room;
};

inline int errno_of(failure how)
{
    return how == failure::no_room ? ENOSPC : EIO;
}

class failing_file final : public proxy::disk_file
{
public:
    failing_file(std::shared_ptr<const disk_file> under, failure_plan& plan)
        : under_(std::move(under))
        , plan_(plan)
    {}

    proxy::disk_result<std::size_t>
    read(std::span<std::uint8_t> to, std::uint64_t offset) const override
    {
        if (const auto how = plan_.next())
            return refuse(*how, "read");
        return under_->read(to, offset);
    }
    proxy::disk_result<> write(protocol::byte_view bytes, std::uint64_t offset) const override
    {
        const auto how = plan_.next();
        if (!how)
            return under_->write(bytes, offset);
        if (*how == failure::torn)
            (void)under_->write(bytes.first(bytes.size() / 2), offset);
        return refuse(*how, "write");
    }
    proxy::disk_result<> truncate(std::uint64_t size) const override
    {
        const auto how = plan_.next();
        if (!how)
            return under_->truncate(size);
        if (*how == failure::torn)
            (void)under_->truncate(size);
        return refuse(*how, "cut");
    }
    // Only counted: nothing here survives the end of a machine anyway.
    proxy::disk_result<> sync() const override
    {
        if (const auto how = plan_.next())
            return refuse(*how, "sync");
        return {};
    }
    proxy::disk_result<std::uint64_t> size() const override
    {
        if (const auto how = plan_.next())
            return refuse(*how, "stat");
        return under_->size();
    }
    int descriptor() const override { return under_->descriptor(); }
    const std::filesystem::path& path() const override { return under_->path(); }

private:
    tl::unexpected<proxy::disk_problem> refuse(failure how, const char* doing) const
    {
        return tl::unexpected(proxy::problem_of(errno_of(how), doing, path()));
    }

    std::shared_ptr<const disk_file> under_;
    failure_plan& plan_;
};

class failing_disk final : public proxy::disk
{
public:
    explicit failing_disk(failure_plan& plan) : plan_(plan) {}

    proxy::disk_result<std::shared_ptr<const proxy::disk_file>>
    open(const std::filesystem::path& file, proxy::open_as how) override
    {
        const auto fails = plan_.next();
        if (fails && *fails != failure::torn)
            return refuse(*fails, "open", file);
        auto opened = under_.open(file, how);
        if (fails)
            return refuse(*fails, "open", file);
        if (!opened)
            return opened;
        return std::make_shared<const failing_file>(*std::move(opened), plan_);
    }
    proxy::disk_result<>
    rename(const std::filesystem::path& from, const std::filesystem::path& to) override
    {
        return or_fail("rename", from, [&] { return under_.rename(from, to); });
    }
    proxy::disk_result<> remove(const std::filesystem::path& file) override
    {
        return or_fail("remove", file, [&] { return under_.remove(file); });
    }
    proxy::disk_result<> sync_folder(const std::filesystem::path& folder) override
    {
        return or_fail("sync", folder, [] { return proxy::disk_result<>(); });
    }
    proxy::disk_result<> make_folder(const std::filesystem::path& folder) override
    {
        return or_fail("make", folder, [&] { return under_.make_folder(folder); });
    }
    proxy::disk_result<bool> exists(const std::filesystem::path& file) override
    {
        return or_fail("stat", file, [&] { return under_.exists(file); });
    }
    proxy::disk_result<std::vector<std::filesystem::path>> list(const std::filesystem::path& folder
    ) override
    {
        return or_fail("list", folder, [&] { return under_.list(folder); });
    }

    proxy::disk_room room(const std::filesystem::path& folder) const override
    {
        return under_.room(folder);
    }

private:
    static tl::unexpected<proxy::disk_problem>
    refuse(failure how, const char* doing, const std::filesystem::path& file)
    {
        return tl::unexpected(proxy::problem_of(errno_of(how), doing, file));
    }
    template <class Work>
    auto or_fail(const char* doing, const std::filesystem::path& file, const Work& work)
        -> decltype(work())
    {
        const auto how = plan_.next();
        if (!how)
            return work();
        if (*how == failure::torn)
            (void)work();
        return refuse(*how, doing, file);
    }

    proxy::disk& under_ = proxy::real_disk();
    failure_plan& plan_;
};

// While it lives, SQLite's calls are counted and fail by the same plan: what it writes, opens,
// cuts.
class failing_sqlite
{
public:
    explicit failing_sqlite(failure_plan& plan)
    {
        plan_of_all = &plan;
        put("open", reinterpret_cast<sqlite3_syscall_ptr>(&open));
        put("pwrite", reinterpret_cast<sqlite3_syscall_ptr>(&pwrite));
        put("pwrite64", reinterpret_cast<sqlite3_syscall_ptr>(&pwrite));
        put("ftruncate", reinterpret_cast<sqlite3_syscall_ptr>(&ftruncate));
    }
    ~failing_sqlite()
    {
        sqlite3_vfs* const vfs = sqlite3_vfs_find(nullptr);
        vfs->xSetSystemCall(vfs, nullptr, nullptr);  // all as they were
        plan_of_all = nullptr;
    }
    failing_sqlite(const failing_sqlite&) = delete;
    failing_sqlite& operator=(const failing_sqlite&) = delete;

private:
    static void put(const char* name, sqlite3_syscall_ptr call)
    {
        sqlite3_vfs* const vfs = sqlite3_vfs_find(nullptr);
        if (vfs->xGetSystemCall(vfs, name) != nullptr)
            vfs->xSetSystemCall(vfs, name, call);
    }
    static int open(const char* file, int flags, int mode)
    {
        if (const auto how = plan_of_all->next()) {
            errno = errno_of(*how);
            return -1;
        }
        return ::open(file, flags, mode);
    }
    static ssize_t pwrite(int fd, const void* bytes, std::size_t size, off_t offset)
    {
        if (const auto how = plan_of_all->next()) {
            if (*how == failure::torn)
                (void)!::pwrite(fd, bytes, size / 2, offset);
            errno = errno_of(*how);
            return -1;
        }
        return ::pwrite(fd, bytes, size, offset);
    }
    static int ftruncate(int fd, off_t size)
    {
        if (const auto how = plan_of_all->next()) {
            errno = errno_of(*how);
            return -1;
        }
        return ::ftruncate(fd, size);
    }

    static inline failure_plan* plan_of_all = nullptr;
};

}  // namespace tests
