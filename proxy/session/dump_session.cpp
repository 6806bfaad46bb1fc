#include "proxy/session/dump_session.hpp"

#include "protocol/control_event.hpp"
#include "protocol/gtid_event.hpp"
#include "proxy/session/dump_start.hpp"
#include "proxy/store/log_reader.hpp"

#include <asio/co_spawn.hpp>
#include <asio/error.hpp>
#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <cstring>
#include <fmt/format.h>

namespace proxy {
namespace {

using clock = session_thread::clock;
using protocol::byte_view;
using protocol::event_type;

constexpr std::uint64_t first_event = 4;
// max_allowed_packet of a dump thread; no event is longer.
constexpr std::uint32_t max_event_size = 1U << 30;
constexpr std::uint8_t semi_sync_magic = 0xef;

// Writes events as packets behind one another: 0x00, with semi-sync 0xef and "no answer wanted",
// the event.
class packetiser
{
public:
    // `room`: for the packets of a block; small events grow most, 19 bytes and 7 in front of them.
    packetiser(std::size_t room, std::uint8_t sequence, bool semi_sync)
        : buffer_(room)
        , sequence_(sequence)
        , semi_sync_(semi_sync)
    {}

    std::size_t prefix_size() const { return semi_sync_ ? 3 : 1; }
    void put(byte_view event)
    {
        open_frame(prefix_size() + event.size(), event.size());
        put_prefix();
        std::memcpy(buffer_.data() + size_, event.data(), event.size());
        size_ += event.size();
    }
    // For an event in pieces: header of a frame with so much payload, then what begins a payload.
    void open_frame(std::size_t payload, std::size_t follows = 0)
    {
        grow(protocol::packet_header_size + max_prefix + follows);
        protocol::store(
            buffer_.data() + size_,
            static_cast<std::uint32_t>(payload) | std::uint32_t{sequence_++} << 24
        );
        size_ += protocol::packet_header_size;
    }
    void put_prefix()
    {
        static constexpr std::array<std::uint8_t, max_prefix> prefix{0, semi_sync_magic, 0};
        std::memcpy(buffer_.data() + size_, prefix.data(), max_prefix);
        size_ += prefix_size();
    }

    byte_view frames() const { return byte_view(buffer_).first(size_); }
    void clear() { size_ = 0; }
    std::uint8_t sequence() const { return sequence_; }

private:
    static constexpr std::size_t max_prefix = 3;

    // The buffer keeps its size and is written over: appending to a vector costs as much as the
    // copy, for small events.
    void grow(std::size_t more)
    {
        if (buffer_.size() - size_ < more)
            buffer_.resize(2 * (buffer_.size() + more));
    }

    protocol::byte_buffer buffer_;
    std::size_t size_ = 0;
    std::uint8_t sequence_;
    bool semi_sync_;
};

class dump_session
{
public:
    dump_session(packet_stream& peer, dump_parameters asked, dump_surroundings with)
        : peer_(peer)
        , asked_(std::move(asked))
        , with_(std::move(with))
        , out_(with_.block_bytes + with_.block_bytes / 2, peer.next_sequence(), asked_.semi_sync)
        , sum_(asked_.checksum == "CRC32" ? protocol::checksum::crc32 : protocol::checksum::none)
    {
        // What is smaller than a block can always be read in one piece.
        with_.large_event_bytes = std::min(with_.large_event_bytes, with_.block_bytes);
    }

    asio::awaitable<void> serve();

private:
    asio::awaitable<void> serve_log();
    asio::awaitable<void> begin_file(clean_file file, std::uint64_t position);
    asio::awaitable<protocol::byte_buffer> read_format(const clean_file& file);
    asio::awaitable<bool> first_gtid_is_seen(const clean_file& file);
    asio::awaitable<byte_view> next_block(log_reader& from, std::size_t room);
    std::size_t take_events(byte_view block);
    bool passes_over(const std::uint8_t* event, byte_view rest, std::uint64_t position);
    void check_first(byte_view block);
    asio::awaitable<void> take_large(byte_view block);
    asio::awaitable<void> send_large(byte_view block, std::uint32_t size);
    asio::awaitable<bool> wait_at_end();
    asio::awaitable<void> flush();
    void put_heartbeat(std::uint64_t position);
    std::uint64_t global() const { return reader_->file().base + reader_->offset(); }
    std::uint32_t server_id() const { return with_.facts->server_id; }
    std::string with_places(std::string message) const;

