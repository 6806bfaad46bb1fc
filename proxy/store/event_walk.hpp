#pragma once

#include "protocol/event.hpp"
#include "protocol/gtid_set.hpp"
#include "protocol/transaction_grammar.hpp"
#include "proxy/store/disk.hpp"

#include <optional>

namespace proxy {

enum class walk_check : std::uint8_t {
    sizes,      // the bytes were checked when they were written
    checksums,  // an event whose checksum is wrong ends the walk
};

// Goes from event to event in a clean file on disk.
class event_walk
{
public:
    // Begins at an event's first byte.
    event_walk(
        const disk_file& file,
        std::uint64_t from,
        std::uint64_t end,
        protocol::checksum sum,
        walk_check check
    );

    struct event
    {
        std::uint64_t at = 0;
        protocol::event_header header;
        // All of it, or the beginning of one that is larger than a block. Until the next call.
        protocol::byte_view bytes;
    };
    // Nothing at the end, and where no whole event follows: position() tells which. Throws
    // disk_refusal.
    std::optional<event> next();
    std::uint64_t position() const { return position_; }

private:
    protocol::byte_view block(std::uint64_t at, std::size_t size);
    bool is_right(const event& one);

    const disk_file& file_;
    std::uint64_t position_;
    std::uint64_t end_;
    protocol::checksum sum_;
    walk_check check_;
    protocol::byte_buffer block_;
    std::uint64_t block_begin_ = 0;
};

// Sees where transactions end, and which, from the events alone.
class transaction_tracker
{
public:
    protocol::transaction_step on_event(const event_walk::event& one, protocol::checksum sum);
    // Of the transaction that the last step ended or abandoned; number 0 if it had none.
    const protocol::gtid& ended() const { return ended_; }

private:
    protocol::transaction_grammar grammar_;
    protocol::gtid id_;
    protocol::gtid ended_;
};

}  // namespace proxy
