#pragma once

#include "protocol/gtid_set.hpp"
#include "rewrite/upstream.hpp"

#include <vector>

namespace proxy {

// What a checkpoint knows of the servers whose logs were followed one after another.
struct followed_epochs
{
    // For each epoch but the first, in order: before this place of its log lie transactions that
    // came from an earlier one, so no place before it is one of ours.
    std::vector<rewrite::coordinate> known_up_to;
    // GTIDs that earlier servers had past their own logs (SET gtid_purged, a clone).
    protocol::gtid_set past_the_log;
    // Stored here, and unknown to the server that is followed now.
    protocol::gtid_set lost;
    // The newest epoch has transactions without a GTID: no other server can be asked for the rest.
    bool anonymous = false;

    bool operator==(const followed_epochs&) const = default;
};

}  // namespace proxy
