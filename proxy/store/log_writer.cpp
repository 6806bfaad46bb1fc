#include "proxy/store/log_writer.hpp"

#include "protocol/event.hpp"
#include "proxy/store/store_error.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace proxy {

namespace {

constexpr std::size_t chunk_size = std::size_t{256} << 10;

std::size_t chunk_of(std::uint64_t left)
{
    return static_cast<std::size_t>(std::min<std::uint64_t>(left, chunk_size));
}

[[noreturn]] void throw_shorter(const disk_file& file)
{
    throw store_error(fmt::format("{} became shorter while it was open", file.path().string()));
}

// Fills all of it; less is a problem, as these bytes were written before.
disk_result<> read_all(const disk_file& file, std::span<std::uint8_t> to, std::uint64_t offset)
{
    const auto got = file.read(to, offset);
    if (!got)
        return tl::unexpected(got.error());
    if (*got < to.size())
        throw_shorter(file);
    return {};
}

}  // namespace

log_writer::log_writer(
    disk& on,
    std::shared_ptr<const disk_file> file,
    protocol::checksum sum,
    std::uint64_t max_memory,
    std::uint64_t end
)
    : on_(&on)
    , sum_(sum)
    , max_memory_(max_memory)
    , file_(std::move(file))
    , final_(end)
    , publishable_(end)
    , touched_end_(end)
    , memory_begin_(end)
{}

disk_result<log_writer> log_writer::create(
    disk& on, const std::filesystem::path& file, protocol::checksum sum, std::uint64_t max_memory
)
{
    auto opened = on.open(file, open_as::empty);
    if (!opened)
        return tl::unexpected(opened.error());
    if (auto done = (*opened)->write(protocol::as_bytes(protocol::binlog_magic), 0); !done)
        return tl::unexpected(done.error());
    return log_writer(on, *std::move(opened), sum, max_memory, protocol::first_position);
}

disk_result<log_writer> log_writer::resume(
    disk& on,
    const std::filesystem::path& file,
    protocol::checksum sum,
    std::uint64_t max_memory,
    std::uint64_t end,
    std::uint64_t existing
)
{
    auto opened = on.open(file, open_as::writing);
    if (!opened)
        return tl::unexpected(opened.error());
    log_writer writer(on, *std::move(opened), sum, max_memory, end);
    writer.existing_ = existing;
    return writer;
}

void log_writer::append(
    protocol::byte_view event, event_seal seal, const protocol::large_bytes* large
)
{
    if (event.size() < protocol::event_header_size + protocol::checksum_size(sum_))
        throw store_error("an event shorter than its header was to be stored");
    if (large != nullptr && append_large(event, seal, *large))
        return;
    if (memory_.size() >= max_memory_)
        (void)spill();  // without room the tail stays in memory, whole, and flush() says why
    const std::size_t begin = memory_.size();
    memory_.insert(memory_.end(), event.begin(), event.end());

    std::uint8_t* const copy = memory_.data() + begin;
    const auto position = static_cast<std::uint32_t>(end());
    if (protocol::load<std::uint32_t>(copy + protocol::event_end_log_pos_offset) == position &&
        seal == event_seal::intact)
        return;
    protocol::store(copy + protocol::event_end_log_pos_offset, position);
    protocol::seal({copy, event.size()}, sum_);
}

