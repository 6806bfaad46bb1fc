#pragma once

#include "proxy/source/source_client.hpp"
#include "tests/support/event_builder.hpp"
#include "tests/support/fake_source.hpp"
#include "tests/support/run_awaitable.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/ostream_sink.h>
#include <sstream>

namespace tests {

// Keeps what it was given, and ends the pull when it has as many events as it wants.
class collecting_sink final : public proxy::event_sink
{
public:
    proxy::resume_place place;
    std::vector<std::string> seen;  // "file:position kind"
    std::vector<protocol::byte_buffer> events;
    std::size_t wanted = 100;
    std::size_t batches = 0;
    std::size_t unreadable = 0;  // times that the event of this number is
    std::size_t unreadable_at = 0;
    std::vector<std::string> problems;
    proxy::source_facts facts;
    std::string log_end;

    proxy::resume_place where() override { return place; }
    void on_connected(const proxy::source_facts& known) override { facts = known; }
    proxy::taken_gtids had{.gtid_mode = "ON", .lower_case_table_names = 2};
    std::string refused;
    std::optional<proxy::next_source> followed;
    proxy::taken_gtids taken() override { return had; }
    void on_other_server(const proxy::next_source& other) override
    {
        followed = other;
        place = {.fresh = false, .log = other.log, .position = 4};
        place.log.epoch = 2;
    }
    void on_follow_refused(const proxy::next_source& other) override
    {
        refused = fmt::format("{} {}", to_text(other.refused), protocol::to_text(other.gtids));
    }
    void on_log_end(const proxy::binary_log& end, std::chrono::steady_clock::time_point) override
    {
        log_end = fmt::format("{}:{}", end.file, end.size);
    }
    void on_problem(const std::string& text) override { problems.push_back(text); }
    void on_event(const proxy::upstream_event& event) override
    {
        constexpr const char* names[] = {"event", "begins", "copy", "heartbeat"};
        seen.push_back(fmt::format(
            "{}:{} {}", event.log.file, event.position, names[static_cast<int>(event.kind)]
        ));
        if (event.kind == proxy::upstream_event_kind::file_begins) {
            place.fresh = false;
            place.log = event.log;
            place.position = event.position;
        }
        if (event.kind != proxy::upstream_event_kind::ordinary)
            return;
        if (unreadable > 0 && events.size() == unreadable_at) {
            --unreadable;
            throw proxy::source_error(proxy::trouble::damaged, "the event cannot be read");
        }
        if (event.event.header.type == protocol::event_type::format_description)
            place.format_timestamp = event.event.header.timestamp;
        events.emplace_back(event.event.whole.begin(), event.event.whole.end());
        place.position = event.position + event.event.whole.size();
    }
    asio::awaitable<proxy::after_batch> end_of_batch() override
    {
        ++batches;
        if (events.size() >= wanted)
            throw enough{};
        co_return proxy::after_batch::go_on;
    }
};

inline std::vector<protocol::byte_buffer> file_events(std::uint32_t timestamp = 1'700'000'000)
{
    event_builder log;
    log.timestamp = timestamp;
    log.format().previous_gtids({});
    log.gtid(1).begin().table_map(7, "d1", "t").write_rows(7, 1).xid(1);
    return log.events();
}

inline protocol::byte_buffer packet_of(const protocol::byte_buffer& event)
{
    protocol::byte_buffer packet{0};
    packet.insert(packet.end(), event.begin(), event.end());
    return packet;
}

// What a dump of `events` (a file's) sends from the event with number `first` on.
inline std::vector<protocol::byte_buffer>
dump_packets(const std::vector<protocol::byte_buffer>& events, std::size_t first, std::size_t last)
{
    std::uint64_t position = 4;
    for (std::size_t i = 0; i < first; ++i)
        position += events[i].size();
    std::vector<protocol::byte_buffer> packets{packet_of(artificial_rotate("b.000002", position))};
    if (first > 0)
        packets.push_back(packet_of(format_copy(events[0])));
    for (std::size_t i = first; i < last; ++i)
        packets.push_back(packet_of(events[i]));
    return packets;
}

inline source_script healthy(std::vector<protocol::byte_buffer> dump)
{
    source_script script;
    script.answers["SHOW GLOBAL VARIABLES"] =
        {.columns = {"Variable_name", "Value"},
         .rows = {
             {"server_id", "1"},
             {"server_uuid", server_uuid},
             {"log_bin", "ON"},
             {"gtid_mode", "ON"},
             {"binlog_checksum", "CRC32"},
             {"lower_case_table_names", "2"},
         }};
    script.answers["SELECT @@GLOBAL.gtid_purged"] = {.columns = {"x"}, .rows = {{""}}};
    script.answers["SHOW BINARY LOGS"] = {
        .columns = {"Log_name", "File_size", "Encrypted"},
        .rows = {{"b.000001", "200", "No"}, {"b.000002", "100000", "No"}}
    };
    script.answers["SELECT @source_binlog_checksum"] = {.columns = {"x"}, .rows = {{"CRC32"}}};
    script.dump = std::move(dump);
    return script;
}

struct pulling
{
    fake_source source;
    collecting_sink sink;
    std::ostringstream text;
    proxy::source_options options{
        .name = "db1:3306",
        .login = {.user = "repl", .password = "secret", .tls = proxy::tls_mode::preferred},
        .start = "latest",
        .heartbeat = std::chrono::milliseconds(5000),
        .self = {.server_id = 77, .uuid = "7a6b7a6b-0000-4000-8000-000000000001"},
        .first_pause = std::chrono::milliseconds(0),
        .longest_pause = std::chrono::milliseconds(0),
        .tries_at_one_place = 3,
    };

    // How it ended: "enough", or the error's text.
    std::string pull()
    {
        spdlog::logger log("test", std::make_shared<spdlog::sinks::ostream_sink_st>(text));
        const proxy::dial_source dial = source.dial();
        proxy::source_client client(options, dial, sink, log);
        std::string end = pull_with(client);
        connections = client.numbers().connections();
        received_bytes = client.numbers().received_bytes();
        connected = client.numbers().connected();
        heard = client.numbers().received_at().has_value();
        return end;
    }
    std::string pull_with(proxy::source_client& client)
    {
        try {
            run(client.run());
        } catch (const enough&) {
            return "enough";
        } catch (const proxy::source_error& error) {
            last = error.kind;
            return error.what();
        }
        return "returned";
    }
    proxy::trouble last = proxy::trouble::passing;
    // What the client counted.
    std::uint64_t connections = 0;
    std::uint64_t received_bytes = 0;
    bool connected = false;
    bool heard = false;
};

inline bool contains(const std::string& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

}  // namespace tests
