#pragma once

#include "proxy/store/mapped_bytes.hpp"

namespace proxy {

// Bytes of a large packet, gathered in a file without a name; in memory where the disk takes
// nothing, so that a full disk is met where it is waited for (log_writer).
class gathered_file final : public protocol::gathered_bytes
{
public:
    // `file` is the file's name while it is made. The disk outlives it.
    gathered_file(disk& on, const std::filesystem::path& file);

    bool add(protocol::byte_view bytes) override;
    bool finish() override;
    protocol::byte_view view() const override
    {
        return mapped_ ? mapped_->view() : protocol::byte_view(memory_);
    }
    void let_go() const override
    {
        if (mapped_)
            mapped_->let_go();
    }

private:
    bool move_to_memory();

    std::shared_ptr<const disk_file> file_;  // null: in memory
    std::size_t size_ = 0;                   // of what is in the file
    std::shared_ptr<const mapped_bytes> mapped_;
    protocol::byte_buffer memory_;
};

}  // namespace proxy
