#pragma once

#include "protocol/bytes.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <tl/expected.hpp>
#include <vector>

// What the store asks of a disk, small enough that a test can let any single call fail
// (tests/support/failing_disk.hpp). A disk that has no room, or fails, is an outcome and no
// exception: whoever was refused keeps what he has and asks again.
namespace proxy {

enum class disk_trouble : std::uint8_t {
    no_room,  // bytes, inodes, quota, file size limit, file descriptors: goes away by itself
    failed,   // anything else, above all EIO
};

struct disk_problem
{
    disk_trouble kind = disk_trouble::failed;
    std::filesystem::path file;
    std::string text;  // what was to be done and why it could not: "write /data/index: No space …"
};

template <class Value = void>
using disk_result = tl::expected<Value, disk_problem>;

// `error` is an errno.
disk_problem problem_of(int error, const std::string& doing, const std::filesystem::path& file);

// An open file. One thread writes; any thread may read what was written before, or sync.
class disk_file
{
public:
    virtual ~disk_file() = default;

    // As much as there is, at most `to.size()`; less only at the file's end.
    virtual disk_result<std::size_t>
    read(std::span<std::uint8_t> to, std::uint64_t offset) const = 0;
    // All of it, or a problem: then any part of it may have been written. A repeat is safe.
    virtual disk_result<> write(protocol::byte_view bytes, std::uint64_t offset) const = 0;
    virtual disk_result<> truncate(std::uint64_t size) const = 0;
    // What was written is on the disk when it returns (fdatasync).
    virtual disk_result<> sync() const = 0;
    virtual disk_result<std::uint64_t> size() const = 0;
    // For what is no call: mmap, flock.
    virtual int descriptor() const = 0;
    virtual const std::filesystem::path& path() const = 0;
};

struct disk_room
{
    std::uint64_t free = 0;  // bytes, for this user
    std::uint64_t total = 0;
};

enum class open_as : std::uint8_t {
    reading,   // must be there
    writing,   // must be there
    existing,  // made, empty, if it is not there
    empty,     // made, or emptied
    secret,    // as empty; nobody but this user may read what is made
    shared,    // as empty; anybody may
};

class disk
{
public:
    virtual ~disk() = default;

    virtual disk_result<std::shared_ptr<const disk_file>>
    open(const std::filesystem::path& file, open_as how) = 0;
    virtual disk_result<>
    rename(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
    // A file that is not there is removed already.
    virtual disk_result<> remove(const std::filesystem::path& file) = 0;
    // The folder's own entries are on the disk when it returns.
    virtual disk_result<> sync_folder(const std::filesystem::path& folder) = 0;
    // With its parents; nobody but this user may enter one that is made. One that is there stays as
    // it is.
    virtual disk_result<> make_folder(const std::filesystem::path& folder) = 0;
    virtual disk_result<bool> exists(const std::filesystem::path& file) = 0;
    virtual disk_result<std::vector<std::filesystem::path>> list(const std::filesystem::path& folder
    ) = 0;
    // Of the disk that the folder is on; all zero if it does not tell.
    virtual disk_room room(const std::filesystem::path& folder) const = 0;
};

// The disk of this machine; has no state.
disk& real_disk();

// Old or new content after a crash at any moment, never a mixture; durable when it returns. After a
// problem either may be there; a repeat is safe. `how`: empty, secret or shared.
disk_result<> replace_file(
    disk& on,
    const std::filesystem::path& file,
    protocol::byte_view content,
    open_as how = open_as::empty
);

// The whole file; EFBIG beyond the limit.
disk_result<protocol::byte_buffer>
read_file(disk& on, const std::filesystem::path& file, std::uint64_t limit_bytes);

// A file without a name, so that nothing is left of it at the end of the process; `file` is its
// name while it is made.
disk_result<std::shared_ptr<const disk_file>>
open_unnamed(disk& on, const std::filesystem::path& file);

// CRC-32 of a part of a file, which may be larger than we want to hold. Nothing: the file ends
// before the part does.
disk_result<std::optional<std::uint32_t>>
crc32_of(const disk_file& file, std::uint64_t from, std::uint64_t size);

// Inside a long piece of work whose every step may be refused (recovery) a problem travels as an
// exception: value_of() throws it, or_problem() around the work makes a value of it again.
class disk_refusal : public std::runtime_error
{
public:
    explicit disk_refusal(disk_problem met) : std::runtime_error(met.text), problem(std::move(met))
    {}
    disk_problem problem;
};

template <class Value>
Value value_of(disk_result<Value> given)
{
    if (!given)
        throw disk_refusal(std::move(given.error()));
    if constexpr (!std::is_void_v<Value>)
        return *std::move(given);
}

template <class Work>
auto or_problem(const Work& work) -> disk_result<decltype(work())>
{
    try {
        if constexpr (std::is_void_v<decltype(work())>) {
            work();
            return {};
        } else {
            return work();
        }
    } catch (disk_refusal& refused) {
        return tl::unexpected(std::move(refused.problem));
    }
}

}  // namespace proxy
