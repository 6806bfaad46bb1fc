#pragma once

#include "protocol/event.hpp"
#include "protocol/gtid_set.hpp"
#include "proxy/session/session_thread.hpp"
#include "proxy/store/log_reader.hpp"

#include <asio/thread_pool.hpp>
#include <optional>

// The clean log event by event for one dump, whole ones only. Files that are not in memory are read
// on another thread, and the checksums of what comes from there are looked at before it is given.
// Throws dump_refusal where the log does not hold events.
namespace proxy {

struct feed_sizes
{
    std::size_t block = 64U << 10;
    std::size_t large_event = 64U << 10;  // events of this size come in pieces, without a copy
};

enum class feed_state : std::uint8_t {
    events,    // next_event() gives some
    large,     // a large event comes next
    file_end,  // of a file that another one follows
    log_end,   // all that is published has been given
};

class event_feed
{
public:
    // All of them outlive the feed.
    event_feed(
        const publication& log, asio::thread_pool& pool, session_control& control, feed_sizes sizes
    );

    // Of a file that need not be the one being read. Nothing: its first bytes are not published
    // yet.
    asio::awaitable<std::optional<protocol::byte_buffer>> format_of(const clean_file& file);
    // The first GTID, if one of the first events is a GTID's; `sum` is what the file's events have.
    asio::awaitable<std::optional<protocol::gtid>>
    first_gtid_of(const clean_file& file, protocol::checksum sum);

    // Goes to a file; what begins at `position` is looked at first, for a client may ask for any.
    void open(const clean_file& file, std::uint64_t position);
    // After a FORMAT_DESCRIPTION that the caller has sent already.
    void open_after_format(const clean_file& file, std::size_t format_size);
    bool is_open() const { return reader_ != nullptr; }
    // Nothing: no file follows yet.
    std::optional<clean_file> next_file() const;

    // What comes next; reads if all that was read has been given.
    asio::awaitable<feed_state> fill();

    // The next small event; empty: fill() again. Valid until fill().
    protocol::byte_view next_event()
    {
        const protocol::byte_view rest = block_.subspan(given_);
        if (rest.size() < protocol::event_header_size)
            return {};
        const auto size = protocol::load<std::uint32_t>(rest.data() + protocol::event_size_offset);
        if (size < protocol::event_header_size)
            refuse_bogus();
        if (size > rest.size() || size >= sizes_.large_event)
            return {};
        last_event_ = block_position_ + given_;
        given_ += size;
        return rest.first(size);
    }
    // Position of what next_event() or large_event() gave last.
    std::uint64_t last_event() const { return last_event_; }
    // What next_event() gave is done with: position() moves past it.
    void take_given();

    // A large event: what is in memory of it, its header at least.
    protocol::byte_view large_event() const { return block_; }
    std::uint32_t large_size() const { return large_size_; }
    void pass_over_large();
    // Its next bytes, `room` at most, once it has begun; empty: that was all.
    void begin_large();
    asio::awaitable<protocol::byte_view> next_piece(std::size_t room);

    const clean_file& file() const { return reader_->file(); }
    std::uint64_t position() const { return reader_->offset(); }      // in file()
    std::uint64_t place() const { return file().base + position(); }  // in the whole log

private:
    asio::awaitable<protocol::byte_view> read(log_reader& from, std::size_t room);
    void check_first();
    void check_sums();
    asio::awaitable<void> check_large_sum();
    bool begins_with_small_event() const;
    std::uint32_t size_of_next() const;
    [[noreturn]] static void refuse_bogus();

    const publication& log_;
    asio::thread_pool& pool_;
    session_control& control_;
    feed_sizes sizes_;
    std::unique_ptr<log_reader> reader_;
    bool first_unchecked_ = false;
    bool next_is_cold_ = false;
    protocol::byte_view block_;         // from position() on
    std::uint64_t block_position_ = 0;  // of its first byte, in file()
    std::size_t given_ = 0;             // of block_
    std::uint64_t last_event_ = 0;
    std::uint32_t large_size_ = 0;
    std::uint64_t large_left_ = 0;
};

}  // namespace proxy
