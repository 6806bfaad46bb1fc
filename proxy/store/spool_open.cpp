#include "protocol/control_event.hpp"
#include "proxy/store/spool.hpp"

#include <algorithm>
#include <charconv>

namespace proxy {

namespace {

using protocol::byte_buffer;
using protocol::byte_view;
using protocol::event_header_size;

constexpr std::size_t largest_format = 64U << 10;

struct file_place
{
    rewrite::coordinate begin;
    bool is_right = false;
};

// EPOCH-POSITION-FILE.
file_place place_of(const std::string& name)
{
    file_place found;
    const char* const end = name.data() + name.size();
    const auto epoch = std::from_chars(name.data(), end, found.begin.epoch);
    if (epoch.ec != std::errc() || epoch.ptr == end || *epoch.ptr != '-')
        return found;
    const auto position = std::from_chars(epoch.ptr + 1, end, found.begin.position);
    if (position.ec != std::errc() || position.ptr == end || *position.ptr != '-')
        return found;
    found.begin.file.assign(position.ptr + 1, end);
    found.is_right = found.begin.position >= protocol::first_position &&
                     rewrite::file_number(found.begin.file) != 0;
    return found;
}

// Largest ROTATE or STOP: header, position, a file's name, checksum.
constexpr std::size_t largest_ending = event_header_size + 8 + 512 + 4;

}  // namespace

bool spool::is_whole(
    byte_view bytes,
    std::uint64_t position,
    protocol::checksum sum,
    const protocol::large_bytes* large
)
{
    const auto parsed = protocol::parse_event(bytes, sum);
    if (!parsed ||
        parsed->header.end_log_pos != static_cast<std::uint32_t>(position + bytes.size()))
        return false;
    // A FORMAT_DESCRIPTION has one in any case, but need not have it right where others have none.
    return sum == protocol::checksum::none || protocol::checksum_is_right(bytes, large);
}

// ---- what an earlier process left

disk_result<> spool::open()
{
    files_.clear();
    waiting_.clear();
    bytes_ = 0;
    const auto there = on_.exists(folder_);
    if (!there)
        return tl::unexpected(there.error());
    if (!*there)
        return {};
    auto names = on_.list(folder_);
    if (!names)
        return tl::unexpected(names.error());
    std::vector<std::pair<rewrite::coordinate, std::filesystem::path>> found;
    for (std::filesystem::path& file : *names)
        if (file_place at = place_of(file.filename().string()); at.is_right)
            found.emplace_back(std::move(at.begin), std::move(file));
    std::ranges::sort(found, [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [begin, file] : found) {
        const auto taken = take(file);
        if (!taken)
            return tl::unexpected(taken.error());
        // Left there it could be taken for a part of a later spool.
        if (!*taken)
            if (auto done = on_.remove(file); !done)
                return done;
    }
    return cut_torn_end();
}

// False: it cannot be read, or does not follow on what was taken before.
disk_result<bool> spool::take(const std::filesystem::path& file)
{
    const auto found = find(file);
    if (!found)
        return tl::unexpected(found.error());
    const std::optional<part>& one = *found;
    if (!one)
        return false;
    if (!files_.empty()) {
        const auto right = follows(one->begin);
        if (!right || !*right)
            return right;
    }
    bytes_ += one->size;
    files_.push_back(*one);
    return true;
}

// What has a successor was on the disk before that was made. Another file of the source follows
// only where its last one says that it ends: whatever is missing in between is missing at its end.
// A source that crashed says nothing, and is asked again.
disk_result<bool> spool::follows(const rewrite::coordinate& begin)
{
    const rewrite::coordinate last = end();
    if (begin.epoch != last.epoch)
        return false;
    if (begin.file == last.file)
        return begin.position == last.position;
    if (!(last < begin) || begin.position != protocol::first_position)
        return false;
    const part& before = files_.back();
    const auto opened = on_.open(path_of(before), open_as::reading);
    if (!opened)
        return tl::unexpected(opened.error());
    byte_buffer tail(std::min<std::uint64_t>(before.size, largest_ending));
    const auto got = (*opened)->read(tail, before.head + before.size - tail.size());
    if (!got)
        return tl::unexpected(got.error());
    tail.resize(*got);
    for (std::size_t size = event_header_size; size <= tail.size(); ++size) {
        const byte_view event = byte_view(tail).last(size);
        const protocol::event_header header = protocol::load_event_header(event);
        const bool ends = header.type == protocol::event_type::rotate ||
                          header.type == protocol::event_type::stop;
        if (ends && header.size == size && is_whole(event, last.position - size, before.sum))
            return true;
    }
    return false;
}

disk_result<> spool::cut_torn_end()
{
    if (files_.empty())
        return {};
    part& last = files_.back();
    const auto opened = on_.open(path_of(last), open_as::reading);
    if (!opened)
        return tl::unexpected(opened.error());
    const auto whole = whole_events(last, **opened);
    if (!whole)
        return tl::unexpected(whole.error());
    bytes_ -= last.size - *whole;
    last.size = *whole;
    return {};
}

// Nothing: it cannot be read. Its size is the file's.
disk_result<std::optional<spool::part>> spool::find(const std::filesystem::path& file)
{
    part one{.begin = place_of(file.filename().string()).begin};
    const auto opened = on_.open(file, open_as::reading);
    if (!opened)
        return tl::unexpected(opened.error());
    byte_buffer start(protocol::first_position + largest_format);
    const auto got = (*opened)->read(start, 0);
    if (!got)
        return tl::unexpected(got.error());
    const byte_view bytes = byte_view(start).first(*got);
    if (bytes.size() < protocol::first_position + event_header_size ||
        protocol::as_text(bytes.first(protocol::first_position)) != protocol::binlog_magic)
        return std::nullopt;
    const byte_view rest = bytes.subspan(protocol::first_position);
    const std::uint32_t size = protocol::load_event_header(rest).size;
    if (size > rest.size())
        return std::nullopt;
    const auto format = protocol::parse_format_description(rest.first(size));
    if (!format)
        return std::nullopt;
    one.sum = format->sum;
    one.head = protocol::first_position;
    if (one.begin.position != protocol::first_position)
        one.head += size;
    const auto all = (*opened)->size();
    if (!all)
        return tl::unexpected(all.error());
    one.size = *all - one.head;
    one.format_timestamp = protocol::load_event_header(rest).timestamp;
    return one;
}

disk_result<std::uint64_t> spool::whole_events(const part& one, const disk_file& file) const
{
    const auto size = file.size();
    if (!size)
        return tl::unexpected(size.error());
    std::uint64_t end = 0;
    byte_buffer bytes;
    for (;;) {
        bytes.resize(event_header_size);
        const auto got = file.read(bytes, one.head + end);
        if (!got)
            return tl::unexpected(got.error());
        if (*got < event_header_size)
            return end;
        const std::uint64_t whole = protocol::load_event_header(bytes).size;
        if (whole < event_header_size || one.head + end + whole > *size)
            return end;
        const std::uint64_t position = one.begin.position + end;
        if (whole >= large_event) {
            const auto mapped = mapped_bytes::make(file, one.head + end, whole);
            if (!mapped)
                return tl::unexpected(mapped.error());
            if (!is_whole((*mapped)->view(), position, one.sum, mapped->get()))
                return end;
        } else {
            bytes.resize(whole);
            if (const auto all = file.read(bytes, one.head + end); !all)
                return tl::unexpected(all.error());
            if (!is_whole(bytes, position, one.sum))
                return end;
        }
        end += whole;
    }
}

}  // namespace proxy
