#include "proxy/store/syncer.hpp"

namespace proxy {

syncer::syncer(disk& on, std::chrono::milliseconds interval, spdlog::logger& log)
    : on_(on)
    , log_(log)
    , interval_(interval)
{
    if (interval_.count() > 0)
        thread_ = std::thread([this] { run(); });
}

syncer::~syncer()
{
    if (!thread_.joinable())
        return;
    {
        const lock_guard guard(lock_);
        end_ = true;
    }
    ending_.notify_all();
    thread_.join();
}

void syncer::changed(const std::shared_ptr<const disk_file>& file)
{
    const lock_guard guard(lock_);
    dirty_.try_emplace(file.get(), file);
}

void syncer::replace(
    const std::filesystem::path& file, protocol::byte_buffer content, std::uint64_t tag
)
{
    const lock_guard guard(lock_);
    waiting_ = replacement{.file = file, .content = std::move(content), .tag = tag};
}

disk_result<> syncer::settle()
{
    if (interval_.count() == 0)
        work();
    const lock_guard guard(lock_);
    if (problem_)
        return tl::unexpected(*problem_);
    return {};
}

void syncer::run()
{
    while (!ends_within_interval())
        work();
    work();
}

bool syncer::ends_within_interval()
{
    const auto due = std::chrono::steady_clock::now() + interval_;
    const lock_guard guard(lock_);
    while (!end_ && ending_.wait_until(lock_, due) == std::cv_status::no_timeout) {
    }
    return end_;
}

void syncer::work()
{
    files dirty;
    std::optional<replacement> due;
    {
        const lock_guard guard(lock_);
        dirty.swap(dirty_);
        due.swap(waiting_);
    }
    while (!dirty.empty()) {
        if (auto done = dirty.begin()->second->sync(); !done) {
            note_failed_sync(done.error());
            return keep(std::move(dirty), std::move(due), std::move(done.error()));
        }
        dirty.erase(dirty.begin());
    }
    if (due && !doubtful_) {
        if (const auto done = replace_file(on_, due->file, due->content)) {
            replaced_.store(due->tag, std::memory_order_release);
            replace_failed_ = false;
            due.reset();
        } else if (!std::exchange(replace_failed_, true)) {
            log_.warn("{} stays as it was: {}", due->file.string(), done.error().text);
        }
    }
    keep({}, std::move(due), std::nullopt);
}

void syncer::note_failed_sync(const disk_problem& problem)
{
    if (problem.kind == disk_trouble::failed && !std::exchange(doubtful_, true))
        log_.error(
            "{}. What was written there since the last checkpoint may be lost. No checkpoint is "
            "saved, and retention keeps what comes after the last one, until unghost is started "
            "again: then it is checked, and derived from the source where it is damaged. Look at "
            "the disk first",
            problem.text
        );
}

// What could not be done comes again, unless something newer takes its place.
void syncer::keep(
    files unsynced, std::optional<replacement> due, std::optional<disk_problem> problem
)
{
    const lock_guard guard(lock_);
    dirty_.merge(unsynced);
    if (due && !waiting_)
        waiting_ = std::move(due);
    problem_ = std::move(problem);
}

}  // namespace proxy
