#include "proxy/store/mapped_bytes.hpp"

#include <cerrno>
#include <sys/mman.h>
#include <unistd.h>

namespace proxy {

disk_result<std::shared_ptr<const mapped_bytes>>
mapped_bytes::make(const disk_file& file, std::uint64_t offset, std::size_t size)
{
    const auto there = file.size();
    if (!there)
        return tl::unexpected(there.error());
    if (offset > *there || size > *there - offset)
        return tl::unexpected(problem_of(ENODATA, "map", file.path()));
    if (const auto read = crc32_of(file, offset, size); !read)
        return tl::unexpected(read.error());
    const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    const std::size_t before = offset % page;
    const auto at = static_cast<off_t>(offset - before);
    void* const begin =
        ::mmap(nullptr, before + size, PROT_READ, MAP_SHARED, file.descriptor(), at);
    if (begin == MAP_FAILED)
        return tl::unexpected(problem_of(errno, "map", file.path()));
    const std::shared_ptr<mapped_bytes> made(new mapped_bytes);
    made->begin_ = begin;
    made->size_ = before + size;
    made->view_ =
        protocol::byte_view(static_cast<const std::uint8_t*>(begin), made->size_).subspan(before);
    return made;
}

mapped_bytes::~mapped_bytes()
{
    if (begin_ != nullptr)
        ::munmap(begin_, size_);
}

void mapped_bytes::let_go() const
{
    (void)::madvise(begin_, size_, MADV_DONTNEED);  // a shared mapping: nothing is lost by it
}

}  // namespace proxy
