#pragma once

#include "protocol/large_bytes.hpp"
#include "proxy/store/disk.hpp"

namespace proxy {

// A part of a file, mapped: what is touched of it is read then, and counts as memory of this
// process until let_go(). The file must not be cut meanwhile. A page that left memory since then,
// and that the disk cannot read any more, ends the program (SIGBUS).
class mapped_bytes final : public protocol::large_bytes
{
public:
    // `size` is not 0. The part is read once by calls that can be refused, in pieces, before it is
    // mapped: what the disk cannot give is an outcome here.
    static disk_result<std::shared_ptr<const mapped_bytes>>
    make(const disk_file& file, std::uint64_t offset, std::size_t size);
    ~mapped_bytes() override;

    protocol::byte_view view() const override { return view_; }
    void let_go() const override;

private:
    mapped_bytes() = default;

    void* begin_ = nullptr;  // of a page
    std::size_t size_ = 0;
    protocol::byte_view view_;
};

}  // namespace proxy
