#include "proxy/store/published_end.hpp"

#include <array>
#include <cerrno>
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

published_end::published_end(page* mapped) : page_(mapped), valid_(mapped->magic == magic) {}

disk_result<std::unique_ptr<published_end>>
published_end::open(disk& on, const std::filesystem::path& file)
{
    const auto opened = on.open(file, open_as::existing);
    if (!opened)
        return tl::unexpected(opened.error());
    const auto size = (*opened)->size();
    if (!size)
        return tl::unexpected(size.error());
    if (*size < sizeof(page)) {
        // Written, not only made longer: a page of a hole may have no room on a full disk later.
        const std::array<std::uint8_t, sizeof(page)> zeros{};
        if (auto done = (*opened)->write(zeros, 0); !done)
            return tl::unexpected(done.error());
    }
    void* at = ::mmap(
        nullptr, sizeof(page), PROT_READ | PROT_WRITE, MAP_SHARED, (*opened)->descriptor(), 0
    );
    if (at == MAP_FAILED)
        return tl::unexpected(problem_of(errno, "map", file));
    return std::unique_ptr<published_end>(new published_end(static_cast<page*>(at)));
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
