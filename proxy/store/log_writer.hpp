#pragma once

#include "protocol/checksum.hpp"
#include "proxy/store/file_io.hpp"

#include <filesystem>
#include <memory>

namespace proxy {

// One clean file while it is written: what is final on disk, and the unpublished tail, which may
// still be patched and cut.
//
//   0        final()              spilled end            end()
//   | on disk, | tail, on disk     | tail, in memory      |
//   | never    | because memory    |                      |
//   | changed  | was short         |                      |
//
// mark_publishable() says that everything appended so far will not change any more; flush() makes
// it final. Behind a restart the file may be longer than what was derived anew: then flush()
// compares instead of writing, up to `existing`, and throws store_error at the first difference.
class log_writer
{
public:
    // A new file with its magic number.
    static log_writer
    create(const std::filesystem::path& file, protocol::checksum sum, std::uint64_t max_memory);
    // Goes on at `end`; the file's bytes in [end, existing) are there already and get compared.
    static log_writer resume(
        const std::filesystem::path& file,
        protocol::checksum sum,
        std::uint64_t max_memory,
        std::uint64_t end,
        std::uint64_t existing
    );

    // `intact`: the bytes are the source's and their checksum is right, so that nothing is left to
    // do if the position is right too.
    void append(protocol::byte_view event, bool intact);
    // `at` is the offset of an event in the tail behind the publishable end.
    void patch(std::uint64_t at, std::size_t offset, protocol::byte_view bytes);
    void cut(std::uint64_t to);
    void mark_publishable() { publishable_ = end(); }

    // Everything publishable becomes final. Throws std::system_error (a full disk); then nothing is
    // lost, and a later call goes on.
    void flush();

    std::uint64_t end() const { return memory_begin_ + memory_.size(); }
    std::uint64_t publishable() const { return publishable_; }
    std::uint64_t final_end() const { return final_; }
    // Bytes behind final_end() are on disk and will be compared.
    bool comparing() const { return final_ < existing_; }

    std::shared_ptr<const file_descriptor> file() const { return file_; }
    const std::filesystem::path& path() const { return path_; }

private:
    log_writer(std::filesystem::path path, protocol::checksum sum, std::uint64_t max_memory);

    const file_descriptor& tail_file() const { return scratch_ ? scratch_ : *file_; }
    bool spill();
    void compare(std::uint64_t to);
    void copy_from_scratch(std::uint64_t to);
    void patch_on_disk(std::uint64_t at, std::size_t offset, protocol::byte_view bytes);
    void drop_memory(std::size_t size);

    std::filesystem::path path_;
    protocol::checksum sum_;
    std::uint64_t max_memory_;
    // Shared with the thread that syncs it.
    std::shared_ptr<const file_descriptor> file_;
    // Takes the tail that does not fit into memory while the file holds bytes to compare with; same
    // offsets as in the file.
    file_descriptor scratch_;

    std::uint64_t final_ = 0;
    std::uint64_t existing_ = 0;
    std::uint64_t publishable_ = 0;
    std::uint64_t memory_begin_ = 0;  // offset of memory_[0]
    protocol::byte_buffer memory_;
};

}  // namespace proxy