// The same on disk, in pieces.
disk_result<> log_writer::append_large(
    protocol::byte_view event, event_seal seal, const protocol::large_bytes& of
)
{
    if (auto done = spill(); !done)
        return done;
    const std::uint64_t begin = end();
    const auto position = static_cast<std::uint32_t>(begin + event.size());
    std::array<std::uint8_t, protocol::event_header_size> header{};
    std::ranges::copy(event.first(header.size()), header.begin());
    const bool moved =
        protocol::load<std::uint32_t>(header.data() + protocol::event_end_log_pos_offset) !=
        position;
    protocol::store(header.data() + protocol::event_end_log_pos_offset, position);
    if (!scratch_)
        touched_end_ = std::max(touched_end_, begin + event.size());

    disk_result<> done = tail_file().write(header, begin);
    std::uint64_t at = begin + header.size();
    std::uint32_t sum = protocol::crc32(header);
    const auto write = [&](protocol::byte_view piece) {
        done = tail_file().write(piece, at);
        at += piece.size();
        sum = protocol::crc32(piece, sum);
        return done.has_value();
    };
    const protocol::byte_view written_sum = event.last(protocol::checksum_size(sum_));
    if (!done ||
        !protocol::in_pieces(
            event.subspan(header.size(), event.size() - header.size() - written_sum.size()),
            &of,
            write
        ))
        return done;
    std::array<std::uint8_t, 4> made{};
    protocol::store(made.data(), sum);
    const bool is_right = seal == event_seal::intact && !moved;
    done = tail_file().write(
        is_right ? written_sum : protocol::byte_view(made).first(written_sum.size()), at
    );
    if (done)
        memory_begin_ = begin + event.size();
    return done;
}

void log_writer::refuse(const char* what, std::uint64_t at) const
{
    throw store_error(fmt::format(
        "a {} at {}:{} was asked, which is not in the unpublished tail [{}, {})",
        what,
        file_->path().string(),
        at,
        publishable_,
        end()
    ));
}

void log_writer::patch(std::uint64_t at, std::size_t offset, protocol::byte_view bytes)
{
    if (at < publishable_ || at + protocol::event_header_size > end())
        refuse("patch", at);
    if (at < memory_begin_) {
        patches_.push_back(
            {.at = at, .offset = offset, .bytes = protocol::byte_buffer(bytes.begin(), bytes.end())}
        );
        (void)patch_spilled();
        return;
    }
    const auto in_memory = std::span(memory_).subspan(static_cast<std::size_t>(at - memory_begin_));
    const std::size_t size = protocol::load_event_header(in_memory).size;
    if (size > in_memory.size() || offset > size || bytes.size() > size - offset)
        refuse("patch that leaves its event", at);
    std::ranges::copy(bytes, in_memory.subspan(offset).begin());
    protocol::seal(in_memory.first(size), sum_);
}

disk_result<> log_writer::patch_spilled()
{
    while (!patches_.empty()) {
        if (auto done = carry_out(patches_.front()); !done)
            return done;
        patches_.erase(patches_.begin());
    }
    return {};
}

disk_result<> log_writer::carry_out(const spilled_patch& one)
{
    std::array<std::uint8_t, protocol::event_header_size> header{};
    if (auto done = read_all(tail_file(), header, one.at); !done)
        return done;
    const std::size_t size = protocol::load_event_header(header).size;
    if (size > memory_begin_ - one.at || one.offset > size || one.bytes.size() > size - one.offset)
        refuse("patch that leaves its event", one.at);
    if (auto done = tail_file().write(one.bytes, one.at + one.offset); !done)
        return done;
    return seal_spilled(one.at, size);
}

disk_result<> log_writer::seal_spilled(std::uint64_t at, std::size_t size)
{
    if (sum_ == protocol::checksum::none || size < protocol::checksum_size(sum_))
        return {};
    const std::uint64_t covered = size - protocol::checksum_size(sum_);
    const auto crc = crc32_of(tail_file(), at, covered);
    if (!crc)
        return tl::unexpected(crc.error());
    const std::optional<std::uint32_t>& made = *crc;
    if (!made)
        throw_shorter(tail_file());
    std::array<std::uint8_t, 4> sealed{};
    protocol::store(sealed.data(), *made);
    return tail_file().write(sealed, at + covered);
}

// On disk the tail's end goes away later: with trim(), or under what is written over it.
void log_writer::cut(std::uint64_t to)
{
    if (to < publishable_ || to > end())
        refuse("cut", to);
    std::erase_if(patches_, [to](const spilled_patch& one) { return one.at >= to; });
    if (to >= memory_begin_) {
        memory_.resize(static_cast<std::size_t>(to - memory_begin_));
        return;
    }
    memory_.clear();
    memory_begin_ = to;
}

