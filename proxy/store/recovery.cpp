#include "proxy/store/recovery.hpp"

#include "proxy/store/event_walk.hpp"
#include "proxy/store/store_error.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace proxy {

namespace {

constexpr std::uint64_t index_limit_bytes = 256U << 20;
constexpr std::uint64_t checkpoint_limit_bytes = 1U << 30;

[[noreturn]] void damaged(const std::filesystem::path& file, const std::string& why)
{
    throw store_error(fmt::format(
        "{} is damaged: {}. All of the data folder but the ledger comes from the source: move "
        "everything in {} except the files named ledger* away and start again; consumers go on by "
        "GTID, or are told their new position by `unghost position`",
        file.string(),
        why,
        file.parent_path().string()
    ));
}

template <class Value>
std::optional<Value> load(
    disk& on,
    const std::filesystem::path& file,
    std::uint64_t limit,
    protocol::result<Value> (*parse)(protocol::byte_view)
)
{
    if (!value_of(on.exists(file)))
        return std::nullopt;
    auto parsed = parse(value_of(read_file(on, file, limit)));
    if (parsed)
        return *std::move(parsed);
    if (parsed.error() == protocol::errc::unsupported)
        throw store_error(fmt::format("{} was written by another version of unghost", file.string())
        );
    damaged(file, make_error_code(parsed.error()).message());
}

// What was to be learned of one file.
struct file_state
{
    bool has_head = false;  // FORMAT_DESCRIPTION and an event after it
    protocol::gtid_set previous;
    std::uint64_t end = 0;        // whole events up to here
    std::uint64_t committed = 0;  // the last border in them
    protocol::gtid_set executed;  // of all transactions up to there
    std::uint32_t newest = 0;     // timestamp of the last event that has one
    protocol::gtid_set trusted;   // as `executed`, where what is trusted ends
    bool anonymous = false;       // transactions without a GTID come after that
};

class recovery
{
public:
    recovery(disk& on, std::filesystem::path folder, spdlog::logger& log)
        : on_(on)
        , folder_(std::move(folder))
        , log_(log)
    {}
    std::optional<recovered> run(std::optional<std::uint64_t> seen);

private:
    std::filesystem::path path(const index_entry& entry) const
    {
        return folder_ / clean_name(entry);
    }
    std::uint64_t find_border(const std::vector<index_entry>& index, const checkpoint& saved) const;
    file_state read_head(const index_entry& entry, std::uint64_t end) const;
    file_state walk(const index_entry& entry, std::uint64_t trusted, std::uint64_t end) const;
    void replace_index();
    void forget_removed();
    void keep_old(const index_entry& entry, std::uint64_t size);
    bool keep_new(const index_entry& entry, std::uint64_t end, bool cut_here);
    void keep_what_is_whole(std::uint64_t seen);
    void drop_from(std::size_t first);
    void remove_orphans() const;
    void show(const index_entry& entry, const protocol::gtid_set& previous);

