#include "proxy/store/log_reader.hpp"

#include "protocol/event.hpp"
#include "proxy/store/file_io.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/uio.h>
#include <system_error>

namespace proxy {

namespace {

// As much as stays in a core's own cache on its way through two buffers into a socket.
constexpr std::size_t block_size = std::size_t{64} << 10;

}  // namespace

struct log_reader::state
{
    const publication& log;
    clean_file file;
    std::uint64_t offset;
    file_descriptor opened;
    bool nowait = true;  // false where the file system does not know RWF_NOWAIT

    std::uint64_t seen_end = 0;        // published end of the last look at the list
    std::optional<std::uint64_t> end;  // of this file, once another one follows

    protocol::byte_buffer buffer;
    std::size_t begin = 0;  // buffer[begin, filled) lies at offset
    std::size_t filled = 0;

    state(const publication& published, const clean_file& from, std::uint64_t at)
        : log(published)
        , file(from)
        , offset(at)
        , opened(open_file(from.path, O_RDONLY))
    {
        look();
    }

    // How far this file may be read now. The end is read before the list: a list that is as new as
    // the end knows the file that follows, if the end lies in it.
    std::uint64_t limit()
    {
        if (!end && log.end() != seen_end)
            look();
        if (end)
            return *end;
        return seen_end > file.base ? seen_end - file.base : 0;
    }
    void look()
    {
        seen_end = log.end();
        const auto list = log.files();
        const clean_file* const next = list->next(file);
        if (next == nullptr)
            return;
        end = next->base - file.base;
        // A file that another one follows is complete. If it is shorter than that, those between
        // the two are gone.
        if (file_size(opened) < *end)
            fail_removed();
    }
    [[noreturn]] void fail_removed() const
    {
        throw log_removed(
            "retention has removed files of the log that this consumer had not read, after " +
            file.name
        );
    }

    // The bytes wanted, if the buffer has them all.
    std::size_t wanted(std::size_t room)
    {
        const std::uint64_t up_to = limit();
        return up_to > offset
                   ? static_cast<std::size_t>(std::min<std::uint64_t>(room, up_to - offset))
                   : 0;
    }
    protocol::byte_view buffered(std::size_t size) const
    {
        return protocol::byte_view(buffer).subspan(begin, size);
    }
    // Room after the buffered bytes for at least `size` in all, and for a whole block if there is
    // as much to read.
    std::span<std::uint8_t> prepare(std::size_t size)
    {
        std::copy(
            buffer.begin() + static_cast<std::ptrdiff_t>(begin),
            buffer.begin() + static_cast<std::ptrdiff_t>(filled),
            buffer.begin()
        );
        filled -= begin;
        begin = 0;
        const std::uint64_t there = limit() - offset;
        const auto target =
            std::max(size, static_cast<std::size_t>(std::min<std::uint64_t>(block_size, there)));
        if (buffer.size() < target)
            buffer.resize(std::max(target, block_size));
        return std::span(buffer).subspan(filled, target - filled);
    }
    [[noreturn]] void fail(int error) const
    {
        throw std::system_error(
            error, std::generic_category(), "read " + file.path + ":" + std::to_string(offset)
        );
    }
};

log_reader::log_reader(const publication& log, const clean_file& file, std::uint64_t offset)
    : state_(std::make_unique<state>(log, file, offset))
{}
log_reader::~log_reader() = default;
log_reader::log_reader(log_reader&&) noexcept = default;
log_reader& log_reader::operator=(log_reader&&) noexcept = default;

protocol::byte_view log_reader::read(std::size_t room, bool& cold)
{
    state& my = *state_;
    cold = false;
    const std::size_t size = my.wanted(room);
    if (my.filled - my.begin >= size)
        return my.buffered(size);
    if (!my.nowait)
        return read_cold(room);

    const std::span<std::uint8_t> to = my.prepare(size);
    const iovec into{.iov_base = to.data(), .iov_len = to.size()};
    const auto at = static_cast<off_t>(my.offset + my.filled);
    const ssize_t got = ::preadv2(my.opened.get(), &into, 1, at, RWF_NOWAIT);
    if (got < 0 && errno == EAGAIN) {
        my.file.from_disk->store(true);
        cold = true;
        return {};
    }
    if (got < 0 && (errno == EOPNOTSUPP || errno == ENOSYS || errno == EINTR)) {
        my.nowait = errno == EINTR;
        if (!my.nowait && !is_in_memory(my.opened))
            my.file.from_disk->store(true);  // nobody says
        return read_cold(room);
    }
    if (got < 0)
        my.fail(errno);
    if (got == 0)
        my.fail(ENODATA);
    my.filled += static_cast<std::size_t>(got);
    return my.buffered(std::min(size, my.filled));
}

protocol::byte_view log_reader::read_cold(std::size_t room)
{
    state& my = *state_;
    const std::size_t size = my.wanted(room);
    if (my.filled - my.begin >= size)
        return my.buffered(size);
    const std::span<std::uint8_t> to = my.prepare(size);
    const std::size_t got = read_at(my.opened, to, my.offset + my.filled);
    my.filled += got;
    if (my.filled < size)
        my.fail(ENODATA);
    return my.buffered(size);
}

void log_reader::advance(std::uint64_t size)
{
    state& my = *state_;
    my.offset += size;
    // A caller may also skip what it never saw, a large event for example.
    if (size <= my.filled - my.begin)
        my.begin += static_cast<std::size_t>(size);
    else
        my.begin = my.filled = 0;
}

const clean_file& log_reader::file() const
{
    return state_->file;
}

std::uint64_t log_reader::offset() const
{
    return state_->offset;
}

bool log_reader::at_file_end() const
{
    const std::uint64_t limit = state_->limit();
    return state_->end && state_->offset >= limit;
}

std::optional<clean_file> log_reader::following() const
{
    const state& my = *state_;
    const auto list = my.log.files();
    const clean_file* const next = list->next(my.file);
    if (next == nullptr)
        return std::nullopt;
    if (my.end && next->base != my.file.base + *my.end)
        my.fail_removed();
    return *next;
}

bool log_reader::next_file()
{
    const auto next = following();
    if (!next)
        return false;
    // Positions of a file begin after the magic number.
    auto moved = std::make_unique<state>(state_->log, *next, protocol::first_position);
    moved->buffer.swap(state_->buffer);
    state_ = std::move(moved);
    return true;
}

}  // namespace proxy