void log_writer::drop_memory(std::size_t size)
{
    memory_.erase(memory_.begin(), memory_.begin() + static_cast<std::ptrdiff_t>(size));
    memory_begin_ += size;
}

disk_result<> log_writer::open_scratch()
{
    auto opened = open_unnamed(*on_, file_->path().parent_path() / "scratch");
    if (!opened)
        return tl::unexpected(opened.error());
    scratch_ = *std::move(opened);
    return {};
}

disk_result<> log_writer::spill()
{
    if (comparing() && !scratch_)
        if (auto done = open_scratch(); !done)
            return done;
    if (!scratch_)
        touched_end_ = std::max(touched_end_, end());
    if (auto done = tail_file().write(memory_, memory_begin_); !done)
        return done;
    drop_memory(memory_.size());
    return {};
}

disk_result<> log_writer::flush()
{
    if (auto done = patch_spilled(); !done)
        return done;
    if (comparing())
        if (auto done = compare(std::min(publishable_, existing_)); !done)
            return done;
    if (scratch_)
        if (auto done = copy_from_scratch(std::min(publishable_, memory_begin_)); !done)
            return done;
    if (publishable_ > memory_begin_ && !comparing())
        if (auto done = write_due(); !done)
            return done;
    if (!comparing())
        final_ = std::max(final_, publishable_);
    if (scratch_ && memory_begin_ <= final_)
        scratch_.reset();
    if (memory_.size() > max_memory_)
        return spill();
    return trim();
}

disk_result<> log_writer::write_due()
{
    const auto due = static_cast<std::size_t>(publishable_ - memory_begin_);
    touched_end_ = std::max(touched_end_, publishable_);
    if (auto done = file_->write(protocol::byte_view(memory_).first(due), memory_begin_); !done)
        return done;
    drop_memory(due);
    return {};
}

// What a cut left on disk, once nothing else is to be written over it.
disk_result<> log_writer::trim()
{
    if (comparing() || end() != final_ || touched_end_ <= final_)
        return {};
    if (auto done = file_->truncate(final_); !done)
        return done;
    touched_end_ = final_;
    return {};
}

disk_result<> log_writer::compare(std::uint64_t to)
{
    protocol::byte_buffer there(chunk_size);
    protocol::byte_buffer spilled;
    while (final_ < to) {
        std::size_t size = chunk_of(to - final_);
        protocol::byte_view derived;
        if (final_ < memory_begin_) {
            size = static_cast<std::size_t>(std::min<std::uint64_t>(size, memory_begin_ - final_));
            spilled.resize(size);
            if (auto done = read_all(*scratch_, spilled, final_); !done)
                return done;
            derived = spilled;
        } else {
            derived = protocol::byte_view(memory_).subspan(
                static_cast<std::size_t>(final_ - memory_begin_), size
            );
        }
        const auto stored = std::span(there).first(size);
        if (auto done = read_all(*file_, stored, final_); !done)
            return done;
        const auto [a, b] = std::ranges::mismatch(derived, stored);
        if (a != derived.end())
            throw store_error(fmt::format(
                "what the source sends now differs at {}:{} from what consumers were given. The "
                "source's log was changed, or a decision is missing. Stop the consumers, move the "
                "data folder away and start again",
                file_->path().string(),
                final_ + static_cast<std::uint64_t>(a - derived.begin())
            ));
        final_ += size;
    }
    if (final_ > memory_begin_)
        drop_memory(static_cast<std::size_t>(final_ - memory_begin_));
    return {};
}

// What was spilled into the scratch file and comes after the compared part now becomes the file's.
disk_result<> log_writer::copy_from_scratch(std::uint64_t to)
{
    protocol::byte_buffer piece(chunk_size);
    while (!comparing() && final_ < to) {
        const auto part = std::span(piece).first(chunk_of(to - final_));
        if (auto done = read_all(*scratch_, part, final_); !done)
            return done;
        touched_end_ = std::max(touched_end_, final_ + part.size());
        if (auto done = file_->write(part, final_); !done)
            return done;
        final_ += part.size();
    }
    return {};
}

}  // namespace proxy
