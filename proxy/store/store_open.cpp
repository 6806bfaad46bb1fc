#include "proxy/store/store_state.hpp"

#include <fmt/format.h>
#include <sys/file.h>

namespace proxy {

namespace {

// A file behind all others.
constexpr const char* no_place = "unknown.18446744073709551615";

}  // namespace

disk_result<resume_point> store::open()
{
    return or_problem([this] { return state_->open(); });
}

resume_point store::state::open()
{
    value_of(on.make_folder(options.folder));
    lock = value_of(on.open(path("lock"), open_as::existing));
    if (::flock(lock->descriptor(), LOCK_EX | LOCK_NB) != 0)
        throw store_error(
            fmt::format("the data folder {} is in use by another unghost", options.folder.string())
        );
    if (!decisions)
        decisions = open_ledger();
    if (!seen)
        seen = value_of(published_end::open(on, path("published")));
    auto found = value_of(recover(on, options.folder, seen->load(), log));
    sync = std::make_unique<syncer>(on, options.sync_interval, log);
    waiting_log = std::make_unique<spool>(
        on,
        path("spool"),
        options.spool,
        [this](const std::shared_ptr<const disk_file>& file) { sync->changed(file); }
    );
    value_of(waiting_log->open());
    resume_point from;
    const std::uint64_t border = found ? found->border : 0;
    if (found)
        from = resume(*std::move(found));
    else
        seen->store(0);
    checkpoints = {{.border = border, .pull_from = from.pull_from}};
    places.set_epochs(epochs.known_up_to);
    return from;
}

std::unique_ptr<ledger> store::state::open_ledger() const
{
    std::error_code none;
    const bool has_some = std::filesystem::file_size(path("ledger"), none) != 0 && !none;
    if (!has_some && value_of(on.exists(path("index"))))
        throw store_error(fmt::format(
            "{} is gone or empty, and the log in that folder was made by the decisions in it: what "
            "comes "
            "again from the source could be judged otherwise. Put it back; or give an empty folder "
            "with --data, and set the consumers up anew",
            path("ledger").string()
        ));
    return value_of(ledger::open(path("ledger")));
}

// The bytes after the last border, if consumers were given any by an earlier version, are published
// again with their transaction's end.
void store::state::adopt(recovered& found)
{
    files = std::move(found.files);
    newest = found.newest;
    seen->store(found.end);
    published.set_executed(std::move(found.executed));
    published.set_files(files);
    published.publish(found.committed);
}

resume_point store::state::resume(recovered found)
{
    index.set(std::move(found.index));
    replay_end = found.end;

    resume_point from;
    from.fresh = false;
    if (found.from) {
        checkpoint& saved = *found.from;
        const index_entry& entry = index.entries()[index.position_of(saved.number)];
        const std::filesystem::path map_file = map_path(index.path_of(entry));
        value_of(open_current(
            entry,
            saved.clean_end,
            value_of(edit_map::resume(on, map_file, saved.map_records, saved.map_last))
        ));
        current_head = head::complete;
        identity = saved.identity;
        epochs = std::move(saved.epochs);
        from.pull_from = std::move(saved.pull_from);
        from.rewriter_state = std::move(saved.rewriter_state);
        from.clean_end = saved.clean_end;
    } else {
        const index_entry& first = index.entries().front();
        identity = {.log = first.source, .format_timestamp = first.format_timestamp};
        from.pull_from = first.source.at(first.source_begin);
    }
    replayed = std::move(found.known);
    epochs.anonymous |= found.anonymous;
    adopt(found);
    from.identity = identity;
    from.replaying = found.border < found.end;
    for (const index_entry& entry : index.entries()) {
        // Begun since the checkpoint: which places of it are known, nobody can tell any more.
        const std::uint32_t known =
            epochs.known_up_to.empty() ? identity.log.epoch : epochs.known_up_to.back().epoch;
        if (entry.source.epoch > std::max(known, identity.log.epoch))
            epochs.known_up_to.push_back({entry.source.epoch, no_place, 0});
    }
    from.by_gtid = index.entries().back().source.epoch > identity.log.epoch;
    if (from.replaying)
        log.info("{} bytes after the checkpoint are derived again", found.end - found.border);
    return from;
}

// This file of the index is the one that is written, or compared as far as it goes.
disk_result<>
store::state::open_current(const index_entry& entry, std::uint64_t offset, edit_map edits)
{
    const index_entry* const next = index.after(entry.number);
    const std::uint64_t end = next == nullptr ? std::max(replay_end, entry.base) : next->base;
    auto opened = log_writer::resume(
        on, index.path_of(entry), entry.sum, options.max_tail_memory, offset, end - entry.base
    );
    if (!opened)
        return tl::unexpected(opened.error());
    writer = std::make_unique<log_writer>(*std::move(opened));
    number = entry.number;
    current = index.shown(entry);
    current_previous = {};
    current_head = head::empty;
    committed = offset;
    places.set_current(current.name, std::move(edits));
    return {};
}

}  // namespace proxy
