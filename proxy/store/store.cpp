#include "proxy/store/store.hpp"

#include "proxy/store/file_io.hpp"
#include "proxy/store/index.hpp"
#include "proxy/store/log_writer.hpp"
#include "proxy/store/published_end.hpp"
#include "proxy/store/recovery.hpp"
#include "proxy/store/syncer.hpp"
#include "proxy/store/translation.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

namespace proxy {

namespace {

// Does the work, and gives what the disk refused as a value.
template <class Work>
auto caught(const Work& work) -> disk_result<decltype(work())>
{
    try {
        if constexpr (std::is_void_v<decltype(work())>) {
            work();
            return {};
        } else {
            return work();
        }
    } catch (const std::system_error& error) {
        disk_problem problem = problem_of(error.code().value(), "", {});
        problem.text = error.what();
        return tl::unexpected(std::move(problem));
    }
}

// Of the events before the first transaction: what sessions must know before they are shown a file.
enum class head : std::uint8_t {
    empty,
    format,    // FORMAT_DESCRIPTION is there
    complete,  // and what follows it
};

}  // namespace

struct store::state
{
    store_options options;
    spdlog::logger& log;
    publication published;

    file_descriptor lock;
    std::unique_ptr<ledger> decisions;
    std::unique_ptr<published_end> seen;
    std::unique_ptr<syncer> sync;

    std::vector<index_entry> index;
    std::size_t at = 0;  // the current file in it; the last one unless a replay goes through them
    std::uint64_t replay_end = 0;  // global; bytes up to here were there at open()
    file_list files;               // of the index, those that sessions know
    std::unique_ptr<log_writer> writer;
    clean_file current;
    source_identity identity;
    head current_head = head::empty;
    std::uint64_t committed = 0;  // in the current file
    std::vector<protocol::gtid> committed_gtids;

    // Of the event that was appended last.
    std::uint64_t last_event = 0;
    protocol::event_type last_type = protocol::event_type::unknown;
    std::vector<edit_record> records;  // since the last flush
    // The current file's map, for the threads that translate.
    mutable std::mutex map_lock;
    std::unique_ptr<edit_map> map;
    std::string map_of;  // name of its clean file

    state(store_options chosen, spdlog::logger& to) : options(std::move(chosen)), log(to) {}

    std::filesystem::path path(const std::string& name) const { return options.folder / name; }

    std::uint64_t final_end() const { return writer ? current.base + writer->final_end() : 0; }
    bool replaying() const { return final_end() < replay_end; }
    // In a replay: the file that comes next is there already.
    const index_entry* next_existing() const
    {
        const std::size_t next = writer ? at + 1 : 0;
        return next < index.size() ? &index[next] : nullptr;
    }

