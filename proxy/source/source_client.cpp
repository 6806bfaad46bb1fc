#include "proxy/source/source_client.hpp"

#include "protocol/command.hpp"
#include "proxy/net/no_throw.hpp"
#include "proxy/source/source_variables.hpp"
#include "proxy/source/start_place.hpp"

#include <algorithm>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <fmt/format.h>
#include <limits>
#include <utility>

namespace proxy {

namespace {

constexpr std::uint32_t first_heartbeat_v2 = 80026;
constexpr std::uint8_t event_follows = 0x00;

}  // namespace

// One dump that runs.
struct source_client::dump
{
    resume_place place;
    event_chain chain;
    // The command holds 32 bits of position. Beyond 4 GiB we ask for the whole file and take
    // nothing before this.
    std::uint64_t skip_to = 0;
    int files = 0;            // begun
    std::uint64_t bytes = 0;  // of events since the last receive
};

source_client::source_client(
    source_options options, const dial_source& dial, event_sink& sink, spdlog::logger& log
)
    : options_(std::move(options))
    , dial_(dial)
    , sink_(sink)
    , log_(log)
    , next_pause_(options_.first_pause)
{}

asio::awaitable<void> source_client::run()
{
    for (;;) {
        std::optional<source_error> problem;
        try {
            co_await attempt();
        } catch (const source_error& error) {
            // What the sink cannot read either may be read the next time.
            if (in_sink_ && error.kind != trouble::damaged) {
                numbers_.on_lost();
                throw;
            }
            in_sink_ = false;
            problem = error;
        } catch (const std::system_error& error) {
            if (in_sink_)
                throw;
            problem = source_error(
                trouble::passing,
                fmt::format(
                    "source {}: {}: {}",
                    options_.name,
                    in_dump_ ? "connection lost" : "no connection",
                    error.what()
                )
            );
        }
        numbers_.on_lost();
        const auto cancellation = co_await asio::this_coro::cancellation_state;
        if (cancellation.cancelled() != asio::cancellation_type::none)
            co_return;
        if (problem)
            co_await pause(after(*problem));
    }
}

std::chrono::milliseconds source_client::after(const source_error& problem)
{
    if (problem.kind == trouble::changed || (problem.kind == trouble::refused && !was_connected_))
        throw problem;
    if (problem.kind == trouble::damaged) {
        const resume_place place = sink_.where();
        const std::string where = to_text(place.log.at(place.position));
        damaged_tries_ = where == damaged_place_ ? damaged_tries_ + 1 : 1;
        damaged_place_ = where;
        if (damaged_tries_ >= options_.tries_at_one_place)
            throw source_error(
                trouble::damaged,
                fmt::format(
                    "{}; this was attempt {} at that place. If the network is sound, the source's "
                    "file is damaged: check it there with mysqlbinlog --verify-binlog-checksum",
                    problem.what(),
                    damaged_tries_
                )
            );
    }
    if (progressed_) {
        progressed_ = false;
        next_pause_ = options_.first_pause;
    }
    if (problem.kind == trouble::refused)
        next_pause_ = options_.longest_pause;
    const std::chrono::milliseconds time = next_pause_;
    next_pause_ = std::min(next_pause_ * 2, options_.longest_pause);
    if (problem.what() != last_problem_) {
        last_problem_ = problem.what();
        log_.warn("{}; trying again", last_problem_);
    }
    tell_problem();
    return time;
}

void source_client::tell_problem()
{
    in_sink_ = true;
    sink_.on_problem(last_problem_);
    in_sink_ = false;
}

asio::awaitable<void> source_client::pause(std::chrono::milliseconds time)
{
    asio::steady_timer timer(co_await asio::this_coro::executor, time);
    co_await timer.async_wait(no_throw);
}

void source_client::follow(std::string name, bool despite_loss)
{
    options_.name = std::move(name);
    despite_loss_ = despite_loss;
    next_pause_ = options_.first_pause;
}

// Whoever is there now is not who was followed: is it somebody who can go on?
asio::awaitable<void> source_client::follow_other(client_conversation& source)
{
    next_source other = co_await look_at_next_source(source);
    in_sink_ = true;
    const taken_gtids taken = sink_.taken();
    in_sink_ = false;
    judge_next_source(options_.name, taken, despite_loss_, other);
    if (other.refused != follow_refusal::none) {
        in_sink_ = true;
        sink_.on_follow_refused(other);
        in_sink_ = false;
        throw source_error(trouble::changed, other.text);
    }
    other.log.file = co_await find_file(other, taken);
    in_sink_ = true;
    sink_.on_other_server(other);
    in_sink_ = false;
    despite_loss_ = false;
}

// On a connection of its own: the answer is a dump.
asio::awaitable<std::string>
source_client::find_file(const next_source& at, const taken_gtids& taken)
{
    client_conversation source(co_await dial_(), options_.name);
    co_await source.login(options_.login);
    const source_variables variables = co_await read_source_variables(source);
    if (variable(variables, "server_uuid") != at.facts.server_uuid)
        throw source_error(
            trouble::passing,
            fmt::format("source {}: it leads to one server and another by turns", options_.name)
        );
    // A server refuses who has more of its own than it has.
    protocol::gtid_set seen = taken.applied;
    seen.add(taken.past_the_log);
    protocol::gtid_set unknown = seen;
    unknown.subtract(at.executed);
    seen.subtract(unknown);
    co_return co_await find_file_by_gtid(source, options_.self.server_id, std::move(seen));
}

asio::awaitable<void> source_client::attempt()
{
    in_sink_ = false;  // what it threw ended a run before this one
    in_dump_ = false;
    client_conversation source(co_await dial_(), options_.name);
    co_await source.login(options_.login);
    require_known_server(options_.name, source.hello());
    const source_variables variables = co_await read_source_variables(source);
    require_servable(options_.name, variables);
    const source_facts facts = facts_of(options_.name, variables, source.hello());
    if (facts.server_id == options_.self.server_id)
        throw source_error(
            trouble::refused,
            fmt::format(
                "source {}: its server_id is {} too; set source.server_id to another number",
                options_.name,
                facts.server_id
            )
        );

    in_sink_ = true;
    const resume_place followed = sink_.where();
    in_sink_ = false;
    const bool is_other = !followed.fresh && followed.log.is_known() &&
                          protocol::parse_uuid(facts.server_uuid) != followed.log.uuid;
    if (followed.by_gtid || is_other)
        co_await follow_other(source);
    const resume_place place = co_await choose_place(source, facts.server_uuid);
    in_sink_ = true;
    sink_.on_connected(facts);
    in_sink_ = false;

    const protocol::checksum sum = co_await begin_dump(source, facts, place);
    was_connected_ = true;
    in_dump_ = true;
    const bool far = place.position > std::numeric_limits<std::uint32_t>::max();
    co_await pull(
        source,
        {.place = place,
         .chain = event_chain(place.log, far ? 4 : place.position, sum),
         .skip_to = far ? place.position : 0}
    );
}

asio::awaitable<resume_place>
source_client::choose_place(client_conversation& source, const std::string& server_uuid)
{
    in_sink_ = true;
    resume_place remembered = sink_.where();
    in_sink_ = false;
    require_same_server(options_.name, remembered.log, server_uuid);
    if (const auto uuid = protocol::parse_uuid(server_uuid))
        remembered.log.uuid = *uuid;
    const auto asked_at = std::chrono::steady_clock::now();
    const std::vector<binary_log> logs = co_await list_binary_logs(source);
    in_sink_ = true;
    sink_.on_log_end(logs.back(), asked_at);
    in_sink_ = false;
    co_return start_place(options_.name, std::move(remembered), options_.start, logs);
}

asio::awaitable<protocol::checksum> source_client::begin_dump(
    client_conversation& source, const source_facts& facts, const resume_place& place
)
{
    const auto period =
        std::chrono::duration_cast<std::chrono::nanoseconds>(options_.heartbeat).count();
    // Both spellings: a server reads the one it knows.
    co_await source.execute(fmt::format(
        "SET @master_heartbeat_period = {0}, @source_heartbeat_period = {0}, "
        "@master_binlog_checksum = @@global.binlog_checksum, "
        "@source_binlog_checksum = @@global.binlog_checksum, "
        "@slave_uuid = '{1}', @replica_uuid = '{1}', net_write_timeout = 3600",
        period,
        options_.self.uuid
    ));
    const protocol::checksum sum = co_await negotiated_checksum(source);

    protocol::byte_buffer packet;
    protocol::append_register_slave(
        packet,
        {.server_id = options_.self.server_id,
         .host = "unghost",
         .user = "",
         .password = "",
         .port = 0,
         .source_id = 0}
    );
    co_await source.command(std::move(packet), "registering as a replica (REPLICATION SLAVE)");

    packet.clear();
    const bool far = place.position > std::numeric_limits<std::uint32_t>::max();
    protocol::append_binlog_dump(
        packet,
        {.position = far ? 4 : static_cast<std::uint32_t>(place.position),
         .flags = facts.version_number >= first_heartbeat_v2 ? protocol::dump_heartbeat_v2
                                                             : std::uint16_t{0},
         .server_id = options_.self.server_id,
         .file = place.log.file}
    );
    co_await source.send(std::move(packet));
    // Three heartbeats missed: the other end is gone, whatever TCP thinks.
    source.set_read_limit(std::max(options_.heartbeat * 3, std::chrono::milliseconds(3000)));
    co_return sum;
}

asio::awaitable<void> source_client::pull(client_conversation& source, dump from)
{
    packet_stream& stream = source.stream();
    for (;;) {
        std::optional<protocol::byte_view> packet = co_await stream.read();
        std::optional<source_error> end;
        std::size_t size = 0;
        while (packet && !end) {
            size += packet->size();
            end = on_packet(source, from, *packet, stream.large());
            packet = end || size >= options_.batch_bytes ? std::nullopt : stream.read_arrived();
        }
        note_received(from);
        in_sink_ = true;
        const after_batch next = co_await sink_.end_of_batch();
        in_sink_ = false;
        if (end)
            throw source_error(*end);
        if (next == after_batch::ask_again)
            co_return;
    }
}

void source_client::note_received(dump& from)
{
    const auto now = std::chrono::steady_clock::now();
    numbers_.on_received(now);
    if (from.bytes != 0)
        numbers_.on_events(std::exchange(from.bytes, 0), now);
}

std::optional<source_error> source_client::on_packet(
    const client_conversation& source,
    dump& from,
    protocol::byte_view packet,
    const protocol::large_bytes* large
)
{
    if (protocol::is_error(packet))
        return dump_trouble(
            source.refusal(
                packet, fmt::format("pulling {}", to_text(from.place.log.at(from.place.position)))
            ),
            from.chain.log().file
        );
    if (protocol::is_eof(packet))
        return source_error(
            trouble::passing, fmt::format("source {}: it ended the dump", options_.name)
        );
    const char* wrong = "packet without an event";
    if (!packet.empty() && packet.front() == event_follows) {
        const auto event = from.chain.take(packet.subspan(1), large);
        if (event)
            return on_event(source, from, *event);
        wrong = event.error();
    }
    return source_error(
        trouble::damaged,
        fmt::format(
            "source {}: damaged at {}: {}",
            options_.name,
            to_text(from.chain.log().at(from.chain.position())),
            wrong
        )
    );
}

std::optional<source_error>
source_client::on_event(const client_conversation& source, dump& from, upstream_event event)
{
    using kind = upstream_event_kind;
    if (event.kind == kind::file_begins)
        ++from.files;
    const bool first_file = from.files == 1;
    if (first_file && event.event.header.type == protocol::event_type::format_description) {
        const std::uint32_t expected = from.place.format_timestamp;
        if (expected != 0 && event.event.header.timestamp != expected)
            return another_file(
                source.name(), event.log.file, event.event.header.timestamp, expected
            );
        log_.info(
            "source {}: pulling from {} on",
            source.name(),
            to_text(event.log.at(from.place.position))
        );
        last_problem_.clear();
        numbers_.on_connected();
        tell_problem();
    }
    if (first_file && event.position < from.skip_to) {
        // To the sink it looks like any start in mid-file.
        event.position = from.skip_to;
        if (event.event.header.type == protocol::event_type::format_description)
            event.kind = kind::format_copy;
        else if (event.kind != kind::file_begins)
            return std::nullopt;
    }
    if (event.kind == kind::ordinary) {
        progressed_ = true;
        from.bytes += event.event.whole.size();
    }
    in_sink_ = true;
    sink_.on_event(event);
    in_sink_ = false;
    return std::nullopt;
}

}  // namespace proxy
