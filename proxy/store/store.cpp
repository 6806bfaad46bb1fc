#include "proxy/store/store.hpp"

#include "proxy/store/file_io.hpp"
#include "proxy/store/index.hpp"
#include "proxy/store/log_writer.hpp"
#include "proxy/store/published_end.hpp"
#include "proxy/store/syncer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

namespace proxy {

namespace {

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
    std::optional<ledger> decisions;
    std::optional<published_end> seen;
    std::optional<syncer> sync;

    std::vector<index_entry> index;  // the current file last
    file_list files;                 // of the index, those that sessions know
    std::optional<log_writer> writer;
    clean_file current;
    source_identity identity;
    head current_head = head::empty;
    std::uint64_t committed = 0;  // in the current file
    std::vector<protocol::gtid> committed_gtids;

    state(store_options chosen, spdlog::logger& to) : options(std::move(chosen)), log(to) {}

    std::filesystem::path path(const std::string& name) const { return options.folder / name; }

    index_entry next_entry(const std::string& upstream_file) const;
    void on_event(protocol::byte_view event);
    void on_commit(const rewrite::commit& done);
    void show_current();
};

store::store(store_options options, spdlog::logger& log)
    : state_(std::make_unique<state>(std::move(options), log))
{}
store::~store() = default;

resume_point store::open()
{
    state& my = *state_;
    std::filesystem::create_directories(my.options.folder);
    my.lock = open_file(my.path("lock"), O_RDWR | O_CREAT);
    if (::flock(my.lock.get(), LOCK_EX | LOCK_NB) != 0)
        throw store_error(fmt::format(
            "the data folder {} is in use by another unghost", my.options.folder.string()
        ));
    my.decisions.emplace(my.path("ledger"));
    my.seen.emplace(my.path("published"));
    my.sync.emplace(my.options.sync_interval, my.log);
    my.seen->store(0);
    return {};
}

index_entry store::state::next_entry(const std::string& upstream_file) const
{
    const std::size_t dot = upstream_file.rfind('.');
    const std::uint64_t upstream_number = rewrite::file_number(upstream_file);
    if (dot == std::string::npos || dot == 0 || upstream_number == 0)
        throw store_error(
            fmt::format("{} is not the name of a binlog file: it has no number", upstream_file)
        );
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
    if (writer)
        entry.base = current.base + writer->final_end();
    return entry;
}

std::string store::next_file_name(const std::string& upstream_file) const
{
    return clean_name(state_->next_entry(upstream_file));
}

void store::begin_file(const source_identity& from, const rewrite::coordinate& at, bool checksums)
{
    state& my = *state_;
    if (my.writer) {
        flush();
        if (my.writer->end() != my.writer->final_end())
            throw store_error(fmt::format(
                "the source began {} inside a transaction of {}", from.file, my.identity.file
            ));
    }
    index_entry entry = my.next_entry(from.file);
    entry.upstream = at;
    entry.source = from.server_uuid;
    entry.format_timestamp = from.format_timestamp;
    entry.sum = checksums ? protocol::checksum::crc32 : protocol::checksum::none;

    // The file first: an index names only files that are there.
    const std::string name = clean_name(entry);
    log_writer next = log_writer::create(my.path(name), entry.sum, my.options.max_tail_memory);
    std::vector<index_entry> index = my.index;
    index.push_back(entry);
    replace_file(my.path("index"), to_bytes(index));

    my.index = std::move(index);
    my.writer.emplace(std::move(next));
    my.current = {
        .name = name,
        .path = my.path(name).string(),
        .base = entry.base,
        .upstream = at,
        .source = from.server_uuid,
        .format_timestamp = from.format_timestamp,
        .previous_gtids = {},
        .checksums = checksums,
    };
    my.identity = from;
    my.current_head = head::empty;
    my.committed = my.writer->final_end();
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

void store::state::on_commit(const rewrite::commit& done)
{
    writer->mark_publishable();
    committed = writer->end();
    if (done.id.number != 0)
        committed_gtids.push_back(done.id);
}

void store::apply(const rewrite::outputs& from)
{
    state& my = *state_;
    if (!my.writer)
        throw store_error("events before the first file");
    for (const rewrite::output& one : from.list) {
        if (const auto* added = std::get_if<rewrite::append>(&one)) {
            if (my.current_head != head::complete)
                my.on_event(added->event);
            my.writer->append(added->event, added->intact);
        } else if (const auto* changed = std::get_if<rewrite::patch>(&one)) {
            my.writer->patch(changed->event_at, changed->offset, changed->bytes);
        } else if (const auto* back = std::get_if<rewrite::cut>(&one)) {
            my.writer->cut(back->to);
        } else if (const auto* done = std::get_if<rewrite::commit>(&one)) {
            my.on_commit(*done);
        } else {
            my.writer->mark_publishable();
        }
    }
}

// The current file enters the list that sessions have.
void store::state::show_current()
{
    if (!files.files.empty() && files.files.back().name == current.name)
        return;
    files.files.push_back(current);
    auto executed = published.executed();
    executed.add(current.previous_gtids);
    published.set_executed(std::move(executed));
    published.set_files(files);
}

void store::flush()
{
    state& my = *state_;
    if (!my.writer)
        return;
    my.writer->flush();
    if (my.current_head != head::complete)
        return;
    const std::uint64_t end = my.current.base + my.writer->final_end();
    if (end <= my.published.end())
        return;
    my.sync->changed(my.writer->file());
    my.show_current();
    // In this order: what recovery holds for seen is never less than what was seen.
    my.seen->store(end);
    my.published.publish(end, my.current.base + my.committed);
    if (!my.committed_gtids.empty()) {
        my.published.add_executed(my.committed_gtids);
        my.committed_gtids.clear();
    }
}

void store::note_gtid(const protocol::gtid& id)
{
    state_->committed_gtids.push_back(id);
}

void store::save_checkpoint(const rewrite::coordinate&, protocol::byte_view) {}

bool store::replaying() const
{
    return false;
}

void store::remove_old_files(std::uint64_t) {}

std::uint64_t store::stored_bytes() const
{
    const state& my = *state_;
    if (!my.writer)
        return 0;
    return my.current.base + my.writer->final_end() - my.index.front().base;
}

ledger& store::decisions()
{
    return *state_->decisions;
}

publication& store::published()
{
    return state_->published;
}

std::optional<rewrite::coordinate> store::upstream_of(const clean_coordinate&) const
{
    return std::nullopt;
}

tl::expected<store::clean_coordinate, store::untranslatable>
store::clean_of(const std::string&, std::uint64_t) const
{
    return tl::unexpected(untranslatable{.before = {}, .after = {}});
}

}  // namespace proxy
