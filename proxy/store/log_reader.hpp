#pragma once

#include "proxy/store/publication.hpp"

#include <memory>
#include <optional>
#include <stdexcept>

// One consumer's place in the clean log: gives blocks of whole events' bytes, never beyond the
// published end.
namespace proxy {

// Thrown where retention has removed what comes next: the consumer lost it.
class log_removed : public std::runtime_error
{
    using std::runtime_error::runtime_error;
};

class log_reader
{
public:
    // From this offset of a file of the list.
    log_reader(const publication& log, const clean_file& file, std::uint64_t offset);
    ~log_reader();
    log_reader(log_reader&&) noexcept;
    log_reader& operator=(log_reader&&) noexcept;

    // Bytes from offset() on, at most `room` and never beyond the published end of this file; they
    // need not end at an event's end. Empty: the published end is reached, or the file's. Valid
    // until the next call. Warm pages are read at once (RWF_NOWAIT); cold ones: `cold` becomes true
    // and nothing is read, then call read_cold() on a thread that may block. Throws
    // std::system_error or log_removed.
    protocol::byte_view read(std::size_t room, bool& cold);
    protocol::byte_view read_cold(std::size_t room);
    void advance(std::uint64_t size);  // so much of what was given was used

    const clean_file& file() const;
    // What is given may have come from the disk. Once some page of a file was not in memory this
    // holds for all of it, for everybody: the rest is read ahead, and stays in memory.
    bool is_from_disk() const { return file().from_disk->load(std::memory_order_relaxed); }
    std::uint64_t offset() const;
    // All of this file has been read and another one follows.
    bool at_file_end() const;
    // The file after this one; nothing if there is none. Throws log_removed.
    std::optional<clean_file> following() const;
    // Goes to that file's first event (position 4). False if there is none.
    bool next_file();

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace proxy
