#include "proxy/session/dump_session.hpp"

#include "proxy/session/consumer_filter.hpp"
#include "proxy/session/dump_ending.hpp"
#include "proxy/session/dump_start.hpp"
#include "proxy/session/event_feed.hpp"
#include "proxy/session/packetiser.hpp"

#include <array>
#include <asio/error.hpp>
#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/format.h>

namespace proxy {
namespace {

using clock = session_thread::clock;
using protocol::byte_view;

packet_terms
terms_of(const dump_parameters& request, const dump_surroundings& with, const packet_stream& peer)
{
    return {
        .room = with.block_bytes + with.block_bytes / 2,
        .sequence = peer.next_sequence(),
        .prefix = request.semi_sync ? packet_prefix::semi_sync : packet_prefix::plain,
        .server_id = with.facts->server_id,
        .heartbeat = (request.flags & protocol::dump_heartbeat_v2) != 0
                         ? protocol::event_type::heartbeat_v2
                         : protocol::event_type::heartbeat,
    };
}

class dump_session
{
public:
    dump_session(packet_stream& peer, dump_parameters request, dump_surroundings with)
        : peer_(peer)
        , request_(std::move(request))
        , with_(std::move(with))
        , feed_(with_.log, with_.pool, with_.control, {with_.block_bytes, with_.large_event_bytes})
        , filter_(request_)
        , out_(terms_of(request_, with_, peer_))
    {
        out_.set_checksum(
            request_.checksum == "CRC32" ? protocol::checksum::crc32 : protocol::checksum::none
        );
    }

    asio::awaitable<std::string> serve();

private:
    asio::awaitable<void> serve_log();
    asio::awaitable<void> begin_file(clean_file file, std::uint64_t position);
    asio::awaitable<protocol::byte_buffer> format_of(const clean_file& file);
    asio::awaitable<format_reader>
    reader_of(const clean_file& file, std::uint64_t position, protocol::checksum sum);
    asio::awaitable<void> send_events();
    asio::awaitable<void> send_large();
    asio::awaitable<void> end_file();
    asio::awaitable<bool> wait_at_end();
    asio::awaitable<void> sleep(std::uint64_t seen, clock::time_point until);
    asio::awaitable<void> flush();
    void put_heartbeat(std::uint64_t position);
    std::string with_places(std::string message) const;
    std::string name_to_tell(const clean_file& file) const;