    packet_stream& peer_;
    dump_parameters asked_;
    dump_surroundings with_;
    packetiser out_;
    protocol::checksum sum_;  // of what is sent now: negotiated, then the file's
    std::unique_ptr<log_reader> reader_;
    bool first_checked_ = false;
    bool cold_next_ = false;
    bool skipping_ = false;         // inside a transaction the consumer has
    bool skipped_unsaid_ = false;   // no heartbeat has told the end of what was skipped
    std::uint64_t skipped_to_ = 0;  // the last transaction border in this file that was passed over
    // The file's own ROTATE was sent: to a replica that is in the next file already, a heartbeat
    // with this file's name would be an error.
    bool leaves_file_ = false;
    std::string start_file_;
    std::uint64_t start_position_ = 0;
    std::uint64_t last_event_ = 0;
    clock::time_point last_sent_ = clock::now();
};

asio::awaitable<void> dump_session::serve()
{
    // Whoever stops us wants a last word said, so cancelled waits must not throw.
    co_await asio::this_coro::throw_if_cancelled(false);
    std::optional<protocol::server_error> error;
    bool silent = false;
    try {
        co_await serve_log();
    } catch (const dump_refusal& refusal) {
        error = refusal.error;
    } catch (const dump_end& end) {
        silent = end.silent;
    }
    if (silent)
        co_return;
    protocol::byte_buffer packet;
    if (error) {
        error->message = with_places(std::move(error->message));
        protocol::append_error(packet, *error);
    } else {
        protocol::append_eof(packet, with_.capabilities);
    }
    out_.clear();
    peer_.set_next_sequence(out_.sequence());
    co_await peer_.write(packet);
}

asio::awaitable<void> dump_session::serve_log()
{
    dump_start start = co_await find_start(asked_, with_);
    start_file_ = start.file.name;
    start_position_ = start.position;
    co_await begin_file(std::move(start.file), start.position);
    for (;;) {
        check_stop(with_.control);
        const byte_view block = co_await next_block(*reader_, with_.block_bytes);
        if (block.empty()) {
            if (reader_->at_file_end()) {
                if (skipped_unsaid_)
                    put_heartbeat(reader_->offset());
                if (reader_->next_file())
                    co_await begin_file(reader_->file(), first_event);
            } else if (!co_await wait_at_end()) {
                co_return;
            }
            continue;
        }
        if (!first_checked_)
            check_first(block);
        const std::size_t used = take_events(block);
        if (used == 0) {
            co_await take_large(block);
            continue;
        }
        reader_->advance(used);
        co_await flush();
        // One consumer that is always ready must not keep this thread from the others.
        co_await asio::post(with_.thread.loop(), asio::use_awaitable);
    }
}

// Artificial ROTATE and FORMAT_DESCRIPTION, which every file of a dump begins with.
asio::awaitable<void> dump_session::begin_file(clean_file file, std::uint64_t position)
{
    protocol::byte_buffer rotate;
    protocol::append_rotate(
        rotate,
        {.type = event_type::rotate, .server_id = server_id(), .flags = protocol::event_artificial},
        {position, file.name},
        sum_
    );
    out_.put(rotate);

    protocol::byte_buffer format = co_await read_format(file);
    const auto parsed = protocol::parse_format_description(format);
    if (!parsed)
        throw fatal_refusal("Could not read the format description of a binary log");
    sum_ = parsed->sum;
    if (sum_ != protocol::checksum::none && !asked_.checksum)
        throw fatal_refusal(
            "Replica can not handle replication events with the checksum that source is configured "
            "to log"
        );
    // The checksum is defined without the in-use flag, so clearing that alone leaves it right.
    format[protocol::event_flags_offset] &= static_cast<std::uint8_t>(~protocol::event_in_use);
    const bool first = !reader_;
    const bool in_the_middle = position > first_event;
    if (in_the_middle)
        protocol::store(format.data() + protocol::event_end_log_pos_offset, std::uint32_t{0});
    // `created` makes a replica drop its temporary tables: not when it has part of this file.
    if (in_the_middle || (first && asked_.by_gtid && co_await first_gtid_is_seen(file)))
        protocol::store(format.data() + protocol::format_created_offset, std::uint32_t{0});
    protocol::seal(format, sum_);
    out_.put(format);

    const std::uint64_t begin = in_the_middle ? position : first_event + format.size();
    reader_ = std::make_unique<log_reader>(with_.log, file, begin);
    first_checked_ = !in_the_middle;
    skipping_ = false;
    skipped_unsaid_ = false;
    leaves_file_ = false;
    co_await flush();
}

asio::awaitable<protocol::byte_buffer> dump_session::read_format(const clean_file& file)
{
    log_reader reader(with_.log, file, first_event);
    for (;;) {
        const std::uint64_t seen = with_.log.end();
        const byte_view block = co_await next_block(reader, 4096);
        if (block.size() >= protocol::event_header_size) {
            const protocol::event_header header = protocol::load_event_header(block);
            if (header.type != event_type::format_description || header.size > 4096)
                throw fatal_refusal("bogus data in log event");
            if (header.size <= block.size())
                co_return protocol::byte_buffer(block.begin(), block.begin() + header.size);
        }
        // A file is listed a moment before its first bytes are published.
        with_.control.sleeping = true;
        co_await with_.thread.wait_for_more(seen, clock::now() + with_.look_interval);
        with_.control.sleeping = false;
        check_stop(with_.control);
        if (peer_.peer_is_gone())
            throw std::system_error(asio::error::eof, "dump");
    }
}

asio::awaitable<bool> dump_session::first_gtid_is_seen(const clean_file& file)
{
    log_reader reader(with_.log, file, first_event);
    for (int events = 0; events < 8; ++events) {
        const byte_view block = co_await next_block(reader, with_.block_bytes);
        if (block.size() < protocol::event_header_size)
            co_return false;
        const protocol::event_header header = protocol::load_event_header(block);
        if (header.size < protocol::event_header_size)
            co_return false;
        if (protocol::is_gtid_event(header.type)) {
            if (header.size > block.size())
                co_return false;
            const auto event = protocol::parse_event(block.first(header.size), sum_);
            const auto gtid =
                event ? protocol::parse_gtid_event(*event) : tl::unexpected(event.error());
            co_return gtid&& asked_.seen.contains(gtid->id);
        }
        reader.advance(header.size);
    }
    co_return false;
}

asio::awaitable<byte_view> read_on_pool(log_reader& from, std::size_t room)
{
    co_return from.read_cold(room);
}

asio::awaitable<byte_view> dump_session::next_block(log_reader& from, std::size_t room)
{
    bool cold = std::exchange(cold_next_, false);
    if (!cold) {
        const byte_view block = from.read(room, cold);
        if (!cold)
            co_return block;
    }
    // Not to be cancelled from here while another thread reads.
    with_.control.sleeping = true;
    const byte_view block = co_await asio::co_spawn(
        with_.pool.get_executor(), read_on_pool(from, room), asio::use_awaitable
    );
    with_.control.sleeping = false;
    co_return block;
}

// A client may ask for any position. What begins there must be an event of this log.
void dump_session::check_first(byte_view block)
{
    if (block.size() < protocol::event_header_size)
        return;  // told by who reads on
    first_checked_ = true;
    const protocol::event_header header = protocol::load_event_header(block);
    if (header.size > max_event_size)
        throw fatal_refusal(
            "log event entry exceeded max_allowed_packet; Increase max_allowed_packet on source"
        );
    if (header.size < protocol::event_header_size ||
        header.end_log_pos != static_cast<std::uint32_t>(reader_->offset() + header.size))
        throw fatal_refusal("bogus data in log event");
}

// Whether the consumer has what this event belongs to. `rest` begins with the event.
bool dump_session::passes_over(const std::uint8_t* event, byte_view rest, std::uint64_t position)
{
    const auto type = static_cast<event_type>(event[4]);
    if (type == event_type::gtid || type == event_type::gtid_tagged) {
        skipped_to_ = position;
        const auto size = protocol::load<std::uint32_t>(event + protocol::event_size_offset);
        const auto parsed = size > rest.size() ? tl::unexpected(protocol::errc::truncated)
                                               : protocol::parse_event(rest.first(size), sum_);
        const auto gtid =
            parsed ? protocol::parse_gtid_event(*parsed) : tl::unexpected(parsed.error());
        if (!gtid)
            throw fatal_refusal("bogus data in log event");
        skipping_ = asked_.seen.contains(gtid->id);
    } else if (type == event_type::rotate) {
        skipped_to_ = position;
        skipping_ = false;
    }
    if (skipping_)
        skipped_unsaid_ = true;
    else if (skipped_unsaid_)  // the consumer learns of the jump before the event behind it
        put_heartbeat(skipped_to_);
    return skipping_;
}

// Whole small events of the block become packets; gives how many bytes they were.
std::size_t dump_session::take_events(byte_view block)
{
    std::size_t at = 0;
    while (block.size() - at >= protocol::event_header_size) {
        const std::uint8_t* event = block.data() + at;
        const auto size = protocol::load<std::uint32_t>(event + protocol::event_size_offset);
        if (size < protocol::event_header_size)
            throw fatal_refusal("bogus data in log event");
        if (size > block.size() - at || size >= with_.large_event_bytes)
            break;
        const byte_view rest = block.subspan(at);
        if (!asked_.by_gtid || !passes_over(event, rest, reader_->offset() + at))
            out_.put(rest.first(size));
        last_event_ = reader_->offset() + at;
        leaves_file_ = static_cast<event_type>(event[4]) == event_type::rotate;
        at += size;
    }
    const auto period = asked_.heartbeat_period;
    if (skipping_ && period.count() > 0 && clock::now() - last_sent_ >= period)
        put_heartbeat(skipped_to_);
    return at;
}

// The event at the reader's place is large, or lies only partly in the block.
asio::awaitable<void> dump_session::take_large(byte_view block)
{
    const std::uint64_t readable = with_.log.end() - global();
    const std::uint32_t size =
        block.size() < protocol::event_header_size
            ? static_cast<std::uint32_t>(protocol::event_header_size)
            : protocol::load<std::uint32_t>(block.data() + protocol::event_size_offset);
    if (size > max_event_size)
        throw fatal_refusal(
            "log event entry exceeded max_allowed_packet; Increase max_allowed_packet on source"
        );
    if (size > readable)  // only whole events are published: a damaged file
        throw fatal_refusal("binlog truncated in the middle of event; consider out of disk space "
                            "on source");
    if (size < with_.large_event_bytes) {
        // A short read: the rest of the event is on pages that are not in memory.
        cold_next_ = true;
        co_return;
    }
    if (asked_.by_gtid && passes_over(block.data(), block, reader_->offset())) {
        reader_->advance(size);
        co_return;
    }
    last_event_ = reader_->offset();
    co_await send_large(block, size);
}

// Frames of at most 2^24 - 1 bytes of payload; a full one promises another, even an empty one.
asio::awaitable<void> dump_session::send_large(byte_view block, std::uint32_t size)
{
    std::uint64_t payload = out_.prefix_size() + size;  // not yet promised by a frame header
    std::uint64_t left = size;
    std::uint64_t in_frame = std::min<std::uint64_t>(payload, protocol::max_frame_payload);
    bool full = in_frame == protocol::max_frame_payload;
    out_.open_frame(in_frame);
    out_.put_prefix();
    payload -= in_frame;
    in_frame -= out_.prefix_size();
    while (left > 0) {
        const byte_view piece =
            block.first(std::min<std::uint64_t>({block.size(), left, in_frame}));
        const std::array<byte_view, 2> pieces{out_.frames(), piece};
        peer_.set_next_sequence(out_.sequence());
        co_await peer_.send_frames(std::span<const byte_view>(pieces));
        out_.clear();
        reader_->advance(piece.size());
        left -= piece.size();
        in_frame -= piece.size();
        if (in_frame == 0 && full) {
            in_frame = std::min<std::uint64_t>(payload, protocol::max_frame_payload);
            full = in_frame == protocol::max_frame_payload;
            out_.open_frame(in_frame);
            payload -= in_frame;
        }
        if (left > 0) {
            block = co_await next_block(*reader_, std::min<std::uint64_t>(left, with_.block_bytes));
            if (block.empty())
                throw std::system_error(asio::error::eof, "clean log shorter than published");
        }
    }
    co_await flush();
}

// At the end of what is published. False: the dump is over, the consumer did not want to wait.
asio::awaitable<bool> dump_session::wait_at_end()
{
    // The committed end follows the published one a moment later; nobody is woken for it.
    constexpr std::chrono::milliseconds commit_interval{50};
    const std::uint64_t here = global();
    const bool waits = (asked_.flags & protocol::dump_non_block) == 0;
    const auto period = std::chrono::duration_cast<clock::duration>(asked_.heartbeat_period);
    clock::time_point due = period.count() > 0 ? clock::now() + period : clock::time_point::max();
    for (;;) {
        // Only behind whole transactions may a heartbeat stand, or a dump end.
        const bool border = with_.log.committed_end() >= here;
        const clock::time_point now = clock::now();
        if (border && !leaves_file_ && (skipped_unsaid_ || now >= due))
            put_heartbeat(reader_->offset());
        if (now >= due)
            due = now + period;
        co_await flush();
        if (with_.log.end() != here)
            co_return true;
        if (!waits && border)
            co_return false;
        const clock::duration look =
            border ? clock::duration(with_.look_interval) : commit_interval;
        with_.control.sleeping = true;
        co_await with_.thread.wait_for_more(here, std::min(due, now + look));
        with_.control.sleeping = false;
        check_stop(with_.control);
        if (peer_.peer_is_gone())
            throw std::system_error(asio::error::eof, "dump");
    }
}

asio::awaitable<void> dump_session::flush()
{
    if (!out_.frames().empty()) {
        peer_.set_next_sequence(out_.sequence());
        co_await peer_.send_frames(out_.frames());
        out_.clear();
        last_sent_ = clock::now();
        check_stop(with_.control);
    }
    with_.place.store(global(), std::memory_order_relaxed);
}

void dump_session::put_heartbeat(std::uint64_t position)
{
    protocol::byte_buffer event;
    protocol::append_heartbeat(
        event,
        server_id(),
        {position, reader_->file().name},
        (asked_.flags & protocol::dump_heartbeat_v2) != 0,
        sum_
    );
    out_.put(event);
    skipped_unsaid_ = false;
}

// The server says so with every error of a dump that has begun.
std::string dump_session::with_places(std::string message) const
{
    if (!reader_)
        return message;
    return fmt::format(
        "{}; the first event '{}' at {}, the last event read from '{}' at {}, the last byte read "
        "from '{}' at {}.",
        message,
        start_file_,
        start_position_,
        reader_->file().name,
        last_event_,
        reader_->file().name,
        reader_->offset()
    );
}

}  // namespace

asio::awaitable<void> serve_dump(packet_stream& peer, dump_parameters asked, dump_surroundings with)
{
    dump_session session(peer, std::move(asked), std::move(with));
    co_await session.serve();
}

}  // namespace proxy
