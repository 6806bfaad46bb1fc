#pragma once

#include "protocol/checksum.hpp"
#include "proxy/store/disk.hpp"

#include <memory>

namespace proxy {

// What the checksum of an appended event is worth.
enum class event_seal : std::uint8_t {
    intact,  // right for these bytes: nothing is left to do if end_log_pos is right too
    due,     // to be made
};

// One clean file while it is written: what is final on disk, and the unpublished tail, which may
// still be patched and cut.
//
//   0        final_end()          spilled end            end()
//   | on disk, | tail, on disk     | tail, in memory      |
//   | never    | because memory    |                      |
//   | changed  | was short         |                      |
//
// mark_publishable() says that everything appended so far will not change any more; flush() makes
// it final. After a restart the file may be longer than what was derived again: then flush()
// compares instead of writing, up to `existing`, and throws store_error at the first difference.
//
// Only flush() can be refused by the disk. What append, patch and cut could not do there is kept
// and done by it; a repeat of flush() goes on where the one before was refused.
class log_writer
{
public:
    // A new file with its magic number.
    static disk_result<log_writer> create(
        disk& on,
        const std::filesystem::path& file,
        protocol::checksum sum,
        std::uint64_t max_memory
    );
    // Goes on at `end`; the file's bytes in [end, existing) are there already and get compared.
    static disk_result<log_writer> resume(
        disk& on,
        const std::filesystem::path& file,
        protocol::checksum sum,
        std::uint64_t max_memory,
        std::uint64_t end,
        std::uint64_t existing
    );

    // `large`: whose part the event is, if it is not in memory. Then it goes to the disk at once.
    void append(
        protocol::byte_view event, event_seal seal, const protocol::large_bytes* large = nullptr
    );
    // `at` is the offset of an event in the tail after the publishable end.
    void patch(std::uint64_t at, std::size_t offset, protocol::byte_view bytes);
    void cut(std::uint64_t to);
    void mark_publishable() { publishable_ = end(); }

    // Everything publishable becomes final.
    disk_result<> flush();

    std::uint64_t end() const { return memory_begin_ + memory_.size(); }
    std::uint64_t publishable() const { return publishable_; }
    std::uint64_t final_end() const { return final_; }
    // Bytes after final_end() are on disk and will be compared.
    bool comparing() const { return final_ < existing_; }

    std::shared_ptr<const disk_file> file() const { return file_; }

private:
    struct spilled_patch  // of an event that is on disk
    {
        std::uint64_t at;
        std::size_t offset;
        protocol::byte_buffer bytes;
    };

    log_writer(
        disk& on,
        std::shared_ptr<const disk_file> file,
        protocol::checksum sum,
        std::uint64_t max_memory,
        std::uint64_t end
    );

    const disk_file& tail_file() const { return scratch_ ? *scratch_ : *file_; }
    [[noreturn]] void refuse(const char* what, std::uint64_t at) const;
    disk_result<>
    append_large(protocol::byte_view event, event_seal seal, const protocol::large_bytes& of);
    disk_result<> open_scratch();
    disk_result<> spill();
    disk_result<> compare(std::uint64_t to);
    disk_result<> copy_from_scratch(std::uint64_t to);
    disk_result<> write_due();
    disk_result<> trim();
    disk_result<> patch_spilled();
    disk_result<> carry_out(const spilled_patch& one);
    disk_result<> seal_spilled(std::uint64_t at, std::size_t size);
    void drop_memory(std::size_t size);

    disk* on_;
    protocol::checksum sum_;
    std::uint64_t max_memory_;
    // Shared with the thread that syncs it.
    std::shared_ptr<const disk_file> file_;
    // Takes the tail that does not fit into memory while the file holds bytes to compare with; same
    // offsets as in the file.
    std::shared_ptr<const disk_file> scratch_;

    std::uint64_t final_;
    std::uint64_t existing_ = 0;
    std::uint64_t publishable_;
    std::uint64_t touched_end_;   // the file may hold bytes of a tail up to here
    std::uint64_t memory_begin_;  // offset of memory_[0]
    protocol::byte_buffer memory_;
    std::vector<spilled_patch> patches_;  // not on disk yet
};

}  // namespace proxy
