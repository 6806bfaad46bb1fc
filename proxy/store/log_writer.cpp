#include "proxy/store/log_writer.hpp"

#include "protocol/event.hpp"
#include "proxy/store/store.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>

namespace proxy {

namespace {

constexpr std::size_t chunk_size = std::size_t{256} << 10;

}  // namespace

log_writer::log_writer(std::filesystem::path path, protocol::checksum sum, std::uint64_t max_memory)
    : path_(std::move(path))
    , sum_(sum)
    , max_memory_(max_memory)
{}

log_writer log_writer::create(
    const std::filesystem::path& file, protocol::checksum sum, std::uint64_t max_memory
)
{
    log_writer made(file, sum, max_memory);
    made.file_ = std::make_shared<file_descriptor>(open_file(file, O_RDWR | O_CREAT | O_TRUNC));
    write_at(*made.file_, protocol::as_bytes(protocol::binlog_magic), 0);
    made.final_ = made.publishable_ = made.memory_begin_ = protocol::binlog_magic.size();
    return made;
}

log_writer log_writer::resume(
    const std::filesystem::path& file,
    protocol::checksum sum,
    std::uint64_t max_memory,
    std::uint64_t end,
    std::uint64_t existing
)
{
    log_writer made(file, sum, max_memory);
    made.file_ = std::make_shared<file_descriptor>(open_file(file, O_RDWR));
    made.final_ = made.publishable_ = made.memory_begin_ = end;
    made.existing_ = existing;
    return made;
}

void log_writer::append(protocol::byte_view event, bool intact)
{
    if (event.size() < protocol::event_header_size + protocol::checksum_size(sum_))
        throw store_error("an event shorter than its header was to be stored");
    if (memory_.size() >= max_memory_)
        spill();
    const std::size_t begin = memory_.size();
    memory_.insert(memory_.end(), event.begin(), event.end());

    std::uint8_t* const copy = memory_.data() + begin;
    const auto position = static_cast<std::uint32_t>(end());
    if (protocol::load<std::uint32_t>(copy + protocol::event_end_log_pos_offset) == position &&
        intact)
        return;
    protocol::store(copy + protocol::event_end_log_pos_offset, position);
    protocol::seal({copy, event.size()}, sum_);
}

void log_writer::patch(std::uint64_t at, std::size_t offset, protocol::byte_view bytes)
{
    if (at < publishable_ || at + protocol::event_header_size > end())
        throw store_error(fmt::format(
            "a patch of {}:{} was asked, which is not in the unpublished tail [{}, {})",
            path_.string(),
            at,
            publishable_,
            end()
        ));
    if (at < memory_begin_)
        return patch_on_disk(at, offset, bytes);

    const auto in_memory = std::span(memory_).subspan(static_cast<std::size_t>(at - memory_begin_));
    const std::size_t size = protocol::load_event_header(in_memory).size;
    if (size > in_memory.size() || offset > size || bytes.size() > size - offset)
        throw store_error(fmt::format("a patch of {}:{} leaves its event", path_.string(), at));
    std::ranges::copy(bytes, in_memory.subspan(offset).begin());
    protocol::seal(in_memory.first(size), sum_);
}

void log_writer::patch_on_disk(std::uint64_t at, std::size_t offset, protocol::byte_view bytes)
{
    std::array<std::uint8_t, protocol::event_header_size> header{};
    read_at(tail_file(), header, at);
    const std::size_t size = protocol::load_event_header(header).size;
    if (size > memory_begin_ - at || offset > size || bytes.size() > size - offset)
        throw store_error(fmt::format("a patch of {}:{} leaves its event", path_.string(), at));
    write_at(tail_file(), bytes, at + offset);
    if (sum_ == protocol::checksum::none || size < protocol::checksum_size(sum_))
        return;

    // In pieces: an event may be larger than we want to hold.
    std::uint64_t left = size - protocol::checksum_size(sum_);
    std::uint64_t from = at;
    std::uint32_t crc = 0;
    protocol::byte_buffer piece(static_cast<std::size_t>(std::min<std::uint64_t>(left, chunk_size))
    );
    while (left > 0) {
        const auto part = std::span(piece).first(
            static_cast<std::size_t>(std::min<std::uint64_t>(left, piece.size()))
        );
        read_at(tail_file(), part, from);
        crc = protocol::crc32(part, crc);
        from += part.size();
        left -= part.size();
    }
    std::array<std::uint8_t, 4> sealed{};
    protocol::store(sealed.data(), crc);
    write_at(tail_file(), sealed, from);
}

void log_writer::cut(std::uint64_t to)
{
    if (to < publishable_ || to > end())
        throw store_error(fmt::format(
            "a cut of {} to {} was asked, which is not in the unpublished tail [{}, {})",
            path_.string(),
            to,
            publishable_,
            end()
        ));
    if (to >= memory_begin_) {
        memory_.resize(static_cast<std::size_t>(to - memory_begin_));
        return;
    }
    cut_file(tail_file(), to);
    memory_.clear();
    memory_begin_ = to;
}

void log_writer::drop_memory(std::size_t size)
{
    memory_.erase(memory_.begin(), memory_.begin() + static_cast<std::ptrdiff_t>(size));
    memory_begin_ += size;
}

// A full disk is no error here: the tail stays in memory, whole, and the flush that follows reports
// it.
bool log_writer::spill()
{
    if (comparing() && !scratch_)
        scratch_ = open_scratch(path_.parent_path());
    if (write_some_at(tail_file(), memory_, memory_begin_) < memory_.size())
        return false;
    drop_memory(memory_.size());
    return true;
}

void log_writer::flush()
{
    if (comparing())
        compare(std::min(publishable_, existing_));
    if (scratch_)
        copy_from_scratch(std::min(publishable_, memory_begin_));

    if (publishable_ > memory_begin_ && !comparing()) {
        const auto due = static_cast<std::size_t>(publishable_ - memory_begin_);
        const std::size_t done =
            write_some_at(*file_, protocol::byte_view(memory_).first(due), memory_begin_);
        const int error = errno;
        drop_memory(done);
        final_ = memory_begin_;
        if (done < due) {
            errno = error;
            throw_errno("write " + path_.string());
        }
    }
    if (!comparing())
        final_ = std::max(final_, publishable_);
    if (scratch_ && memory_begin_ <= final_)
        scratch_ = file_descriptor();
    if (memory_.size() > max_memory_ && !spill())
        throw_errno("write " + path_.string());
}

void log_writer::compare(std::uint64_t to)
{
    protocol::byte_buffer there(chunk_size);
    protocol::byte_buffer spilled;
    while (final_ < to) {
        auto size = static_cast<std::size_t>(std::min<std::uint64_t>(to - final_, chunk_size));
        protocol::byte_view derived;
        if (final_ < memory_begin_) {
            size = static_cast<std::size_t>(std::min<std::uint64_t>(size, memory_begin_ - final_));
            spilled.resize(size);
            read_at(scratch_, spilled, final_);
            derived = spilled;
        } else {
            derived = protocol::byte_view(memory_).subspan(
                static_cast<std::size_t>(final_ - memory_begin_), size
            );
        }
        const auto stored = std::span(there).first(size);
        if (read_at(*file_, stored, final_) < size)
            throw store_error(fmt::format("{} became shorter while it was open", path_.string()));
        const auto [a, b] = std::ranges::mismatch(derived, stored);
        if (a != derived.end())
            throw store_error(fmt::format(
                "what the source sends now differs at {}:{} from what consumers were given. The "
                "source's log was changed, or a decision is missing. Stop the consumers, move the "
                "data folder away and start again",
                path_.string(),
                final_ + static_cast<std::uint64_t>(a - derived.begin())
            ));
        final_ += size;
    }
    if (final_ > memory_begin_)
        drop_memory(static_cast<std::size_t>(final_ - memory_begin_));
}

// What was spilled beside the file and is behind the compared part now becomes the file's.
void log_writer::copy_from_scratch(std::uint64_t to)
{
    protocol::byte_buffer piece(chunk_size);
    while (!comparing() && final_ < to) {
        const auto part = std::span(piece).first(
            static_cast<std::size_t>(std::min<std::uint64_t>(to - final_, chunk_size))
        );
        read_at(scratch_, part, final_);
        write_at(*file_, part, final_);
        final_ += part.size();
    }
}

}  // namespace proxy
