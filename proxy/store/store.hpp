#pragma once

#include "protocol/event.hpp"
#include "proxy/store/epochs.hpp"
#include "proxy/store/ledger.hpp"
#include "proxy/store/positions.hpp"
#include "proxy/store/retention.hpp"
#include "proxy/store/spool.hpp"
#include "proxy/store/store_error.hpp"
#include "rewrite/output.hpp"

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <spdlog/logger.h>

// The clean log on disk and all that goes with it: the only writer of the data folder. All members
// but published() and the translations belong to the source thread.
//
//   auto from = log.open();      what to pull next, with which rewriter state
//   log.begin_file(...)          an upstream file begins: a new clean file
//   log.apply(outputs)  ...      any number of times; in memory
//   log.flush()                  once per receive: written, then published
//   log.save_checkpoint(...)     at a committed border
//
// What a disk may refuse returns a disk_result. Nothing is lost and nothing half done can be seen
// then: call the same again, with the same arguments, when there may be room; it does what is left.
// Nothing else may be called in between but flush(), remove_old_files() and the questions.
namespace proxy {

struct store_options
{
    std::filesystem::path folder;
    std::uint64_t max_tail_memory =
        1U << 20;  // unpublished bytes kept in memory before they go to the file
    std::chrono::seconds retention_age{0};          // 0: no limit
    std::uint64_t retention_bytes = 0;              // 0: no limit
    std::chrono::milliseconds sync_interval{1000};  // 0: everything is durable when it returns
    spool::limits spool;
};

// Who the bytes come from; compared at each connect. A difference is never repaired silently. The
// file is the one that was read last: its timestamp says nothing about the next one.
struct source_identity
{
    source_log log;
    std::uint32_t format_timestamp = 0;  // of the file's FORMAT_DESCRIPTION
};

struct resume_point
{
    bool fresh = true;  // nothing stored yet: the caller chooses where to start
    // Committed border to go on from; at 4: begin_file comes.
    rewrite::coordinate pull_from = source_log().at(protocol::binlog_magic.size());
    source_identity identity;              // what must be there
    protocol::byte_buffer rewriter_state;  // rewriter::save() of that border; empty: a new rewriter
    std::uint64_t clean_end = 0;           // offset in the current clean file
    bool replaying = false;                // bytes after the border exist and will be compared
    // What follows the border came from more than one server: only by GTID can it be told what is
    // missing, and nothing will be compared.
    bool by_gtid = false;
};

// Where another server's log begins to be followed.
struct next_epoch
{
    source_log log;           // its epoch is store::next_epoch()
    rewrite::coordinate end;  // all that is stored and that it has lies before it in its log
    protocol::gtid_set past_the_log;  // see followed_epochs
    protocol::gtid_set lost;
};

class store
{
public:
    // `on` outlives the store.
    store(store_options options, spdlog::logger& log, disk& on = real_disk());
    ~store();

    // Reads index, checkpoint and ledger, cuts the torn end, publishes what is there. Throws
    // store_error, saying the file and what to do.
    disk_result<resume_point> open();

    // A new clean file, of what lies in a file of the source from `position` on. `sum` as its
    // FORMAT_DESCRIPTION says.
    disk_result<>
    begin_file(const source_identity& from, std::uint64_t position, protocol::checksum sum);
    // Name that the next begin_file will use, for the ROTATE in front of it.
    std::string next_file_name(const std::string& upstream_file) const;
    std::uint64_t clean_end() const;  // offset in the current clean file, unpublished tail included

    // Another server is followed from here on: what is stored is kept up to the last border, what
    // would be compared included, and the open transaction is cut. `rewriter_state` as in
    // save_checkpoint(), of all that is stored; nothing: it is not there yet.
    disk_result<>
    begin_epoch(const next_epoch& next, std::optional<protocol::byte_view> rewriter_state);
    std::uint32_t next_epoch_number() const;
    const followed_epochs& epochs() const;
    // GTIDs of all that was applied so far: in a replay fewer than are stored.
    protocol::gtid_set applied_gtids() const;

    // Appends, patches, cuts; sets end_log_pos and checksum of what is appended. Published bytes
    // are never touched (store_error if asked). Remarks and summaries are left to the caller. Never
    // fails because of the disk: what could not be done there is kept for the next flush.
    void apply(const rewrite::outputs& from);
    // Writes what is due, to the ledger and to the file, and publishes it.
    disk_result<> flush();
    // At a committed border only; flushes first. `pull_from` is the upstream coordinate of the next
    // event. Durable later, when all before it is, and at the latest with the store's end. One that
    // finds no room then is no problem: the older one is still there, and the next one comes.
    disk_result<>
    save_checkpoint(const rewrite::coordinate& pull_from, protocol::byte_view rewriter_state);
    bool replaying() const;
    // Where a restart would go on: at or behind the newest checkpoint that is on the disk. Once it
    // is open.
    rewrite::coordinate restart_from() const;

    // What is pulled and cannot be rewritten yet. Once it is open.
    spool& waiting_log();

    // Retention; also while something else waits for room. `readers`: consumers that read the log.
    retention_report remove_old_files(std::span<const log_place> readers);

    // From now on; files that are too old or too many by them go at the next look.
    void set_limits(const retention_limits& kept, std::uint64_t spool_bytes);

    ledger& decisions();
    const std::filesystem::path& folder() const;
    publication& published();  // thread safe by itself; outlives all sessions

    // See positions. Thread safe.
    using clean_coordinate = proxy::clean_coordinate;
    using untranslatable = proxy::untranslatable;
    std::optional<rewrite::coordinate> upstream_of(const clean_coordinate& at) const;
    tl::expected<clean_coordinate, untranslatable>
    clean_of(const std::string& upstream_file, std::uint64_t position) const;
    std::optional<clean_coordinate>
    border_of(const std::string& upstream_file, std::uint64_t position) const;

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace proxy
