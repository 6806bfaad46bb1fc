#include "proxy/store/store_state.hpp"

#include <fmt/format.h>

namespace proxy {

namespace {

std::chrono::seconds since_1970()
{
    return std::chrono::duration_cast<std::chrono::seconds>(
        std::chrono::system_clock::now().time_since_epoch()
    );
}

}  // namespace

store::store(store_options options, spdlog::logger& log, disk& on)
    : state_(std::make_unique<state>(std::move(options), log, on))
{}
store::~store() = default;

// ---- files

index_entry store::state::next_entry(const std::string& upstream_file) const
{
    index_entry entry = index.next_entry(upstream_file);
    // Whatever another server calls its log, ours keeps its name.
    if (!epochs.known_up_to.empty() && !index.empty())
        entry.base_name = index.entries().back().base_name;
    entry.base = final_end();
    if (const index_entry* there = next_existing())
        return *there;
    return entry;
}

std::string store::next_file_name(const std::string& upstream_file) const
{
    return clean_name(state_->next_entry(upstream_file));
}

// A file that a replay begins must be the one that follows in the log that is there.
void store::state::check_same(const index_entry& there, const index_entry& asked) const
{
    if (there == asked && final_end() == (writer ? there.base : 0))
        return;
    throw store_error(fmt::format(
        "what the source sends now differs at {}:4 from what consumers were given: it came from {} "
        "and is now to come from {}. Stop the consumers, move the data folder away and start again",
        index.path_of(there).string(),
        rewrite::to_text(there.source.at(there.source_begin)),
        rewrite::to_text(asked.source.at(asked.source_begin))
    ));
}

// The file first: an index names only files that are there.
disk_result<> store::state::make_file(const index_entry& entry)
{
    const auto made =
        log_writer::create(on, index.path_of(entry), entry.sum, options.max_tail_memory);
    if (!made)
        return tl::unexpected(made.error());
    return index.add(entry);
}

disk_result<>
store::begin_file(const source_identity& from, std::uint64_t position, protocol::checksum sum)
{
    state& my = *state_;
    if (my.writer) {
        if (auto done = flush(); !done)
            return done;
        if (my.writer->end() != my.writer->final_end())
            throw store_error(fmt::format(
                "the source began {} inside a transaction of {}",
                from.log.file,
                my.identity.log.file
            ));
        if (auto done = my.places.finish(); !done)
            return done;
        my.sync->changed(my.places.file());
    }
    index_entry entry = my.next_entry(from.log.file);
    entry.source = from.log;
    entry.source_begin = position;
    entry.format_timestamp = from.format_timestamp;
    entry.sum = sum;

    const index_entry* const there = my.next_existing();
    if (there != nullptr)
        my.check_same(*there, entry);
    auto edits = edit_map::create(my.on, map_path(my.index.path_of(entry)));
    if (!edits)
        return tl::unexpected(edits.error());
    if (there == nullptr)
        if (auto done = my.make_file(entry); !done)
            return done;
    if (auto done = my.open_current(entry, protocol::first_position, *std::move(edits)); !done)
        return done;
    if (there == nullptr)
        my.current.from_disk->store(false);  // what is read of it is in memory since it was written
    my.identity = from;
    return {};
}

std::uint64_t store::clean_end() const
{
    return state_->writer ? state_->writer->end() : 0;
}

// ---- events

// Follows the head of a file, until it can be shown.
void store::state::on_event(protocol::byte_view event)
{
    if (current_head == head::empty) {
        current_head = head::format;
        return;
    }
    const auto parsed = protocol::parse_event(event, current.sum);
    current_head = head::complete;
    if (!parsed || parsed->header.type != protocol::event_type::previous_gtids)
        return;
    auto before = protocol::parse_gtid_set_binary(parsed->body);
    if (!before)
        throw store_error(fmt::format("PREVIOUS_GTIDS of {} cannot be read", current.source.file));
    current_previous = *std::move(before);
    if (replayed)
        replayed->add(current_previous);
}

void store::state::append(const rewrite::append& added)
{
    if (current_head != head::complete)
        on_event(added.event);
    last_event = writer->end();
    writer->append(added.event, added.intact ? event_seal::intact : event_seal::due, added.large);
    const protocol::event_header header = protocol::load_event_header(added.event);
    last_type = header.type;
    epochs.anonymous |= header.type == protocol::event_type::anonymous_gtid;
    if (header.timestamp != 0)
        newest = header.timestamp;
}

void store::state::on_commit(const rewrite::commit& done)
{
    writer->mark_publishable();
    committed = writer->end();
    if (done.id.number != 0)
        committed_gtids.push_back(done.id);
    if (replayed && done.id.number != 0)
        replayed->add(done.id);
    places.add({
        .clean_begin = done.clean_begin,
        .clean_end = committed,
        .upstream_begin = done.upstream_begin,
        .upstream_end = done.upstream_end,
        .touched =
            done.touched || committed - done.clean_begin != done.upstream_end - done.upstream_begin,
        .head_translates =
            last_event == done.clean_begin && last_type == protocol::event_type::rotate,
    });
}

void store::apply(const rewrite::outputs& from)
{
    state& my = *state_;
    if (!my.writer && !from.list.empty())
        throw store_error("events before the first file");
    for (const rewrite::output& one : from.list) {
        if (const auto* added = std::get_if<rewrite::append>(&one))
            my.append(*added);
        else if (const auto* changed = std::get_if<rewrite::patch>(&one))
            my.writer->patch(changed->event_at, changed->offset, changed->bytes);
        else if (const auto* back = std::get_if<rewrite::cut>(&one))
            my.writer->cut(back->to);
        else if (const auto* done = std::get_if<rewrite::commit>(&one))
            my.on_commit(*done);
    }
}

// The current file enters the list that sessions have.
void store::state::show_current()
{
    if (files.find(current.name) != nullptr)
        return;
    auto executed = published.executed();
    executed.add(current_previous);
    files.add(current, current_previous);
    current_previous = {};
    published.set_executed(std::move(executed));
    published.set_files(files);
}

disk_result<> store::flush()
{
    state& my = *state_;
    if (auto done = my.decisions->write_notes(); !done)
        return done;
    if (!my.writer)
        return {};
    if (auto done = my.writer->flush(); !done)
        return done;
    if (!my.replaying())
        my.replayed.reset();
    if (my.current_head != head::complete)
        return {};
    if (auto done = my.write_map(); !done)
        return done;
    return my.publish();
}

disk_result<> store::state::write_map()
{
    const std::uint64_t before = places.written();
    if (auto done = places.write(); !done)
        return done;
    if (places.written() != before)
        sync->changed(places.file());
    return {};
}

disk_result<> store::state::publish()
{
    const std::uint64_t end = std::max(published.end(), final_end());
    if (end != published.end())
        sync->changed(writer->file());
    if (auto done = sync->settle(); !done)
        return done;
    show_current();
    if (end != published.end()) {
        // In this order: what recovery holds for seen is never less than what was seen.
        seen->store(std::max(end, replay_end));
        published.publish(end);
    }
    if (!committed_gtids.empty()) {
        published.add_executed(committed_gtids);
        committed_gtids.clear();
    }
    return {};
}

disk_result<>
store::save_checkpoint(const rewrite::coordinate& pull_from, protocol::byte_view rewriter_state)
{
    if (auto done = flush(); !done)
        return done;
    state& my = *state_;
    if (!my.writer || my.current_head != head::complete)
        return {};  // a file that nobody has seen is made again at a restart
    if (my.writer->end() != my.committed)
        throw store_error("a checkpoint was asked inside a transaction");
    checkpoint saved{
        .number = my.number,
        .clean_end = my.committed,
        .pull_from = pull_from,
        .identity = my.identity,
        .map_records = my.places.written(),
        .map_last = my.places.last(),
        .rewriter_state = {rewriter_state.begin(), rewriter_state.end()},
        .epochs = my.epochs,
    };
    const std::uint64_t tag = my.checkpoints.back().tag + 1;
    my.sync->replace(my.path("checkpoint"), to_bytes(saved), tag);
    my.checkpoints.push_back({tag, my.current.base + my.committed, pull_from});
    return my.sync->settle();
}

// One that was replaced by a later one before it came to the disk never is on it.
const store::state::given_checkpoint& store::state::durable_checkpoint()
{
    const std::uint64_t on_disk = sync->replaced();
    while (checkpoints.front().tag < on_disk)
        checkpoints.pop_front();
    return checkpoints.front();
}

rewrite::coordinate store::restart_from() const
{
    const state& my = *state_;
    const rewrite::coordinate& from = state_->durable_checkpoint().pull_from;
    const std::uint32_t epoch = my.identity.log.epoch;
    // Of another server's log. A restart would go on by GTID, and the server that is there now has
    // its own places.
    if (from.epoch < epoch && !from.file.empty()) {
        for (const state::given_checkpoint& one : my.checkpoints)
            if (one.pull_from.epoch == epoch)
                return one.pull_from;
        for (const index_entry& one : my.index.entries())
            if (one.source.epoch == epoch)
                return one.source.at(one.source_begin);
        return my.identity.log.at(protocol::first_position);
    }
    if (!from.file.empty() || state_->index.empty())
        return from;
    const index_entry& first = state_->index.entries().front();
    return first.source.at(first.source_begin);
}

const std::filesystem::path& store::folder() const
{
    return state_->options.folder;
}

void store::set_limits(const retention_limits& kept, std::uint64_t spool_bytes)
{
    state_->cleaner.set_limits(kept);
    waiting_log().set_limit(spool_bytes);
}

spool& store::waiting_log()
{
    return *state_->waiting_log;
}

bool store::replaying() const
{
    return state_->replaying();
}

const followed_epochs& store::epochs() const
{
    return state_->epochs;
}

protocol::gtid_set store::applied_gtids() const
{
    const state& my = *state_;
    if (my.replayed && my.replaying())
        return *my.replayed;
    protocol::gtid_set all = my.published.executed();
    for (const protocol::gtid& one : my.committed_gtids)
        all.add(one);
    return all;
}

// ---- the rest

retention_report store::remove_old_files(std::span<const log_place> readers)
{
    state& my = *state_;
    return my.cleaner.run(
        {.index = my.index, .files = my.files, .published = my.published},
        {.clocks =
             {.machine = since_1970(),
              .log = std::chrono::seconds(my.newest),
              .steady = std::chrono::steady_clock::now()},
         .restart_at = my.checkpoints.empty() ? 0 : my.durable_checkpoint().border,
         .readers = readers}
    );
}

ledger& store::decisions()
{
    return *state_->decisions;
}

publication& store::published()
{
    return state_->published;
}

std::optional<rewrite::coordinate> store::upstream_of(const clean_coordinate& at) const
{
    return state_->places.upstream_of(at);
}

tl::expected<clean_coordinate, untranslatable>
store::clean_of(const std::string& upstream_file, std::uint64_t position) const
{
    return state_->places.clean_of(upstream_file, position);
}

std::optional<clean_coordinate>
store::border_of(const std::string& upstream_file, std::uint64_t position) const
{
    return state_->places.border_of(upstream_file, position);
}

}  // namespace proxy
