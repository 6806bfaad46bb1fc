#include "proxy/source/source_role.hpp"

#include "proxy/config_reader.hpp"
#include "proxy/store/disk.hpp"

#include <algorithm>
#include <fstream>

namespace proxy {

source_role::source_role(std::vector<address> listed, const std::filesystem::path& folder)
    : listed_(std::move(listed))
    , file_(folder / "source.followed")
    , followed_(listed_.front())
{
    std::ifstream from(file_);
    std::string line;
    if (!std::getline(from, line))
        return;
    const auto same = [&line](const address& one) { return to_text(one) == line; };
    if (const auto found = std::ranges::find_if(listed_, same); found != listed_.end())
        followed_ = *found;
}

address source_role::followed() const
{
    const lock_guard hold(lock_);
    return followed_;
}

bool source_role::lists(const address& one) const
{
    return std::ranges::find(listed_, one) != listed_.end();
}

std::string source_role::follow(const address& one)
{
    {
        const lock_guard hold(lock_);
        followed_ = one;
    }
    if (listed_.size() < 2)
        return {};
    const std::string line = to_text(one) + "\n";
    const auto done = replace_file(real_disk(), file_, protocol::as_bytes(line));
    return done ? std::string() : done.error().text;
}

}  // namespace proxy