    resume_point open();
    void begin_file(const source_identity& from, const rewrite::coordinate& at, bool checksums);
    void flush();
    void save_checkpoint(const rewrite::coordinate& pull_from, protocol::byte_view rewriter_state);
    resume_point resume(recovered found);
    void open_current(std::size_t position, std::uint64_t offset, std::unique_ptr<edit_map> edits);
    void check_same(const index_entry& there, const index_entry& asked) const;
    index_entry next_entry(const std::string& upstream_file) const;
    void append(const rewrite::append& added);
    void flush_map();
    template <class Result, class Ask>
    Result with_map(const clean_file& file, const Ask& ask) const;
    void on_event(protocol::byte_view event);
    void on_commit(const rewrite::commit& done);
    void show_current();
};

store::store(store_options options, spdlog::logger& log)
    : state_(std::make_unique<state>(std::move(options), log))
{}
store::~store() = default;

disk_result<resume_point> store::open()
{
    return caught([this] { return state_->open(); });
}

resume_point store::state::open()
{
    state& my = *this;
    std::filesystem::create_directories(my.options.folder);
    my.lock = open_file(my.path("lock"), O_RDWR | O_CREAT);
    if (::flock(my.lock.get(), LOCK_EX | LOCK_NB) != 0)
        throw store_error(fmt::format(
            "the data folder {} is in use by another unghost", my.options.folder.string()
        ));
    auto opened = ledger::open(my.path("ledger"));
    if (!opened)
        throw std::system_error(ENOSPC, std::generic_category(), opened.error().text);
    my.decisions = *std::move(opened);
    my.seen = std::make_unique<published_end>(my.path("published"));
    auto found = recover(my.options.folder, my.seen->load(), my.log);
    my.sync = std::make_unique<syncer>(my.options.sync_interval, my.log, found ? found->border : 0);
    if (found)
        return my.resume(*std::move(found));
    my.seen->store(0);
    return {};
}

resume_point store::state::resume(recovered found)
{
    index = std::move(found.index);
    files = std::move(found.files);
    replay_end = found.end;
    seen->store(found.end);
    published.set_executed(std::move(found.executed));
    published.set_files(files);
    published.publish(found.end, found.committed);

    resume_point from;
    from.fresh = false;
    if (found.from) {
        checkpoint& saved = *found.from;
        const auto position = static_cast<std::size_t>(
            std::ranges::find(index, saved.number, &index_entry::number) - index.begin()
        );
        const std::filesystem::path map_file = map_path(path(clean_name(index[position])));
        open_current(
            position,
            saved.clean_end,
            std::make_unique<edit_map>(edit_map::resume(map_file, saved.map_records, saved.map_last)
            )
        );
        current_head = head::complete;
        identity = saved.identity;
        from.pull_from = std::move(saved.pull_from);
        from.rewriter_state = std::move(saved.rewriter_state);
        from.clean_end = saved.clean_end;
    } else {
        const index_entry& first = index.front();
        identity.server_uuid = first.source;
        identity.file = first.upstream.file;
        identity.format_timestamp = first.format_timestamp;
        from.pull_from = first.upstream;
    }
    from.identity = identity;
    from.epoch = from.pull_from.epoch;
    from.replaying = found.border < found.end;
    if (from.replaying)
        log.info("{} bytes behind the checkpoint are derived anew", found.end - found.border);
    return from;
}

// This file of the index is the one that is written, or compared as far as it goes.
void store::state::open_current(
    std::size_t position, std::uint64_t offset, std::unique_ptr<edit_map> edits
)
{
    const index_entry& entry = index[position];
    const bool last = position + 1 == index.size();
    const std::uint64_t end = last ? std::max(replay_end, entry.base) : index[position + 1].base;
    const std::string name = clean_name(entry);
    writer = std::make_unique<log_writer>(
        log_writer::resume(path(name), entry.sum, options.max_tail_memory, offset, end - entry.base)
    );
    at = position;
    current = {
        .name = name,
        .path = path(name).string(),
        .base = entry.base,
        .upstream = entry.upstream,
        .source = entry.source,
        .format_timestamp = entry.format_timestamp,
        .previous_gtids = {},
        .checksums = entry.sum == protocol::checksum::crc32,
    };
    current_head = head::empty;
    committed = offset;
    records.clear();
    const std::lock_guard guard(map_lock);
    map = std::move(edits);
    map_of = name;
}

index_entry store::state::next_entry(const std::string& upstream_file) const
{
    const std::size_t dot = upstream_file.rfind('.');
    const std::uint64_t upstream_number = rewrite::file_number(upstream_file);
    if (dot == std::string::npos || dot == 0 || upstream_number == 0)
        throw store_error(
            fmt::format("{} is not the name of a binlog file: it has no number", upstream_file)
        );
    if (const index_entry* there = next_existing())
        return *there;
    // Rises also where the source's numbers fall; above them, so that a name never is one of the
    // source's.
    const std::uint64_t after = index.empty() ? 0 : index.back().number + std::uint64_t{1};
    const std::uint64_t number = std::max(after, upstream_number);
    if (number > clean_number_limit - clean_number_base)
        throw store_error(fmt::format(
            "the source's file {} has a number above {}: there is none left for ours. Run RESET "
            "BINARY LOGS on the source",
            upstream_file,
            clean_number_limit - clean_number_base
        ));
    index_entry entry;
    entry.number = static_cast<std::uint32_t>(number);
    entry.base_name = upstream_file.substr(0, dot);
    entry.base = final_end();
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
        path(clean_name(there)).string(),
        rewrite::to_text(there.upstream),
        rewrite::to_text(asked.upstream)
    ));
}

disk_result<>
store::begin_file(const source_identity& from, const rewrite::coordinate& at, bool checksums)
{
    return caught([&] { state_->begin_file(from, at, checksums); });
}

void store::state::begin_file(
    const source_identity& from, const rewrite::coordinate& upstream, bool checksums
)
{
    state& my = *this;
    if (my.writer) {
        flush();
        if (my.writer->end() != my.writer->final_end())
            throw store_error(fmt::format(
                "the source began {} inside a transaction of {}", from.file, my.identity.file
            ));
    }
    index_entry entry = my.next_entry(from.file);
    entry.upstream = upstream;
    entry.source = from.server_uuid;
    entry.format_timestamp = from.format_timestamp;
    entry.sum = checksums ? protocol::checksum::crc32 : protocol::checksum::none;
    if (const index_entry* there = my.next_existing())
        my.check_same(*there, entry);

    {
        const std::lock_guard guard(my.map_lock);
        if (my.map)
            my.map->finish();
    }
    if (my.map)
        my.sync->changed(my.map->file());
    const std::filesystem::path file = my.path(clean_name(entry));
    auto edits = std::make_unique<edit_map>(edit_map::create(map_path(file)));
    std::size_t position = my.writer ? my.at + 1 : 0;
    if (my.next_existing() == nullptr) {
        // The file first: an index names only files that are there.
        log_writer::create(file, entry.sum, my.options.max_tail_memory);
        std::vector<index_entry> longer = my.index;
        longer.push_back(entry);
        replace_file(my.path("index"), to_bytes(longer));
        my.index = std::move(longer);
        position = my.index.size() - 1;
    }
    my.open_current(position, protocol::binlog_magic.size(), std::move(edits));
    my.identity = from;
}

