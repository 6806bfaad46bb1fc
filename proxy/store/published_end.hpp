#pragma once

#include "proxy/store/disk.hpp"

#include <atomic>
#include <optional>

namespace proxy {

// The file `published`: how far consumers may have read, in a page shared with the file, so that it
// survives the end of the process at any moment (not of the machine) without a system call.
class published_end
{
public:
    // Maps the file; makes it if there is none.
    static disk_result<std::unique_ptr<published_end>>
    open(disk& on, const std::filesystem::path& file);
    ~published_end();
    published_end(const published_end&) = delete;
    published_end& operator=(const published_end&) = delete;

    // Global offset; nothing if the file was just made, or is not one of ours.
    std::optional<std::uint64_t> load() const;
    void store(std::uint64_t global);

private:
    struct page;
    explicit published_end(page* mapped);

    page* page_;
    bool valid_;
};

}  // namespace proxy
