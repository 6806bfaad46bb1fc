#pragma once

#include "proxy/store/checkpoint.hpp"
#include "proxy/store/index.hpp"

namespace proxy {

// What stands in a data folder after the end of a process or of a machine. Bytes that consumers
// cannot have seen are cut; so is what a power cut tore. Files that are left without content go.
struct recovered
{
    std::vector<index_entry> index;
    file_list files;                 // the same files
    std::optional<checkpoint> from;  // resume here; without one at the first file's beginning
    std::uint64_t border = 0;        // global offset of `from`
    std::uint64_t end = 0;           // global; whole events up to here
    std::uint64_t committed = 0;     // global; the last transaction ends here
    protocol::gtid_set executed;     // up to `committed`
};

// `seen`: global offset that consumers may have read up to, if known. Nothing: the folder holds no
// log. Throws store_error (damage; says what to do) or std::system_error.
std::optional<recovered> recover(
    const std::filesystem::path& folder, std::optional<std::uint64_t> seen, spdlog::logger& log
);

// Removes a clean file and its map.
void remove_clean_file(const std::filesystem::path& file);
std::filesystem::path map_path(const std::filesystem::path& clean_file);

}  // namespace proxy
