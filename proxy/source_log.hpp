#pragma once

#include "protocol/gtid_set.hpp"
#include "rewrite/upstream.hpp"

#include <cstdint>
#include <string>

namespace proxy {

// A file of the source's log, and whose log that is: files of one name are not the same in the logs
// of two servers.
struct source_log
{
    std::uint32_t epoch = 1;  // counts the logs that were followed, one after another
    protocol::uuid uuid{};    // the server_uuid; all zero: not known
    std::string file;         // mysql-bin.000123; empty: none yet
    bool operator==(const source_log&) const = default;

    bool is_known() const { return uuid != protocol::uuid{}; }
    rewrite::coordinate at(std::uint64_t position) const { return {epoch, file, position}; }
};

}  // namespace proxy
