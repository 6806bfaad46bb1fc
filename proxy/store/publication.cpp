#include "proxy/store/publication.hpp"

#include <algorithm>
#include <utility>

namespace proxy {

void file_list::add(clean_file file, const protocol::gtid_set& previous_gtids)
{
    protocol::gtid_set gained = previous_gtids;
    if (files.empty())
        before = previous_gtids;
    else
        gained.subtract(all_before);
    all_before.add(gained);
    if (!files.empty() && !gained.empty())
        file.gained = std::make_shared<const protocol::gtid_set>(std::move(gained));
    files.push_back(std::move(file));
}

void file_list::remove_first(std::size_t count)
{
    const auto left = files.begin() + static_cast<std::ptrdiff_t>(std::min(count, files.size()));
    // Of the first that is left, all is before it.
    for (auto file = files.begin(); file != files.end() && file <= left; ++file)
        if (file->gained)
            before.add(*file->gained);
    files.erase(files.begin(), left);
    if (!files.empty())
        files.front().gained.reset();
}

const clean_file* file_list::newest_for(const protocol::gtid_set& seen) const
{
    const clean_file* found = nullptr;
    if (!seen.contains(before))
        return found;
    for (const clean_file& file : files) {
        if (file.gained && !seen.contains(*file.gained))
            break;
        found = &file;
    }
    return found;
}

const clean_file* file_list::at(std::uint64_t global) const
{
    const auto beyond = std::ranges::upper_bound(files, global, {}, &clean_file::base);
    return beyond == files.begin() ? nullptr : &*std::prev(beyond);
}

const clean_file* file_list::find(const std::string& name) const
{
    const auto found = std::ranges::find(files, name, &clean_file::name);
    return found == files.end() ? nullptr : &*found;
}

const clean_file* file_list::of_source(const std::string& name) const
{
    const auto found =
        std::ranges::find(files.rbegin(), files.rend(), name, [](const clean_file& file) {
            return file.source.file;
        });
    return found == files.rend() ? nullptr : &*found;
}

const clean_file* file_list::next(const clean_file& after) const
{
    // By offset, so that it also works for a file that retention has taken from the list.
    const auto beyond = std::ranges::upper_bound(files, after.base, {}, &clean_file::base);
    return beyond == files.end() ? nullptr : &*beyond;
}

std::shared_ptr<const file_list> publication::files() const
{
    const lock_guard guard(lock_);
    return files_;
}

protocol::gtid_set publication::executed() const
{
    const lock_guard guard(lock_);
    return executed_;
}

void publication::set_files(file_list list)
{
    auto next = std::make_shared<const file_list>(std::move(list));
    const lock_guard guard(lock_);
    files_.swap(next);
}

void publication::publish(std::uint64_t end)
{
    // Sequentially consistent: a thread that goes to sleep sets `sleeping` and then looks at end()
    // again; one of the two sides must see the other.
    end_.store(end, std::memory_order_seq_cst);
    const lock_guard guard(lock_);
    for (const auto& thread : wakers_)
        if (thread->sleeping.exchange(false, std::memory_order_seq_cst))
            thread->wake();
}

void publication::add_executed(const std::vector<protocol::gtid>& committed)
{
    const lock_guard guard(lock_);
    for (const auto& id : committed)
        executed_.add(id);
}

void publication::set_executed(protocol::gtid_set all)
{
    const lock_guard guard(lock_);
    executed_ = std::move(all);
}

void publication::add_waker(std::shared_ptr<waker> thread)
{
    const lock_guard guard(lock_);
    wakers_.push_back(std::move(thread));
}

}  // namespace proxy