std::uint64_t store::clean_end() const
{
    return state_->writer ? state_->writer->end() : 0;
}

// Follows the head of a file, until it can be shown.
void store::state::on_event(protocol::byte_view event)
{
    if (current_head == head::empty) {
        current_head = head::format;
        return;
    }
    const auto sum = current.checksums ? protocol::checksum::crc32 : protocol::checksum::none;
    const auto parsed = protocol::parse_event(event, sum);
    current_head = head::complete;
    if (!parsed || parsed->header.type != protocol::event_type::previous_gtids)
        return;
    auto before = protocol::parse_gtid_set_binary(parsed->body);
    if (!before)
        throw store_error(
            fmt::format("PREVIOUS_GTIDS of {} cannot be read", rewrite::to_text(current.upstream))
        );
    current.previous_gtids = *std::move(before);
}

void store::state::append(const rewrite::append& added)
{
    if (current_head != head::complete)
        on_event(added.event);
    last_event = writer->end();
    writer->append(added.event, added.intact);
    last_type = static_cast<protocol::event_type>(added.event[4]);
}

void store::state::on_commit(const rewrite::commit& done)
{
    writer->mark_publishable();
    committed = writer->end();
    if (done.id.number != 0)
        committed_gtids.push_back(done.id);
    records.push_back({
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
    files.files.push_back(current);
    auto executed = published.executed();
    executed.add(current.previous_gtids);
    published.set_executed(std::move(executed));
    published.set_files(files);
}

void store::state::flush_map()
{
    const std::lock_guard guard(map_lock);
    for (const edit_record& record : records)
        map->add(record);
    records.clear();
    const std::uint64_t before = map->written();
    map->flush();
    if (map->written() != before)
        sync->changed(map->file());
}

disk_result<> store::flush()
{
    if (auto written = state_->decisions->write_notes(); !written)
        return written;
    return caught([this] { state_->flush(); });
}

void store::state::flush()
{
    state& my = *this;
    if (!my.writer)
        return;
    my.writer->flush();
    if (my.current_head != head::complete)
        return;
    my.flush_map();
    my.show_current();
    const std::uint64_t end = std::max(my.published.end(), my.final_end());
    const std::uint64_t border =
        std::max(my.published.committed_end(), my.current.base + my.committed);
    if (end != my.published.end()) {
        my.sync->changed(my.writer->file());
        // In this order: what recovery holds for seen is never less than what was seen.
        my.seen->store(end);
    }
    if (end != my.published.end() || border != my.published.committed_end())
        my.published.publish(end, border);
    if (!my.committed_gtids.empty()) {
        my.published.add_executed(my.committed_gtids);
        my.committed_gtids.clear();
    }
}

disk_result<>
store::save_checkpoint(const rewrite::coordinate& pull_from, protocol::byte_view rewriter_state)
{
    if (auto written = flush(); !written)
        return written;
    return caught([&] { state_->save_checkpoint(pull_from, rewriter_state); });
}

void store::state::save_checkpoint(
    const rewrite::coordinate& pull_from, protocol::byte_view rewriter_state
)
{
    state& my = *this;
    if (!my.writer || my.current_head != head::complete)
        return;  // a file that nobody has seen is made anew at a restart
    if (my.writer->end() != my.committed)
        throw store_error("a checkpoint was asked inside a transaction");
    checkpoint saved{
        .number = my.index[my.at].number,
        .clean_end = my.committed,
        .pull_from = pull_from,
        .identity = my.identity,
        .map_records = my.map->written(),
        .map_last = my.map->last(),
        .rewriter_state = {rewriter_state.begin(), rewriter_state.end()},
    };
    my.sync->replace(my.path("checkpoint"), to_bytes(saved), my.current.base + my.committed);
}

bool store::replaying() const
{
    return state_->replaying();
}

void store::remove_old_files(std::uint64_t oldest_needed_by_consumers)
{
    state& my = *state_;
    const auto now = std::filesystem::file_time_type::clock::now();
    // A restart needs the checkpoint's file.
    const std::uint64_t needed = std::min(oldest_needed_by_consumers, my.sync->replaced());
    const std::uint64_t end = my.published.end();
    std::size_t removed = 0;
    while (removed + 1 < my.files.files.size()) {
        const clean_file& oldest = my.files.files[removed];
        const std::uint64_t next_base = my.files.files[removed + 1].base;
        const bool too_much =
            my.options.retention_bytes != 0 && end - oldest.base > my.options.retention_bytes;
        const bool too_old =
            my.options.retention_age.count() != 0 &&
            now - std::filesystem::last_write_time(oldest.path) > my.options.retention_age;
        if (next_base > needed || (!too_much && !too_old))
            break;
        ++removed;
    }
    if (removed == 0)
        return;

    // From the outside in, so that nobody is sent to a file that is gone.
    const std::vector<clean_file> gone(
        my.files.files.begin(), my.files.files.begin() + static_cast<std::ptrdiff_t>(removed)
    );
    my.files.files.erase(
        my.files.files.begin(), my.files.files.begin() + static_cast<std::ptrdiff_t>(removed)
    );
    my.published.set_files(my.files);
    my.index.erase(my.index.begin(), my.index.begin() + static_cast<std::ptrdiff_t>(removed));
    my.at -= removed;
    replace_file(my.path("index"), to_bytes(my.index));
    for (const clean_file& file : gone) {
        remove_clean_file(file.path);
        my.log.info("{}: removed, by the limits of retention", file.name);
    }
}

std::uint64_t store::stored_bytes() const
{
    const state& my = *state_;
    return my.index.empty() ? 0
                            : std::max(my.published.end(), my.final_end()) - my.index.front().base;
}

ledger& store::decisions()
{
    return *state_->decisions;
}

publication& store::published()
{
    return state_->published;
}

// Calls with the map of this file, or gives Result{} if there is none. The current file's map is
// copied, which is cheap: an answer may walk through a large transaction, and flush() must not wait
// for that.
template <class Result, class Ask>
Result store::state::with_map(const clean_file& file, const Ask& ask) const
{
    std::optional<edit_map> edits;
    {
        const std::lock_guard guard(map_lock);
        if (map && map_of == file.name)
            edits = *map;
    }
    const std::filesystem::path map_file = map_path(file.path);
    if (!edits && std::filesystem::exists(map_file))
        edits = edit_map::read(map_file);
    return edits ? ask(mapped_file{.file = file, .map = *edits}) : Result{};
}

std::optional<rewrite::coordinate> store::upstream_of(const clean_coordinate& at) const
{
    const auto list = state_->published.files();
    const clean_file* file = list->find(at.file);
    if (file == nullptr)
        return std::nullopt;
    const auto position =
        state_->with_map<std::optional<std::uint64_t>>(*file, [&at](const mapped_file& in) {
            return upstream_position_of(in, at.position);
        });
    if (!position)
        return std::nullopt;
    rewrite::coordinate upstream = file->upstream;
    upstream.position = *position;
    return upstream;
}

tl::expected<store::clean_coordinate, store::untranslatable>
store::clean_of(const std::string& upstream_file, std::uint64_t position) const
{
    const auto list = state_->published.files();
    untranslatable refused;
    // The newest first: a name may have been used by several sources, one after another.
    for (auto file = list->files.rbegin(); file != list->files.rend(); ++file) {
        if (file->upstream.file != upstream_file)
            continue;
        const auto answer = state_->with_map<clean_answer>(*file, [&](const mapped_file& in) {
            return clean_position_of(in, position, asked_for::reading);
        });
        if (answer.clean)
            return clean_coordinate{.file = file->name, .position = *answer.clean};
        if (!answer.covered)
            continue;
        const auto at = [&file](const std::optional<std::uint64_t>& there) {
            std::optional<rewrite::coordinate> neighbour;
            if (there) {
                neighbour = file->upstream;
                neighbour->position = *there;
            }
            return neighbour;
        };
        refused.before = at(answer.before);
        refused.after = at(answer.after);
        break;
    }
    return tl::unexpected(refused);
}

std::optional<store::clean_coordinate>
store::border_of(const std::string& upstream_file, std::uint64_t position) const
{
    const auto list = state_->published.files();
    for (auto file = list->files.rbegin(); file != list->files.rend(); ++file) {
        if (file->upstream.file != upstream_file)
            continue;
        const auto answer = state_->with_map<clean_answer>(*file, [&](const mapped_file& in) {
            return clean_position_of(in, position, asked_for::border);
        });
        if (answer.clean)
            return clean_coordinate{.file = file->name, .position = *answer.clean};
    }
    return std::nullopt;
}

}  // namespace proxy