    packet_stream& peer_;
    dump_parameters request_;
    dump_surroundings with_;
    event_feed feed_;
    consumer_filter filter_;
    packetiser out_;
    std::string start_file_;
    std::uint64_t start_position_ = 0;
};

asio::awaitable<std::string> dump_session::serve()
{
    // Whoever stops us wants a last word said, so cancelled waits must not throw.
    co_await asio::this_coro::throw_if_cancelled(false);
    std::optional<protocol::server_error> error;
    bool silent = false;
    try {
        co_await serve_log();
    } catch (const dump_refusal& refusal) {
        error = refusal.error;
    } catch (const log_removed& gone) {
        error = fatal_refusal(gone.what()).error;
    } catch (const dump_end& end) {
        silent = end.silent;
    }
    if (silent)
        co_return std::string();
    protocol::byte_buffer packet;
    if (error) {
        error->message = with_places(std::move(error->message));
        protocol::append_error(packet, *error);
    } else {
        protocol::append_eof(packet, with_.capabilities);
    }
    out_.clear();
    peer_.set_next_sequence(out_.sequence());
    try {
        co_await peer_.write(packet);
    } catch (const std::system_error&) {
        if (!error)
            throw;  // else why it ended is worth more than that it left before it heard
    }
    co_return error ? std::move(error->message) : std::string();
}

asio::awaitable<void> dump_session::serve_log()
{
    dump_start start = co_await find_start(request_, with_);
    start_file_ = start.file.name;
    start_position_ = start.position;
    co_await begin_file(std::move(start.file), start.position);
    for (;;) {
        check_stop(with_.control);
        switch (co_await feed_.fill()) {
            case feed_state::events: co_await send_events(); break;
            case feed_state::large: co_await send_large(); break;
            case feed_state::file_end: co_await end_file(); break;
            case feed_state::log_end:
                if (!co_await wait_at_end())
                    co_return;
        }
    }
}

// mysqlbinlog, asked for one file, takes a ROTATE to another for that file's end, and would end
// without an event and without an error: it hears the name that it asked by. Others keep the name
// with the positions that follow, which are ours.
std::string dump_session::name_to_tell(const clean_file& file) const
{
    const bool wants_one_file =
        request_.is_mysqlbinlog && (request_.flags & protocol::dump_non_block) != 0;
    const bool is_first = file.name == start_file_;
    return wants_one_file && is_first && !request_.file.empty() ? request_.file : file.name;
}

// Artificial ROTATE and FORMAT_DESCRIPTION, which every file of a dump begins with.
asio::awaitable<void> dump_session::begin_file(clean_file file, std::uint64_t position)
{
    out_.put_rotate({position, name_to_tell(file)});
    protocol::byte_buffer format = co_await format_of(file);
    const auto parsed = protocol::parse_format_description(format);
    if (!parsed)
        throw fatal_refusal("Could not read the format description of a binary log");
    if (parsed->sum != protocol::checksum::none && !request_.checksum)
        throw fatal_refusal(
            "Replica can not handle replication events with the checksum that source is configured "
            "to log"
        );
    out_.set_checksum(parsed->sum);
    const format_reader reader = co_await reader_of(file, position, parsed->sum);
    if (reader == format_reader::mid_file)
        feed_.open(file, position);
    else
        feed_.open_after_format(file, format.size());
    filter_.begin_file(parsed->sum);
    out_.put_format(std::move(format), reader);
    co_await flush();
}

asio::awaitable<protocol::byte_buffer> dump_session::format_of(const clean_file& file)
{
    for (;;) {
        const std::uint64_t seen = with_.log.end();
        if (auto format = co_await feed_.format_of(file))
            co_return std::move(*format);
        // A file is listed a moment before its first bytes are published.
        co_await sleep(seen, clock::now() + with_.look_interval);
    }
}

asio::awaitable<format_reader>
dump_session::reader_of(const clean_file& file, std::uint64_t position, protocol::checksum sum)
{
    if (position > protocol::first_position)
        co_return format_reader::mid_file;
    if (feed_.is_open() || !request_.by_gtid)
        co_return format_reader::whole_file;
    const std::optional<protocol::gtid> first = co_await feed_.first_gtid_of(file, sum);
    if (first && request_.seen.contains(*first))
        co_return format_reader::has_part;
    co_return format_reader::whole_file;
}

asio::awaitable<void> dump_session::send_events()
{
    for (;;) {
        const byte_view event = feed_.next_event();
        if (event.empty())
            break;
        const event_fate fate = filter_.fate_of(event, feed_.last_event());
        if (fate == event_fate::pass_over)
            continue;
        if (fate == event_fate::send_after_heartbeat)
            put_heartbeat(filter_.skipped_to());
        out_.put(event);
    }
    if (filter_.is_heartbeat_due_in_jump(clock::now()))
        put_heartbeat(filter_.skipped_to());
    feed_.take_given();
    co_await flush();
    // One consumer that is always ready must not keep this thread from the others.
    co_await asio::post(with_.thread.loop(), asio::use_awaitable);
}

asio::awaitable<void> dump_session::send_large()
{
    const event_fate fate = filter_.fate_of(feed_.large_event(), feed_.position());
    if (fate == event_fate::pass_over) {
        feed_.pass_over_large();
        co_return;
    }
    if (fate == event_fate::send_after_heartbeat)
        put_heartbeat(filter_.skipped_to());
    feed_.begin_large();
    out_.begin_pieces(feed_.large_size());
    for (;;) {
        const byte_view piece = co_await feed_.next_piece(out_.piece_room());
        if (piece.empty())
            break;
        const std::array<byte_view, 2> pieces{out_.frames(), piece};
        peer_.set_next_sequence(out_.sequence());
        co_await peer_.send_frames(std::span<const byte_view>(pieces));
        out_.clear();
        out_.end_piece(piece.size());
    }
    co_await flush();
}

asio::awaitable<void> dump_session::end_file()
{
    if (filter_.jump_untold())
        put_heartbeat(feed_.position());
    if (std::optional<clean_file> next = feed_.next_file())
        co_await begin_file(std::move(*next), protocol::first_position);
}

// At the end of what is published. False: the dump is over, the consumer did not want to wait.
asio::awaitable<bool> dump_session::wait_at_end()
{
    const std::uint64_t here = feed_.place();
    const bool waits = (request_.flags & protocol::dump_non_block) == 0;
    filter_.begin_wait(clock::now());
    for (;;) {
        // The published end is the end of a transaction: a heartbeat may come, or the dump's end.
        const clock::time_point now = clock::now();
        if (filter_.wants_heartbeat(now))
            put_heartbeat(feed_.position());
        co_await flush();
        if (with_.log.end() != here)
            co_return true;
        if (!waits)
            co_return false;
        co_await sleep(here, std::min(filter_.heartbeat_due(), now + with_.look_interval));
    }
}

// Until the log's end is not `seen` any more, or `until`.
asio::awaitable<void> dump_session::sleep(std::uint64_t seen, clock::time_point until)
{
    with_.control.sleeping = true;
    co_await with_.thread.wait_for_more(seen, until);
    with_.control.sleeping = false;
    check_stop(with_.control);
    if (peer_.peer_is_gone())
        throw std::system_error(asio::error::eof, "dump");
}

asio::awaitable<void> dump_session::flush()
{
    if (!out_.frames().empty()) {
        peer_.set_next_sequence(out_.sequence());
        co_await peer_.send_frames(out_.frames());
        out_.clear();
        filter_.on_sent(clock::now());
        check_stop(with_.control);
    }
    with_.place.store(feed_.place(), std::memory_order_relaxed);
}

void dump_session::put_heartbeat(std::uint64_t position)
{
    out_.put_heartbeat({position, feed_.file().name});
    filter_.on_heartbeat_put();
}

// The server says so with every error of a dump that has begun.
std::string dump_session::with_places(std::string message) const
{
    if (!feed_.is_open())
        return message;
    return fmt::format(
        "{}; the first event '{}' at {}, the last event read from '{}' at {}, the last byte read "
        "from '{}' at {}.",
        message,
        start_file_,
        start_position_,
        feed_.file().name,
        feed_.last_event(),
        feed_.file().name,
        feed_.position()
    );
}

}  // namespace

asio::awaitable<std::string>
serve_dump(packet_stream& peer, dump_parameters request, dump_surroundings with)
{
    dump_session session(peer, std::move(request), std::move(with));
    co_return co_await session.serve();
}

}  // namespace proxy
