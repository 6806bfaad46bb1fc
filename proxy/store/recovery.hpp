#pragma once

#include "proxy/store/catalog.hpp"
#include "proxy/store/checkpoint.hpp"

#include <spdlog/logger.h>

namespace proxy {

// What is left in a data folder after the end of a process or of a machine. Bytes that consumers
// cannot have seen are cut; so is what a power cut tore. Files that are left without content are
// removed, and so is what retention had begun to remove.
struct recovered
{
    std::vector<index_entry> index;
    file_list files;                 // the same files
    std::optional<checkpoint> from;  // resume here; without one at the first file's beginning
    std::uint64_t border = 0;        // global offset of `from`
    protocol::gtid_set known;        // what is before the border
    bool anonymous = false;          // there are transactions without a GTID after it
    std::uint64_t end = 0;           // global; whole events up to here
    std::uint64_t committed = 0;     // global; the last transaction ends here
    protocol::gtid_set executed;     // up to `committed`
    std::uint32_t newest = 0;        // timestamp of the last event
};

// `seen`: global offset that consumers may have read up to, if known. Nothing: the folder holds no
// log. After a problem it can be called again. Throws store_error (damage; says what to do).
disk_result<std::optional<recovered>> recover(
    disk& on,
    const std::filesystem::path& folder,
    std::optional<std::uint64_t> seen,
    spdlog::logger& log
);

}  // namespace proxy
