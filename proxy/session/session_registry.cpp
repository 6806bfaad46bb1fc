#include "proxy/session/session_registry.hpp"

#include <algorithm>

namespace proxy {

std::optional<std::uint32_t>
session_registry::add(const std::string& peer, stopper stop, std::size_t max_sessions)
{
    const lock_guard hold(lock_);
    if (members_.size() >= max_sessions)
        return std::nullopt;
    while (members_.contains(next_))
        next_ = std::max(first_session_id, next_ + 1);  // 2^32 sessions later it starts again
    const std::uint32_t id = next_;
    next_ = std::max(first_session_id, next_ + 1);
    member& added = members_[id];
    added.info.id = id;
    added.info.peer = peer;
    added.stop = std::move(stop);
    added.place = std::make_shared<std::atomic<std::uint64_t>>(0);
    return id;
}

void session_registry::remove(std::uint32_t id)
{
    const lock_guard hold(lock_);
    members_.erase(id);
}

void session_registry::update(std::uint32_t id, const std::function<void(session_info&)>& change)
{
    const lock_guard hold(lock_);
    if (const auto found = members_.find(id); found != members_.end())
        change(found->second.info);
}

std::shared_ptr<std::atomic<std::uint64_t>> session_registry::place_of(std::uint32_t id)
{
    const lock_guard hold(lock_);
    const auto found = members_.find(id);
    return found == members_.end() ? std::make_shared<std::atomic<std::uint64_t>>(0)
                                   : found->second.place;
}

bool session_registry::kill(std::uint32_t id, kill_scope what)
{
    stopper stop;
    {
        const lock_guard hold(lock_);
        const auto found = members_.find(id);
        if (found == members_.end())
            return false;
        if (what == kill_scope::query && !found->second.info.dumping)
            return true;
        stop = found->second.stop;
    }
    stop(what == kill_scope::query ? session_end::interrupted : session_end::killed);
    return true;
}

void session_registry::stop_all(session_end reason)
{
    std::vector<stopper> all;
    {
        const lock_guard hold(lock_);
        for (const auto& [id, one] : members_)
            all.push_back(one.stop);
    }
    for (const stopper& stop : all)
        stop(reason);
}

std::size_t session_registry::replace_zombies(
    std::uint32_t id, const std::string& replica_uuid, std::uint32_t server_id
)
{
    if (replica_uuid.empty() && server_id == 0)
        return 0;
    std::vector<stopper> zombies;
    {
        const lock_guard hold(lock_);
        for (const auto& [other, one] : members_) {
            if (other == id || !one.info.dumping)
                continue;
            const bool same = replica_uuid.empty()
                                  ? one.info.replica_uuid.empty() && one.info.server_id == server_id
                                  : one.info.replica_uuid == replica_uuid;
            if (same)
                zombies.push_back(one.stop);
        }
    }
    for (const stopper& stop : zombies)
        stop(session_end::replaced);
    return zombies.size();
}

session_info session_registry::info_of(const member& one) const
{
    session_info info = one.info;
    info.place = one.place->load(std::memory_order_relaxed);
    return info;
}

std::optional<session_info> session_registry::find(std::uint32_t id) const
{
    const lock_guard hold(lock_);
    const auto found = members_.find(id);
    return found == members_.end() ? std::nullopt : std::optional(info_of(found->second));
}

std::vector<session_info> session_registry::list() const
{
    const lock_guard hold(lock_);
    std::vector<session_info> all;
    all.reserve(members_.size());
    for (const auto& [id, one] : members_)
        all.push_back(info_of(one));
    return all;
}

std::size_t session_registry::size() const
{
    const lock_guard hold(lock_);
    return members_.size();
}

}  // namespace proxy
