#include "proxy/store/recovery.hpp"

#include "proxy/store/event_walk.hpp"

#include <algorithm>
#include <fcntl.h>
#include <fmt/format.h>

namespace proxy {

namespace {

constexpr std::uint64_t index_limit_bytes = 256U << 20;
constexpr std::uint64_t checkpoint_limit_bytes = 1U << 30;
constexpr std::uint64_t first_position = protocol::binlog_magic.size();

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
    const std::filesystem::path& file,
    std::uint64_t limit,
    protocol::result<Value> (*parse)(protocol::byte_view)
)
{
    if (!std::filesystem::exists(file))
        return std::nullopt;
    auto parsed = parse(read_file(file, limit));
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
    bool has_head = false;  // FORMAT_DESCRIPTION and an event behind it
    protocol::gtid_set previous;
    std::uint64_t end = 0;        // whole events up to here
    std::uint64_t committed = 0;  // the last border in them
    protocol::gtid_set executed;  // of all transactions up to there
};

class recovery
{
public:
    recovery(std::filesystem::path folder, spdlog::logger& log)
        : folder_(std::move(folder))
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
    void keep_what_stands(std::uint64_t seen);
    void drop_from(std::size_t first);
    void remove_orphans() const;
    clean_file shown(const index_entry& entry, protocol::gtid_set previous) const;

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
    const file_descriptor file = open_file(path(entry), O_RDONLY);
    event_walk events(file, first_position, end, entry.sum, true);
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
    const file_descriptor file = open_file(path(entry), O_RDONLY);
    end = std::min(end, file_size(file));
    file_state state = read_head(entry, end);
    state.executed = state.previous;
    state.end = state.committed = first_position;
    transaction_tracker tracker;
    const auto go = [&](std::uint64_t to, bool verify) {
        event_walk events(file, state.end, to, entry.sum, verify);
        while (const auto event = events.next()) {
            state.end = events.position();
            const protocol::transaction_step step = tracker.on_event(*event, entry.sum);
            if (!step.abandons && !step.ends)
                continue;
            state.committed = step.ends ? state.end : event->at;
            if (tracker.ended().number != 0)
                state.executed.add(tracker.ended());
        }
    };
    if (trusted > first_position) {
        go(std::min(trusted, end), false);
        if (state.end != trusted)
            damaged(path(entry), fmt::format("no whole event follows position {}", state.end));
    }
    go(end, true);
    return state;
}

clean_file recovery::shown(const index_entry& entry, protocol::gtid_set previous) const
{
    return {
        .name = clean_name(entry),
        .path = path(entry).string(),
        .base = entry.base,
        .upstream = entry.upstream,
        .source = entry.source,
        .format_timestamp = entry.format_timestamp,
        .previous_gtids = std::move(previous),
        .checksums = entry.sum == protocol::checksum::crc32,
    };
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
    replace_file(folder_ / "index", to_bytes(index));
    for (const index_entry& entry : dropped) {
        log_.info("{}: nothing in it was published; it is made anew", clean_name(entry));
        remove_clean_file(path(entry));
    }
}

// Finds the end of what stands, from the border on, and cuts behind it.
void recovery::keep_what_stands(std::uint64_t seen)
{
    auto& index = result_.index;
    std::size_t kept = 0;
    for (; kept < index.size(); ++kept) {
        const index_entry& entry = index[kept];
        const bool last = kept + 1 == index.size();
        const std::uint64_t next_base = last ? ~std::uint64_t{0} : index[kept + 1].base;
        if (entry.base >= seen)
            break;
        if (!std::filesystem::exists(path(entry)))
            damaged(path(entry), "it is missing");
        if (next_base < result_.border) {
            const file_state head = read_head(entry, next_base - entry.base);
            if (!head.has_head)
                damaged(path(entry), "its first events cannot be read");
            result_.files.files.push_back(shown(entry, head.previous));
            continue;
        }

        const std::uint64_t trusted = result_.border > entry.base ? result_.border - entry.base : 0;
        const std::uint64_t end = std::min(seen, next_base) - entry.base;
        const bool cut_here = last || index[kept + 1].base >= seen;
        file_state state = walk(entry, trusted, end);
        if (!state.has_head)
            break;
        result_.files.files.push_back(shown(entry, std::move(state.previous)));
        result_.end = entry.base + state.end;
        result_.committed = entry.base + state.committed;
        result_.executed = std::move(state.executed);
        if (cut_here || state.end < end) {
            if (state.end < end)
                log_.warn(
                    "{}: bytes from {} on did not reach the disk; they are derived anew",
                    clean_name(entry),
                    state.end
                );
            const file_descriptor file = open_file(path(entry), O_RDWR);
            cut_file(file, state.end);
            ++kept;
            break;
        }
    }
    drop_from(kept);
}

// Clean files that retention took from the index and that a crash kept in the folder.
void recovery::remove_orphans() const
{
    for (const auto& found : std::filesystem::directory_iterator(folder_)) {
        std::filesystem::path name = found.path().filename();
        if (name.extension() == ".map")
            name = name.stem();
        const std::string text = name.string();
        const auto is_named = [&text](const index_entry& entry) {
            return clean_name(entry) == text;
        };
        const auto same_base = [&name](const index_entry& entry) {
            return entry.base_name == name.stem().string();
        };
        if (rewrite::file_number(text) >= clean_number_base &&
            std::ranges::any_of(result_.index, same_base) &&
            std::ranges::none_of(result_.index, is_named))
            std::filesystem::remove(found.path());
    }
}

std::optional<recovered> recovery::run(std::optional<std::uint64_t> seen)
{
    auto index = load(folder_ / "index", index_limit_bytes, parse_index);
    result_.from = load(folder_ / "checkpoint", checkpoint_limit_bytes, parse_checkpoint);
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
    keep_what_stands(std::max(seen.value_or(0), result_.border));
    if (result_.index.empty())
        return std::nullopt;
    remove_orphans();
    return std::move(result_);
}

}  // namespace

std::optional<recovered>
recover(const std::filesystem::path& folder, std::optional<std::uint64_t> seen, spdlog::logger& log)
{
    return recovery(folder, log).run(seen);
}

std::filesystem::path map_path(const std::filesystem::path& clean_file)
{
    std::filesystem::path map = clean_file;
    map += ".map";
    return map;
}

void remove_clean_file(const std::filesystem::path& file)
{
    std::filesystem::remove(file);
    std::filesystem::remove(map_path(file));
}

}  // namespace proxy