    disk& on_;
    std::filesystem::path folder_;
    spdlog::logger& log_;
    recovered result_;
};

std::uint64_t
recovery::find_border(const std::vector<index_entry>& index, const checkpoint& saved) const
{
    const auto entry = std::ranges::find(index, saved.number, &index_entry::number);
    if (entry == index.end())
        damaged(folder_ / "checkpoint", "it names a file that the index does not know");
    return entry->base + saved.clean_end;
}

// FORMAT_DESCRIPTION and PREVIOUS_GTIDS.
file_state recovery::read_head(const index_entry& entry, std::uint64_t end) const
{
    const auto file = value_of(on_.open(path(entry), open_as::reading));
    event_walk events(*file, protocol::first_position, end, entry.sum, walk_check::checksums);
    file_state head;
    const auto format = events.next();
    if (!format || format->header.type != protocol::event_type::format_description)
        return head;
    const auto second = events.next();
    if (!second)
        return head;
    head.has_head = true;
    if (second->header.type != protocol::event_type::previous_gtids)
        return head;
    const auto whole = protocol::parse_event(second->bytes, entry.sum);
    auto previous = whole ? protocol::parse_gtid_set_binary(whole->body)
                          : protocol::result<protocol::gtid_set>(tl::unexpected(whole.error()));
    if (!previous)
        damaged(path(entry), "its PREVIOUS_GTIDS cannot be read");
    head.previous = *std::move(previous);
    return head;
}

// All of a file. Up to `trusted` it was brought to the disk before the checkpoint said so.
file_state recovery::walk(const index_entry& entry, std::uint64_t trusted, std::uint64_t end) const
{
    const auto file = value_of(on_.open(path(entry), open_as::reading));
    end = std::min(end, value_of(file->size()));
    file_state state = read_head(entry, end);
    state.executed = state.previous;
    state.end = state.committed = protocol::first_position;
    transaction_tracker tracker;
    const auto go = [&](std::uint64_t to, walk_check check) {
        event_walk events(*file, state.end, to, entry.sum, check);
        while (const auto event = events.next()) {
            state.end = events.position();
            state.anonymous |= event->header.type == protocol::event_type::anonymous_gtid;
            if (event->header.timestamp != 0)
                state.newest = event->header.timestamp;
            const protocol::transaction_step step = tracker.on_event(*event, entry.sum);
            if (!step.abandons && !step.ends)
                continue;
            state.committed = step.ends ? state.end : event->at;
            if (tracker.ended().number != 0)
                state.executed.add(tracker.ended());
        }
    };
    if (trusted > protocol::first_position) {
        go(std::min(trusted, end), walk_check::sizes);
        if (state.end != trusted)
            damaged(path(entry), fmt::format("no whole event follows position {}", state.end));
    }
    state.trusted = state.executed;
    state.anonymous = false;
    go(end, walk_check::checksums);
    return state;
}

void recovery::show(const index_entry& entry, const protocol::gtid_set& previous)
{
    result_.files.add(catalog(on_, folder_).shown(entry), previous);
}

void recovery::replace_index()
{
    value_of(replace_file(on_, folder_ / "index", to_bytes(result_.index)));
}

void recovery::drop_from(std::size_t first)
{
    auto& index = result_.index;
    if (first == index.size())
        return;
    const std::vector<index_entry> dropped(
        index.begin() + static_cast<std::ptrdiff_t>(first), index.end()
    );
    index.resize(first);
    replace_index();
    for (const index_entry& entry : dropped) {
        log_.info("{}: nothing in it was published; it is made again", clean_name(entry));
        value_of(remove_clean_file(on_, path(entry)));
    }
}

// Retention deletes the oldest files first and then takes them from the index.
void recovery::forget_removed()
{
    auto& index = result_.index;
    std::size_t gone = 0;
    while (result_.from && gone < index.size() && index[gone].number < result_.from->number &&
           !value_of(on_.exists(path(index[gone]))))
        ++gone;
    if (gone == 0)
        return;
    log_.warn(
        "{} to {}: not in the folder any more, removed by retention or by hand; the log begins "
        "after them now",
        clean_name(index.front()),
        clean_name(index[gone - 1])
    );
    for (std::size_t i = 0; i < gone; ++i)
        value_of(remove_clean_file(on_, path(index[i])));
    index.erase(index.begin(), index.begin() + static_cast<std::ptrdiff_t>(gone));
    replace_index();
}

// A file before the checkpoint: all of it was on the disk, and is not read now but for its head.
void recovery::keep_old(const index_entry& entry, std::uint64_t size)
{
    const auto file = value_of(on_.open(path(entry), open_as::reading));
    const std::uint64_t there = value_of(file->size());
    if (there < size)
        damaged(path(entry), fmt::format("it has {} bytes and must have {}", there, size));
    if (there > size) {
        log_.warn("{}: {} bytes after its end are cut off", clean_name(entry), there - size);
        value_of(value_of(on_.open(path(entry), open_as::writing))->truncate(size));
    }
    const file_state head = read_head(entry, size);
    if (!head.has_head)
        damaged(path(entry), "its first events cannot be read");
    show(entry, head.previous);
}

// False: the log ends in this file, or before it.
bool recovery::keep_new(const index_entry& entry, std::uint64_t end, bool cut_here)
{
    const std::uint64_t trusted = result_.border > entry.base ? result_.border - entry.base : 0;
    file_state state = walk(entry, trusted, end);
    if (!state.has_head)
        return false;
    show(entry, state.previous);
    if (trusted > 0 || entry == result_.index.front())
        result_.known = std::move(state.trusted);
    result_.anonymous |= state.anonymous;
    result_.end = entry.base + state.end;
    result_.committed = entry.base + state.committed;
    result_.executed = std::move(state.executed);
    if (state.newest != 0)
        result_.newest = state.newest;
    if (!cut_here && state.end == end)
        return true;
    if (state.end < end)
        log_.warn(
            "{}: bytes from {} on did not reach the disk; they are derived again",
            clean_name(entry),
            state.end
        );
    const auto file = value_of(on_.open(path(entry), open_as::writing));
    if (value_of(file->size()) != state.end)
        value_of(file->truncate(state.end));
    return false;
}

// Finds the end of what is whole, from the border on, and cuts after it.
void recovery::keep_what_is_whole(std::uint64_t seen)
{
    const auto& index = result_.index;
    std::size_t kept = 0;
    for (bool more = true; more && kept < index.size();) {
        const index_entry& entry = index[kept];
        const bool last = kept + 1 == index.size();
        const std::uint64_t next_base = last ? ~std::uint64_t{0} : index[kept + 1].base;
        if (entry.base >= seen)
            break;
        if (!value_of(on_.exists(path(entry))))
            damaged(path(entry), "it is missing");
        if (next_base < result_.border)
            keep_old(entry, next_base - entry.base);
        else
            more = keep_new(entry, std::min(seen, next_base) - entry.base, next_base >= seen);
        if (more || result_.files.find(clean_name(entry)) != nullptr)
            ++kept;
    }
    drop_from(kept);
}

// Clean files that are in the folder and not in the index: retention, or the beginning of a file,
// was broken off.
void recovery::remove_orphans() const
{
    for (const std::filesystem::path& file : value_of(on_.list(folder_))) {
        std::filesystem::path name = file.filename();
        if (name.extension() == ".map")
            name = name.stem();
        const std::string text = name.string();
        const auto is_named = [&text](const index_entry& entry) {
            return clean_name(entry) == text;
        };
        const auto same_base = [&name](const index_entry& entry) {
            return entry.base_name == name.stem().string();
        };
        if (rewrite::file_number(text) < clean_number_base ||
            std::ranges::none_of(result_.index, same_base) ||
            std::ranges::any_of(result_.index, is_named))
            continue;
        if (const auto removed = on_.remove(file))
            log_.info("{}: not in the index; removed", file.filename().string());
        else
            log_.warn("{}: not in the index; {}", file.string(), removed.error().text);
    }
}

std::optional<recovered> recovery::run(std::optional<std::uint64_t> seen)
{
    auto index = load(on_, folder_ / "index", index_limit_bytes, parse_index);
    result_.from = load(on_, folder_ / "checkpoint", checkpoint_limit_bytes, parse_checkpoint);
    if (!index && result_.from)
        damaged(folder_ / "index", "it is missing");
    if (!index || index->empty())
        return std::nullopt;
    result_.index = *std::move(index);
    // A checkpoint comes after the disk has its bytes; `published` may be older than it.
    result_.border = result_.from ? find_border(result_.index, *result_.from) : 0;
    if (!seen)
        log_.warn(
            "{} is missing: the log goes on at its checkpoint", (folder_ / "published").string()
        );
    forget_removed();
    keep_what_is_whole(std::max(seen.value_or(0), result_.border));
    if (result_.index.empty())
        return std::nullopt;
    remove_orphans();
    return std::move(result_);
}

}  // namespace

disk_result<std::optional<recovered>> recover(
    disk& on,
    const std::filesystem::path& folder,
    std::optional<std::uint64_t> seen,
    spdlog::logger& log
)
{
    return or_problem([&] { return recovery(on, folder, log).run(seen); });
}

}  // namespace proxy
