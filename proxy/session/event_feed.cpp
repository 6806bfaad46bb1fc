#include "proxy/session/event_feed.hpp"

#include "protocol/gtid_event.hpp"
#include "proxy/session/dump_ending.hpp"

#include <asio/co_spawn.hpp>
#include <asio/error.hpp>
#include <asio/use_awaitable.hpp>
#include <utility>

namespace proxy {
namespace {

using protocol::byte_view;

// max_allowed_packet of a dump thread; no event is longer.
constexpr std::uint32_t max_event_size = 1U << 30;
constexpr std::size_t max_format_size = 4096;
// A file begins with FORMAT_DESCRIPTION, PREVIOUS_GTIDS, and then a transaction.
constexpr int events_before_gtid = 8;

// Not to be cancelled from here while another thread reads.
class reading_elsewhere
{
public:
    explicit reading_elsewhere(session_control& control) : control_(control)
    {
        control_.sleeping = true;
    }
    ~reading_elsewhere() { control_.sleeping = false; }
    reading_elsewhere(const reading_elsewhere&) = delete;
    reading_elsewhere& operator=(const reading_elsewhere&) = delete;

private:
    session_control& control_;
};

asio::awaitable<byte_view> read_on_pool(log_reader& from, std::size_t room)
{
    co_return from.read_cold(room);
}

// Source: Binlog_read_error::get_str of sql/binlog_istream.cc.
[[noreturn]] void refuse_damaged()
{
    throw fatal_refusal("Event crc check failed! Most likely there is event corruption.");
}

void refuse_too_large(std::uint32_t size)
{
    if (size > max_event_size)
        throw fatal_refusal(
            "log event entry exceeded max_allowed_packet; Increase max_allowed_packet on source"
        );
}

}  // namespace

event_feed::event_feed(
    const publication& log, asio::thread_pool& pool, session_control& control, feed_sizes sizes
)
    : log_(log)
    , pool_(pool)
    , control_(control)
    // What is smaller than a block can always be read in one piece.
    , sizes_{sizes.block, std::min(sizes.large_event, sizes.block)}
{}

void event_feed::refuse_bogus()
{
    throw fatal_refusal("bogus data in log event");
}

asio::awaitable<byte_view> event_feed::read(log_reader& from, std::size_t room)
{
    bool cold = std::exchange(next_is_cold_, false);
    if (!cold) {
        const byte_view block = from.read(room, cold);
        if (!cold)
            co_return block;
    }
    const reading_elsewhere until_back(control_);
    co_return co_await asio::co_spawn(
        pool_.get_executor(), read_on_pool(from, room), asio::use_awaitable
    );
}

asio::awaitable<std::optional<protocol::byte_buffer>> event_feed::format_of(const clean_file& file)
{
    log_reader reader(log_, file, protocol::first_position);
    const byte_view block = co_await read(reader, max_format_size);
    if (block.size() < protocol::event_header_size)
        co_return std::nullopt;
    const protocol::event_header header = protocol::load_event_header(block);
    if (header.type != protocol::event_type::format_description || header.size > max_format_size)
        refuse_bogus();
    if (header.size > block.size())
        co_return std::nullopt;
    protocol::byte_buffer format(block.begin(), block.begin() + header.size);
    // The checksum is made without this flag. The event goes out with a new one.
    format[protocol::event_flags_offset] &= static_cast<std::uint8_t>(~protocol::event_in_use);
    if (file.sum == protocol::checksum::crc32 && !protocol::checksum_is_right(format))
        refuse_damaged();
    co_return format;
}

asio::awaitable<std::optional<protocol::gtid>>
event_feed::first_gtid_of(const clean_file& file, protocol::checksum sum)
{
    log_reader reader(log_, file, protocol::first_position);
    for (int events = 0; events < events_before_gtid; ++events) {
        const byte_view block = co_await read(reader, sizes_.block);
        if (block.size() < protocol::event_header_size)
            co_return std::nullopt;
        const protocol::event_header header = protocol::load_event_header(block);
        if (header.size < protocol::event_header_size)
            co_return std::nullopt;
        if (protocol::is_gtid_event(header.type)) {
            if (header.size > block.size())
                co_return std::nullopt;
            const auto event = protocol::parse_event(block.first(header.size), sum);
            const auto gtid =
                event ? protocol::parse_gtid_event(*event) : tl::unexpected(event.error());
            if (!gtid)
                co_return std::nullopt;
            co_return gtid->id;
        }
        reader.advance(header.size);
    }
    co_return std::nullopt;
}

void event_feed::open(const clean_file& file, std::uint64_t position)
{
    reader_ = std::make_unique<log_reader>(log_, file, position);
    first_unchecked_ = true;
    block_ = {};
    given_ = 0;
}

void event_feed::open_after_format(const clean_file& file, std::size_t format_size)
{
    open(file, protocol::first_position + format_size);
    first_unchecked_ = false;
}

std::optional<clean_file> event_feed::next_file() const
{
    return reader_->following();
}

asio::awaitable<feed_state> event_feed::fill()
{
    take_given();
    for (;;) {
        block_ = co_await read(*reader_, sizes_.block);
        block_position_ = reader_->offset();
        given_ = 0;
        if (block_.empty())
            co_return reader_->at_file_end() ? feed_state::file_end : feed_state::log_end;
        if (first_unchecked_)
            check_first();
        if (begins_with_small_event()) {
            if (reader_->is_from_disk())
                check_sums();
            co_return feed_state::events;
        }
        large_size_ = size_of_next();
        if (large_size_ >= sizes_.large_event) {
            if (reader_->is_from_disk())
                co_await check_large_sum();
            co_return feed_state::large;
        }
        // A short read: the rest of the event is on pages that are not in memory.
        next_is_cold_ = true;
    }
}

void event_feed::take_given()
{
    reader_->advance(given_);
    block_ = block_.subspan(given_);
    block_position_ += given_;
    given_ = 0;
}

bool event_feed::begins_with_small_event() const
{
    if (block_.size() < protocol::event_header_size)
        return false;
    const auto size = protocol::load<std::uint32_t>(block_.data() + protocol::event_size_offset);
    if (size < protocol::event_header_size)
        refuse_bogus();
    return size <= block_.size() && size < sizes_.large_event;
}

// What begins there must be an event of this log.
void event_feed::check_first()
{
    if (block_.size() < protocol::event_header_size)
        return;  // told by size_of_next()
    first_unchecked_ = false;
    const protocol::event_header header = protocol::load_event_header(block_);
    refuse_too_large(header.size);
    if (header.size < protocol::event_header_size ||
        header.end_log_pos != static_cast<std::uint32_t>(position() + header.size))
        refuse_bogus();
}

// Of the small events that are whole in the block.
void event_feed::check_sums()
{
    if (file().sum != protocol::checksum::crc32)
        return;
    byte_view rest = block_;
    while (rest.size() >= protocol::event_header_size) {
        const auto size = protocol::load<std::uint32_t>(rest.data() + protocol::event_size_offset);
        if (size < protocol::event_header_size)
            refuse_bogus();
        if (size > rest.size() || size >= sizes_.large_event)
            return;
        if (!protocol::checksum_is_right(rest.first(size))) {
            last_event_ = block_position_ + (block_.size() - rest.size());
            refuse_damaged();
        }
        rest = rest.subspan(size);
    }
}

// Before its first byte goes out: within a packet nothing can be told.
asio::awaitable<void> event_feed::check_large_sum()
{
    const std::size_t sum_size = protocol::checksum_size(file().sum);
    if (sum_size == 0)
        co_return;
    log_reader from(log_, file(), position());
    std::uint32_t sum = 0;
    for (std::uint64_t left = large_size_ - sum_size; left != 0;) {
        const byte_view bytes = co_await read(from, std::min<std::uint64_t>(left, sizes_.block));
        check_stop(control_);
        if (bytes.empty())
            refuse_bogus();
        const byte_view part = bytes.first(std::min<std::uint64_t>(left, bytes.size()));
        sum = protocol::crc32(part, sum);
        from.advance(part.size());
        left -= part.size();
    }
    byte_view written = co_await read(from, sum_size);
    if (written.size() < sum_size) {  // the rest of it is on a page that is not in memory
        next_is_cold_ = true;
        written = co_await read(from, sum_size);
    }
    if (written.size() >= sum_size && protocol::load<std::uint32_t>(written.data()) == sum)
        co_return;
    last_event_ = position();
    refuse_damaged();
}

// Of the event that begins the block, and of which only a part is there.
std::uint32_t event_feed::size_of_next() const
{
    const std::optional<clean_file> next = next_file();
    const std::uint64_t readable = (next ? next->base : log_.end()) - place();
    const std::uint32_t size =
        block_.size() < protocol::event_header_size
            ? static_cast<std::uint32_t>(protocol::event_header_size)
            : protocol::load<std::uint32_t>(block_.data() + protocol::event_size_offset);
    refuse_too_large(size);
    if (size > readable)  // only whole events are published: a damaged file
        throw fatal_refusal("binlog truncated in the middle of event; consider out of disk space "
                            "on source");
    return size;
}

void event_feed::pass_over_large()
{
    reader_->advance(large_size_);
    block_ = {};
}

void event_feed::begin_large()
{
    last_event_ = position();
    large_left_ = large_size_;
}

asio::awaitable<byte_view> event_feed::next_piece(std::size_t room)
{
    take_given();
    if (large_left_ == 0)
        co_return byte_view();
    if (block_.empty()) {
        block_ = co_await read(*reader_, std::min<std::uint64_t>(large_left_, sizes_.block));
        if (block_.empty())
            throw std::system_error(asio::error::eof, "clean log shorter than published");
    }
    given_ = std::min<std::uint64_t>({block_.size(), large_left_, room});
    large_left_ -= given_;
    co_return block_.first(given_);
}

}  // namespace proxy
