#pragma once

#include "proxy/store/log_writer.hpp"
#include "proxy/store/published_end.hpp"
#include "proxy/store/recovery.hpp"
#include "proxy/store/store.hpp"
#include "proxy/store/syncer.hpp"

#include <memory>

// What is inside a store. store_open.cpp fills it from the data folder, store.cpp works with it.
namespace proxy {

// Of the events before the first transaction: what sessions must know before they are shown a file.
enum class head : std::uint8_t {
    empty,
    format,    // FORMAT_DESCRIPTION is there
    complete,  // and what follows it
};

struct store::state
{
    store_options options;
    spdlog::logger& log;
    disk& on;
    publication published;
    positions places;
    catalog index;
    retention cleaner;

    std::shared_ptr<const disk_file> lock;
    std::unique_ptr<ledger> decisions;
    std::unique_ptr<published_end> seen;
    std::unique_ptr<syncer> sync;
    std::unique_ptr<spool> waiting_log;

    // What was given to the syncer, oldest first: the first is on the disk.
    struct given_checkpoint
    {
        std::uint64_t tag = 0;
        std::uint64_t border = 0;  // global
        rewrite::coordinate pull_from;
    };
    std::deque<given_checkpoint> checkpoints;

    std::uint64_t replay_end = 0;  // global; bytes up to here were there at open()
    file_list files;               // of the index, those that sessions know
    std::unique_ptr<log_writer> writer;
    // What is written; the last file of the index unless a replay goes through them.
    std::uint32_t number = 0;
    clean_file current;
    protocol::gtid_set current_previous;  // its PREVIOUS_GTIDS, until it is shown
    source_identity identity;
    head current_head = head::empty;
    std::uint64_t committed = 0;  // in the current file
    std::vector<protocol::gtid> committed_gtids;
    std::optional<protocol::gtid_set> replayed;  // in a replay: what was derived so far
    followed_epochs epochs;

    // Of the event that was appended last.
    std::uint64_t last_event = 0;
    protocol::event_type last_type = protocol::event_type::unknown;
    std::uint32_t newest = 0;  // the last timestamp that is not 0

    state(store_options chosen, spdlog::logger& to, disk& at)
        : options(std::move(chosen))
        , log(to)
        , on(at)
        , places(at, published)
        , index(at, options.folder)
        , cleaner(at, {.age = options.retention_age, .bytes = options.retention_bytes}, to)
    {}

    std::filesystem::path path(const std::string& name) const { return options.folder / name; }

    std::uint64_t final_end() const { return writer ? current.base + writer->final_end() : 0; }
    bool replaying() const { return final_end() < replay_end; }
    // In a replay: the file that comes next is there already.
    const index_entry* next_existing() const
    {
        if (!writer)
            return index.empty() ? nullptr : &index.entries().front();
        return index.after(number);
    }

    resume_point open();
    std::unique_ptr<ledger> open_ledger() const;
    resume_point resume(recovered found);
    void adopt(recovered& found);
    index_entry next_entry(const std::string& upstream_file) const;
    void check_same(const index_entry& there, const index_entry& asked) const;
    disk_result<> make_file(const index_entry& entry);
    disk_result<> open_current(const index_entry& entry, std::uint64_t offset, edit_map edits);
    disk_result<> keep_rest();
    disk_result<> complete_head();
    void append(const rewrite::append& added);
    void on_event(protocol::byte_view event);
    void on_commit(const rewrite::commit& done);
    disk_result<> write_map();
    disk_result<> publish();
    void show_current();
    const given_checkpoint& durable_checkpoint();
};

}  // namespace proxy
