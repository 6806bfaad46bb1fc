#pragma once

#include "proxy/store/file_io.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <spdlog/logger.h>
#include <thread>

namespace proxy {

// Brings written files to the disk on its own thread, so that the source thread never waits for it.
// With an interval of zero everything is done at once, in the caller.
class syncer
{
public:
    // `replaced`: what replaced() says until the first replace().
    syncer(std::chrono::milliseconds interval, spdlog::logger& log, std::uint64_t replaced);
    ~syncer();  // brings down what is left

    // This file has new bytes. Throws what went wrong on the thread before: after a failed fsync
    // nobody knows what the disk holds.
    void changed(const std::shared_ptr<const file_descriptor>& file);
    // Replaces a file, but not before everything that was noted up to now is on the disk. A later
    // call for the same file takes the place of one that still waits.
    void
    replace(const std::filesystem::path& file, protocol::byte_buffer content, std::uint64_t tag);
    // Tag of the last replace() that is on the disk.
    std::uint64_t replaced() const { return replaced_.load(std::memory_order_acquire); }

private:
    struct replacement
    {
        std::filesystem::path file;
        protocol::byte_buffer content;
        std::uint64_t tag = 0;
    };
    void run(std::chrono::milliseconds interval);
    void work() noexcept;

    spdlog::logger& log_;
    std::chrono::milliseconds interval_;
    std::mutex lock_;
    std::condition_variable ending_;
    bool end_ = false;
    std::map<const file_descriptor*, std::shared_ptr<const file_descriptor>> dirty_;
    std::optional<replacement> waiting_;
    std::exception_ptr failed_;
    std::atomic<std::uint64_t> replaced_{0};
    std::thread thread_;
};

}  // namespace proxy
