#pragma once

#include "protocol/event.hpp"
#include "proxy/store/disk.hpp"
#include "proxy/store/mapped_bytes.hpp"
#include "rewrite/upstream.hpp"

#include <deque>
#include <functional>
#include <optional>

namespace proxy {

// The source's log, byte for byte, from a place that a restart may go on from: what is pulled while
// publishing is stopped, so that the source need not keep it. Files in a folder of their own, each
// a valid binlog, named EPOCH-POSITION-FILE after where its first event stands in the source's log.
//
//   add(), add() ..., write()    what arrived; in memory until it is written
//   seek(), next(), next() ...   what is to be rewritten, as far as it was written
//   drop_before()                what no restart needs any more
//
// One thread. What the disk refuses is kept, and the same call comes again.
class spool
{
public:
    struct limits
    {
        std::uint64_t bytes = 0;        // 0: there is no spool
        std::uint64_t file = 64 << 20;  // then another file begins: what is dropped goes by files
        std::uint64_t free = 1U << 30;  // bytes that it leaves free on the disk, at most a tenth
    };
    // Is told of files that have new bytes: they are to be brought to the disk in time.
    using change_listener = std::function<void(const std::shared_ptr<const disk_file>&)>;
    spool(disk& on, std::filesystem::path folder, limits bounds, change_listener changed);
    // From now on; what it holds stays.
    void set_limit(std::uint64_t bytes) { bounds_.bytes = bytes; }

    // Finds what is there, and cuts a torn end. Files that do not follow on those before them are
    // removed. Only the last one is read whole: damage in another is met by next().
    disk_result<> open();
    disk_result<> clear();

    bool is_allowed() const { return bounds_.bytes != 0; }
    bool is_empty() const { return files_.empty() && waiting_.empty(); }
    // It takes nothing more: its limit is reached, or the disk is nearly full.
    bool is_full() const;
    // All of the log from here to end() is in it; end() counts as well.
    bool holds(const rewrite::coordinate& from) const;
    // Of what was added last; only if it is not empty.
    rewrite::coordinate end() const;
    // Of the FORMAT_DESCRIPTION of the source's file that end() is in; only if it is not empty.
    std::uint32_t format_timestamp() const;
    std::uint64_t bytes() const;
    std::uint64_t unread_bytes() const;

    // How to read what follows, of a dump that began inside a file: its copy of the
    // FORMAT_DESCRIPTION.
    void set_format(protocol::byte_view format);
    // The event follows on the one before, or is the first. Does not touch the disk.
    void
    add(const rewrite::coordinate& at, const protocol::event_view& event, protocol::checksum sum);
    disk_result<> write();

    struct event
    {
        rewrite::coordinate at;
        protocol::checksum sum = protocol::checksum::none;
        protocol::byte_view bytes;                     // until the next call of anything
        const protocol::large_bytes* large = nullptr;  // whose part they are
        bool is_damaged = false;                       // not what was written: cut() here
    };
    // Reads go on from here, of which holds() is true.
    void seek(const rewrite::coordinate& to);
    // Nothing: all that was written was read.
    disk_result<std::optional<event>> next();
    // Nothing is left, written or not.
    bool is_read() const { return unread_bytes() == 0; }
    // Forgets what was not read: it comes again from the source.
    void cut();
    // Files that end here, or before.
    disk_result<> drop_before(const rewrite::coordinate& place);

private:
    static constexpr std::size_t large_event = 16U << 20;  // is not read into memory

    struct part
    {
        rewrite::coordinate begin;  // of the first event
        protocol::checksum sum = protocol::checksum::none;
        std::uint64_t head = 0;              // bytes in front of it
        std::uint64_t size = 0;              // of events
        std::uint32_t format_timestamp = 0;  // of the FORMAT_DESCRIPTION
    };
    struct waiting_part
    {
        part about;
        protocol::byte_buffer format;  // to stand in front
        bool begins_file = false;
        protocol::byte_buffer copy;
        // Or one event that is not in memory.
        std::shared_ptr<const protocol::large_bytes> large;
        protocol::byte_view large_event;

        protocol::byte_view bytes() const
        {
            return large ? large_event : protocol::byte_view(copy);
        }
    };
    struct place
    {
        std::size_t file = 0;      // of files_
        std::uint64_t offset = 0;  // behind its head
    };

    const part& last_part() const
    {
        return waiting_.empty() ? files_.back() : waiting_.back().about;
    }
    // Of the event that it should be.
    static bool is_whole(
        protocol::byte_view bytes,
        std::uint64_t position,
        protocol::checksum sum,
        const protocol::large_bytes* large = nullptr
    );
    std::filesystem::path path_of(const part& one) const;
    disk_result<std::optional<part>> find(const std::filesystem::path& file);
    disk_result<bool> take(const std::filesystem::path& file);
    disk_result<bool> follows(const rewrite::coordinate& begin);
    disk_result<> cut_torn_end();
    disk_result<> open_last();
    disk_result<std::uint64_t> whole_events(const part& one, const disk_file& file) const;
    disk_result<> begin_file(const waiting_part& next);
    disk_result<> open_to_read(const part& one);
    disk_result<protocol::byte_view> read(const part& one, std::size_t size);
    disk_result<event> finish_large(event found, const part& one, std::size_t size);

    disk& on_;
    std::filesystem::path folder_;
    limits bounds_;
    change_listener changed_;

    std::deque<part> files_;  // written ones; the last may still grow
    std::shared_ptr<const disk_file> out_;
    std::deque<waiting_part> waiting_;
    protocol::byte_buffer format_;  // FORMAT_DESCRIPTION of the file that is added to
    std::uint64_t bytes_ = 0;       // of events in files_

    place read_;
    std::shared_ptr<const disk_file> in_;
    std::size_t in_of_ = 0;                      // of files_
    std::shared_ptr<const mapped_bytes> large_;  // of in_: the event given last
    protocol::byte_buffer block_;                // of in_
    std::uint64_t block_begin_ = 0;              // behind its head
};

}  // namespace proxy
