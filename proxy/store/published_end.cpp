#include "proxy/store/published_end.hpp"

#include <fcntl.h>
#include <sys/mman.h>

namespace proxy {

namespace {

constexpr std::uint64_t magic = 0x31'62'75'70'68'67'6e'75;  // "unghpub1"

}  // namespace

// The layout of the file.
struct published_end::page
{
    std::atomic<std::uint64_t> magic;
    std::atomic<std::uint64_t> end;
};

published_end::published_end(const std::filesystem::path& file)
{
    const file_descriptor opened = open_file(file, O_RDWR | O_CREAT);
    if (file_size(opened) < sizeof(page)) {
        // Written, not only made longer: a page of a hole may have no room on a full disk later.
        const std::array<std::uint8_t, sizeof(page)> zeros{};
        write_at(opened, zeros, 0);
    }
    void* at = ::mmap(nullptr, sizeof(page), PROT_READ | PROT_WRITE, MAP_SHARED, opened.get(), 0);
    if (at == MAP_FAILED)
        throw_errno("mmap " + file.string());
    page_ = static_cast<page*>(at);
    valid_ = page_->magic == magic;
}

published_end::~published_end()
{
    ::munmap(page_, sizeof(page));
}

std::optional<std::uint64_t> published_end::load() const
{
    if (!valid_)
        return std::nullopt;
    return page_->end.load(std::memory_order_relaxed);
}

void published_end::store(std::uint64_t global)
{
    page_->end.store(global, std::memory_order_release);
    if (!valid_) {
        page_->magic.store(magic, std::memory_order_release);
        valid_ = true;
    }
}

}  // namespace proxy
