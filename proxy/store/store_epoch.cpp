#include "protocol/control_event.hpp"
#include "proxy/store/store_state.hpp"

#include <fmt/format.h>

// The clean log goes on with another server's transactions.
namespace proxy {

std::uint32_t store::next_epoch_number() const
{
    const state& my = *state_;
    const std::uint32_t stored = my.index.empty() ? 0 : my.index.entries().back().source.epoch;
    return std::max(stored, my.identity.log.epoch) + 1;
}

// What a replay would have compared: it cannot be derived from another server's log, whose
// positions and order are other ones. Consumers may have it, so it stays.
disk_result<> store::state::keep_rest()
{
    const index_entry last = index.entries().back();
    const std::uint64_t end = published.end() - last.base;
    auto file = on.open(index.path_of(last), open_as::writing);
    if (!file)
        return tl::unexpected(file.error());
    if (auto done = (*file)->truncate(end); !done)
        return done;
    const std::filesystem::path map = map_path(index.path_of(last));
    const auto there = edit_map::read(on, map);
    auto edits = edit_map::resume(on, map, there ? there->written() : 0, std::nullopt);
    if (!edits)
        return tl::unexpected(edits.error());
    replay_end = published.end();
    if (auto done = open_current(last, end, *std::move(edits)); !done)
        return done;
    current_head = head::complete;
    replayed.reset();
    return {};
}

// A file whose PREVIOUS_GTIDS never came could not be shown to anybody.
disk_result<> store::state::complete_head()
{
    if (current_head == head::complete)
        return {};
    if (current_head == head::empty)
        throw store_error(fmt::format("{} was begun and got no event", current.name));
    protocol::byte_buffer event;
    protocol::append_previous_gtids(
        event, {.timestamp = identity.format_timestamp}, published.executed(), current.sum
    );
    const std::uint64_t begin = writer->end();
    append({.event = event});
    on_commit({.clean_begin = begin, .touched = true, .id = {}});
    return {};
}

disk_result<>
store::begin_epoch(const next_epoch& next, std::optional<protocol::byte_view> rewriter_state)
{
    state& my = *state_;
    const auto flushed_and_cut = [&]() -> disk_result<> {
        if (my.replaying())
            if (auto done = my.keep_rest(); !done)
                return done;
        my.writer->cut(my.writer->publishable());
        if (auto done = my.complete_head(); !done)
            return done;
        return flush();
    };
    if (auto done = flushed_and_cut(); !done)
        return done;
    my.identity = {.log = next.log, .format_timestamp = 0};
    my.epochs.known_up_to.push_back(next.end);
    my.epochs.past_the_log = next.past_the_log;
    my.epochs.lost = next.lost;
    my.epochs.anonymous = false;
    my.places.set_epochs(my.epochs.known_up_to);
    if (!rewriter_state)
        return {};
    // One that finds no room is no problem: a restart goes on by GTID then.
    (void)save_checkpoint(next.log.at(protocol::first_position), *rewriter_state);
    return {};
}

}  // namespace proxy
