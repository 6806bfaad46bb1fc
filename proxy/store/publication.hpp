#pragma once

#include "protocol/checksum.hpp"
#include "protocol/gtid_set.hpp"
#include "proxy/mutex.hpp"
#include "proxy/source_log.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

// What the source side and the sessions share: which clean files there are and how far they may be
// read.
namespace proxy {

// A clean file as sessions see it. All its fields but the size are fixed when it is begun.
struct clean_file
{
    std::string name;  // mysql-bin.1000000123
    std::string path;
    std::uint64_t base = 0;          // global offset of its first byte: sum of the sizes before it
    source_log source;               // the file it came from
    std::uint64_t source_begin = 0;  // the position there that its position 4 came from
    std::uint32_t format_timestamp = 0;  // of the upstream FORMAT_DESCRIPTION: the file's identity
    // What its PREVIOUS_GTIDS has beyond that of all before it in the list; null: nothing. Of
    // hundreds of files the whole sets would take more memory than all else.
    std::shared_ptr<const protocol::gtid_set> gained;
    protocol::checksum sum = protocol::checksum::crc32;  // that its events end in
    // Some of its bytes may have come back from the disk since they were written, so checksums are
    // looked at before they are given to anybody. Shared by all copies.
    std::shared_ptr<std::atomic<bool>> from_disk = std::make_shared<std::atomic<bool>>(true);
};
struct file_list
{
    std::vector<clean_file> files;  // oldest first; never empty once something was published
    protocol::gtid_set before;      // PREVIOUS_GTIDS of the first
    protocol::gtid_set all_before;  // ... and of all others

    // At the end of the list.
    void add(clean_file file, const protocol::gtid_set& previous_gtids);
    void remove_first(std::size_t count);
    // The newest whose PREVIOUS_GTIDS has nothing that is not in this set; null: none.
    const clean_file* newest_for(const protocol::gtid_set& seen) const;
    // The file that holds this global offset; its end belongs to it until a next file begins there.
    const clean_file* at(std::uint64_t global) const;
    const clean_file* find(const std::string& name) const;
    // Of the source's file of this name; the newest, if there are several.
    const clean_file* of_source(const std::string& name) const;
    const clean_file* next(const clean_file& after) const;
};

// Written by the source thread, read by every session thread.
class publication
{
public:
    // Global offset up to which bytes may be read: the end of a transaction, or of an event outside
    // of one. Bytes below it never change.
    std::uint64_t end() const { return end_.load(std::memory_order_acquire); }
    std::shared_ptr<const file_list> files() const;
    // GTIDs of all that is committed here, and of what lies before our first file.
    protocol::gtid_set executed() const;

    void set_files(file_list list);
    void publish(std::uint64_t end);
    void add_executed(const std::vector<protocol::gtid>& committed);
    void set_executed(protocol::gtid_set all);

    // A thread that serves sessions registers how it is woken. `sleeping` is set by that thread
    // when all its sessions wait, and cleared by whoever wakes it, so a busy thread costs the
    // source side nothing.
    struct waker
    {
        std::atomic<bool> sleeping{false};
        std::function<void()> wake;  // called on the source thread; must only post
    };
    void add_waker(std::shared_ptr<waker> thread);

private:
    std::atomic<std::uint64_t> end_{0};
    mutable mutex lock_;
    std::shared_ptr<const file_list> files_ GUARDED_BY(lock_) = std::make_shared<file_list>();
    protocol::gtid_set executed_ GUARDED_BY(lock_);
    std::vector<std::shared_ptr<waker>> wakers_ GUARDED_BY(lock_);
};

}  // namespace proxy
