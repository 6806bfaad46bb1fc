#pragma once

#include "proxy/store/disk.hpp"
#include "proxy/store/index.hpp"
#include "proxy/store/publication.hpp"

namespace proxy {

// The clean files of a data folder, as the file `index` lists them. What is in memory changes only
// after the file did.
class catalog
{
public:
    catalog(disk& on, std::filesystem::path folder) : on_(&on), folder_(std::move(folder)) {}

    // As the file has it now.
    void set(std::vector<index_entry> entries) { entries_ = std::move(entries); }
    disk_result<> add(const index_entry& entry);
    disk_result<> forget_first(std::size_t count);

    const std::vector<index_entry>& entries() const { return entries_; }
    bool empty() const { return entries_.empty(); }
    // Of the file with this counter; it must be there.
    std::size_t position_of(std::uint32_t number) const;
    const index_entry* after(std::uint32_t number) const;
    std::filesystem::path path_of(const index_entry& entry) const
    {
        return folder_ / clean_name(entry);
    }
    clean_file shown(const index_entry& entry) const;

    // The entry of a file that follows all others; its base, source and checksums are left to the
    // caller. Throws store_error if the source's file has no usable number.
    index_entry next_entry(const std::string& upstream_file) const;

private:
    disk_result<> replace(std::vector<index_entry> entries);

    disk* on_;
    std::filesystem::path folder_;
    std::vector<index_entry> entries_;
};

std::filesystem::path map_path(const std::filesystem::path& clean_file);
// Removes a clean file and its map.
disk_result<> remove_clean_file(disk& on, const std::filesystem::path& file);

}  // namespace proxy
