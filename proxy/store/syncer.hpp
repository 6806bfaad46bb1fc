#pragma once

#include "proxy/mutex.hpp"
#include "proxy/store/disk.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <optional>
#include <spdlog/logger.h>
#include <thread>

namespace proxy {

// Brings written files to the disk on its own thread, so that the source thread never waits for it.
// With an interval of zero everything is done by settle(), in the caller.
class syncer
{
public:
    syncer(disk& on, std::chrono::milliseconds interval, spdlog::logger& log);
    ~syncer();  // brings down what is left

    // This file has new bytes.
    void changed(const std::shared_ptr<const disk_file>& file);
    // Replaces a file, but not before everything that was noted up to now is on the disk. A later
    // call for the same file takes the place of one that still waits. Tried again until it is done.
    void
    replace(const std::filesystem::path& file, protocol::byte_buffer content, std::uint64_t tag);
    // What a sync was refused for, until one succeeds. Everything noted is kept for that. After one
    // that failed for want of anything but room nobody knows what the disk holds, even if the next
    // one succeeds (Linux tells such an error once): nothing is replaced any more, so that a
    // restart begins before it, and finds and derives again what is damaged.
    disk_result<> settle();
    // Tag of the last replace() that is on the disk; 0: none.
    std::uint64_t replaced() const { return replaced_.load(std::memory_order_acquire); }

private:
    struct replacement
    {
        std::filesystem::path file;
        protocol::byte_buffer content;
        std::uint64_t tag = 0;
    };
    using files = std::map<const disk_file*, std::shared_ptr<const disk_file>>;
    void run();
    bool ends_within_interval();
    void work();
    void note_failed_sync(const disk_problem& problem);
    void keep(files unsynced, std::optional<replacement> due, std::optional<disk_problem> problem);

    disk& on_;
    spdlog::logger& log_;
    std::chrono::milliseconds interval_;
    mutex lock_;
    std::condition_variable_any ending_;
    bool end_ GUARDED_BY(lock_) = false;
    files dirty_ GUARDED_BY(lock_);
    std::optional<replacement> waiting_ GUARDED_BY(lock_);
    std::optional<disk_problem> problem_ GUARDED_BY(lock_);
    bool doubtful_ = false;        // of the thread, as the next one
    bool replace_failed_ = false;  // said already
    std::atomic<std::uint64_t> replaced_{0};
    std::thread thread_;
};

}  // namespace proxy
