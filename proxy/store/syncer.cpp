#include "proxy/store/syncer.hpp"

#include <unistd.h>

namespace proxy {

syncer::syncer(std::chrono::milliseconds interval, spdlog::logger& log, std::uint64_t replaced)
    : log_(log)
    , interval_(interval)
    , replaced_(replaced)
{
    if (interval_.count() > 0)
        thread_ = std::thread([this] { run(interval_); });
}

syncer::~syncer()
{
    if (!thread_.joinable())
        return;
    {
        const std::lock_guard guard(lock_);
        end_ = true;
    }
    ending_.notify_all();
    thread_.join();
}

void syncer::changed(const std::shared_ptr<const file_descriptor>& file)
{
    {
        const std::lock_guard guard(lock_);
        if (failed_)
            std::rethrow_exception(failed_);
        dirty_.try_emplace(file.get(), file);
    }
    if (interval_.count() == 0) {
        work();
        if (failed_)
            std::rethrow_exception(failed_);
    }
}

void syncer::replace(
    const std::filesystem::path& file, protocol::byte_buffer content, std::uint64_t tag
)
{
    {
        const std::lock_guard guard(lock_);
        waiting_ = replacement{.file = file, .content = std::move(content), .tag = tag};
    }
    if (interval_.count() == 0)
        work();
}

void syncer::run(std::chrono::milliseconds interval)
{
    std::unique_lock guard(lock_);
    while (!end_) {
        ending_.wait_for(guard, interval, [this] { return end_; });
        guard.unlock();
        work();
        guard.lock();
    }
    guard.unlock();
    work();
}

void syncer::work() noexcept
{
    decltype(dirty_) dirty;
    std::optional<replacement> due;
    {
        const std::lock_guard guard(lock_);
        if (failed_)
            return;
        dirty.swap(dirty_);
        due.swap(waiting_);
    }
    try {
        for (const auto& [address, file] : dirty)
            if (::fdatasync(file->get()) != 0)
                throw_errno("fdatasync in the data folder");
    } catch (...) {
        const std::lock_guard guard(lock_);
        failed_ = std::current_exception();
        return;
    }
    if (!due)
        return;
    try {
        replace_file(due->file, due->content);
        replaced_.store(due->tag, std::memory_order_release);
    } catch (const std::exception& error) {
        // Not lost: the older one stands, and the next one comes. On a full disk this is the rule.
        log_.warn("{} stays as it was: {}", due->file.string(), error.what());
    }
}

}  // namespace proxy
