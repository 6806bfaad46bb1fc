#pragma once

#include "proxy/config.hpp"
#include "proxy/mutex.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace proxy {

// The addresses at which the source may be found, and the one that is followed. Used from any
// thread.
class source_role
{
public:
    // The first is followed, or what an earlier process followed, if it is listed.
    source_role(std::vector<address> listed, const std::filesystem::path& folder);

    address followed() const;
    const std::vector<address>& listed() const { return listed_; }
    bool lists(const address& one) const;
    // The file `source.followed` says it, where there is more than one. What the disk said, if it
    // could not be written: then a restart begins at the one before.
    std::string follow(const address& one);

private:
    const std::vector<address> listed_;
    const std::filesystem::path file_;
    mutable mutex lock_;
    address followed_ GUARDED_BY(lock_);
};

}  // namespace proxy
