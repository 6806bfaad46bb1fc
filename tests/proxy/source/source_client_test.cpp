#include "protocol/command.hpp"
#include "proxy/source/source_client.hpp"
#include "tests/support/event_builder.hpp"
#include "tests/support/fake_source.hpp"
#include "tests/support/run_awaitable.hpp"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/detached.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <sstream>

namespace {

using namespace proxy;
using protocol::byte_buffer;
using protocol::checksum;
using protocol::event_type;
using tests::artificial_rotate;
using tests::enough;
using tests::error_packet;
using tests::format_copy;
using tests::run;
using tests::server_uuid;
using tests::source_script;

// Keeps what it was given, and ends the pull when it has as many events as it wants.
class collecting_sink final : public event_sink
{
public:
    resume_place place;
    std::vector<std::string> seen;  // "file:position kind"
    std::vector<byte_buffer> events;
    std::size_t wanted = 100;
    std::size_t batches = 0;
    std::size_t unreadable = 0;  // times that the event of this number is
    std::size_t unreadable_at = 0;
    std::vector<std::string> problems;
    source_facts facts;
    std::string log_end;

    resume_place where() override { return place; }
    void on_connected(const source_facts& known) override { facts = known; }
    taken_gtids had{.gtid_mode = "ON", .lower_case_table_names = 2};
    std::string refused;
    std::optional<next_source> followed;
    taken_gtids taken() override { return had; }
    void on_other_server(const next_source& other) override
    {
        followed = other;
        place = {.fresh = false, .log = other.log, .position = 4};
        place.log.epoch = 2;
    }
    void on_follow_refused(const next_source& other) override
    {
        refused = fmt::format("{} {}", to_text(other.refused), protocol::to_text(other.gtids));
    }
    void on_log_end(const binary_log& end, std::chrono::steady_clock::time_point) override
    {
        log_end = fmt::format("{}:{}", end.file, end.size);
    }
    void on_problem(const std::string& text) override { problems.push_back(text); }
    void on_event(const upstream_event& event) override
    {
        constexpr const char* names[] = {"event", "begins", "copy", "heartbeat"};
        seen.push_back(fmt::format(
            "{}:{} {}", event.log.file, event.position, names[static_cast<int>(event.kind)]
        ));
        if (event.kind == upstream_event_kind::file_begins) {
            place.fresh = false;
            place.log = event.log;
            place.position = event.position;
        }
        if (event.kind != upstream_event_kind::ordinary)
            return;
        if (unreadable > 0 && events.size() == unreadable_at) {
            --unreadable;
            throw source_error(trouble::damaged, "the event cannot be read");
        }
        if (event.event.header.type == event_type::format_description)
            place.format_timestamp = event.event.header.timestamp;
        events.emplace_back(event.event.whole.begin(), event.event.whole.end());
        place.position = event.position + event.event.whole.size();
    }
    asio::awaitable<after_batch> end_of_batch() override
    {
        ++batches;
        if (events.size() >= wanted)
            throw enough{};
        co_return after_batch::go_on;
    }
};

std::vector<byte_buffer> file_events(std::uint32_t timestamp = 1'700'000'000)
{
    tests::event_builder log;
    log.timestamp = timestamp;
    log.format().previous_gtids({});
    log.gtid(1).begin().table_map(7, "d1", "t").write_rows(7, 1).xid(1);
    return log.events();
}

byte_buffer packet_of(const byte_buffer& event)
{
    byte_buffer packet{0};
    packet.insert(packet.end(), event.begin(), event.end());
    return packet;
}

// What a dump of `events` (a file's) sends from the event with number `first` on.
std::vector<byte_buffer>
dump_packets(const std::vector<byte_buffer>& events, std::size_t first, std::size_t last)
{
    std::uint64_t position = 4;
    for (std::size_t i = 0; i < first; ++i)
        position += events[i].size();
    std::vector<byte_buffer> packets{packet_of(artificial_rotate("b.000002", position))};
    if (first > 0)
        packets.push_back(packet_of(format_copy(events[0])));
    for (std::size_t i = first; i < last; ++i)
        packets.push_back(packet_of(events[i]));
    return packets;
}

source_script healthy(std::vector<byte_buffer> dump)
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
    tests::fake_source source;
    collecting_sink sink;
    std::ostringstream text;
    source_options options{
        .name = "db1:3306",
        .login = {.user = "repl", .password = "secret", .tls = tls_mode::preferred},
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
        const dial_source dial = source.dial();
        source_client client(options, dial, sink, log);
        std::string end = pull_with(client);
        connections = client.numbers().connections();
        received_bytes = client.numbers().received_bytes();
        connected = client.numbers().connected();
        heard = client.numbers().received_at().has_value();
        return end;
    }
    std::string pull_with(source_client& client)
    {
        try {
            run(client.run());
        } catch (const enough&) {
            return "enough";
        } catch (const source_error& error) {
            last = error.kind;
            return error.what();
        }
        return "returned";
    }
    trouble last = trouble::passing;
    // What the client counted.
    std::uint64_t connections = 0;
    std::uint64_t received_bytes = 0;
    bool connected = false;
    bool heard = false;
};

bool contains(const std::string& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

TEST(SourceClient, StartsAtTheBeginningOfTheNewestFileAndHandsOnEveryByte)
{
    const auto events = file_events();
    pulling test;
    test.source.scripts = {healthy(dump_packets(events, 0, events.size()))};
    test.sink.wanted = events.size();
    EXPECT_EQ(test.pull(), "enough");
    EXPECT_EQ(test.sink.events, events);
    EXPECT_EQ(test.sink.seen.front(), "b.000002:4 begins");
    EXPECT_EQ(test.sink.facts.server_uuid, server_uuid);
    EXPECT_EQ(test.sink.facts.version_number, 80041u);
    EXPECT_EQ(test.sink.facts.lower_case_table_names, 2u);
    const auto dump = protocol::parse_binlog_dump(test.source.dump_commands.at(0));
    ASSERT_TRUE(dump);
    EXPECT_EQ(dump->file, "b.000002");
    EXPECT_EQ(dump->position, 4u);
    EXPECT_EQ(dump->server_id, 77u);
    EXPECT_EQ(dump->flags, protocol::dump_heartbeat_v2);
}

TEST(SourceClient, CountsWhatComesAndTellsWhereTheLogEnds)
{
    const auto events = file_events();
    std::uint64_t size = 0;
    for (const byte_buffer& event : events)
        size += event.size();
    pulling test;
    test.source.scripts = {healthy(dump_packets(events, 0, events.size()))};
    test.sink.wanted = events.size();
    EXPECT_EQ(test.pull(), "enough");
    EXPECT_EQ(test.received_bytes, size);
    EXPECT_EQ(test.connections, 1u);
    EXPECT_TRUE(test.connected);
    EXPECT_TRUE(test.heard);
    EXPECT_EQ(test.sink.log_end, "b.000002:100000");
}

TEST(SourceClient, CountsConnectionsAndIsNotConnectedAfterTheLast)
{
    const auto events = file_events();
    pulling test;
    test.source.scripts = {
        healthy(dump_packets(events, 0, 2)),
        healthy(dump_packets(events, 2, 4)),
        healthy({error_packet(1236, "Could not find first log file name")})
    };
    test.pull();
    EXPECT_EQ(test.connections, 2u);
    EXPECT_FALSE(test.connected);
}

TEST(SourceClient, IntroducesItselfInBothSpellings)
{
    const auto events = file_events();
    pulling test;
    test.source.scripts = {healthy(dump_packets(events, 0, events.size()))};
    test.source.scripts[0].version = "5.7.22-log";
    test.sink.wanted = events.size();
    test.pull();
    std::string all;
    for (const std::string& query : test.source.queries.at(0))
        all += query + "\n";
    for (const char* part :
         {"@master_heartbeat_period = 5000000000",
          "@source_heartbeat_period = 5000000000",
          "@master_binlog_checksum = @@global.binlog_checksum",
          "@source_binlog_checksum = @@global.binlog_checksum",
          "@slave_uuid = '7a6b7a6b-0000-4000-8000-000000000001'",
          "@replica_uuid = '7a6b7a6b-0000-4000-8000-000000000001'"})
        EXPECT_TRUE(contains(all, part)) << part;
    // The second heartbeat form came with 8.0.26.
    EXPECT_EQ(protocol::parse_binlog_dump(test.source.dump_commands.at(0))->flags, 0);
}

TEST(SourceClient, StartsWhereTheConfigurationSays)
{
    const auto events = file_events();
    for (const auto& [start, file] : std::vector<std::pair<std::string, std::string>>{
             {"earliest", "b.000001"}, {"latest", "b.000002"}, {"b.000001", "b.000001"}
         }) {
        pulling test;
        test.options.start = start;
        test.source.scripts = {healthy({error_packet(1236, "Could not find first log file name")})};
        test.pull();
        EXPECT_EQ(protocol::parse_binlog_dump(test.source.dump_commands.at(0))->file, file);
    }
    pulling test;
    test.options.start = "b.000009";
    test.source.scripts = {healthy({})};
    const std::string error = test.pull();
    EXPECT_TRUE(contains(error, "no file b.000009")) << error;
    EXPECT_TRUE(contains(error, "b.000001 to b.000002")) << error;
}

TEST(SourceClient, GoesOnExactlyBehindTheLastEventWhereverTheConnectionBreaks)
{
    const auto events = file_events();
    for (std::size_t cut = 0; cut <= events.size(); ++cut) {
        SCOPED_TRACE(cut);
        pulling test;
        test.source.scripts = {
            healthy(dump_packets(events, 0, cut)),
            healthy(dump_packets(events, cut, events.size())),
        };
        test.sink.wanted = events.size();
        if (cut == events.size()) {
            EXPECT_EQ(test.pull(), "enough");
            continue;
        }
        EXPECT_EQ(test.pull(), "enough");
        EXPECT_EQ(test.sink.events, events);
        EXPECT_EQ(test.source.dump_commands.size(), 2u);
        const auto dump = protocol::parse_binlog_dump(test.source.dump_commands[1]);
        std::uint64_t position = 4;
        for (std::size_t i = 0; i < cut; ++i)
            position += events[i].size();
        EXPECT_EQ(dump->position, position);
    }
}

TEST(SourceClient, TriesAgainWhereverAConnectionAttemptBreaksOff)
{
    const auto events = file_events();
    // Refused at each step in turn by a restarting server, then healthy.
    const std::vector<std::string> steps{
        "SHOW GLOBAL VARIABLES",
        "SELECT @@GLOBAL.gtid_purged",
        "SHOW BINARY LOGS",
        "SET @master",
        "SELECT @source"
    };
    for (const std::string& step : steps) {
        SCOPED_TRACE(step);
        pulling test;
        test.source.scripts.assign(2, healthy(dump_packets(events, 0, events.size())));
        test.source.scripts[0].refusals[step] = {.code = 1053, .message = "Server shutdown"};
        test.sink.wanted = events.size();
        EXPECT_EQ(test.pull(), "enough");
        EXPECT_EQ(test.sink.events, events);
        EXPECT_TRUE(contains(test.text.str(), "Server shutdown"));
    }
}

TEST(SourceClient, HandsOnNoDamagedEventAndAsksForItAgain)
{
    const auto events = file_events();
    for (std::size_t i = 1; i < events.size(); ++i) {
        SCOPED_TRACE(i);
        pulling test;
        auto packets = dump_packets(events, 0, events.size());
        packets[1 + i][25] ^= 1;
        test.source.scripts = {healthy(packets), healthy(dump_packets(events, i, events.size()))};
        test.sink.wanted = events.size();
        EXPECT_EQ(test.pull(), "enough");
        EXPECT_EQ(test.sink.events, events);
        EXPECT_TRUE(contains(test.text.str(), "wrong checksum"));
    }
}

TEST(SourceClient, StopsWhenTheSamePlaceComesDamagedAgainAndAgain)
{
    const auto events = file_events();
    pulling test;
    auto first = dump_packets(events, 0, events.size());
    first[3][25] ^= 1;
    auto again = dump_packets(events, 2, events.size());
    again[2][25] ^= 1;
    test.source.scripts = {healthy(first), healthy(again), healthy(again), healthy(again)};
    const std::string error = test.pull();
    EXPECT_EQ(test.last, trouble::damaged);
    EXPECT_TRUE(contains(error, "damaged at b.000002:")) << error;
    EXPECT_TRUE(contains(error, "mysqlbinlog")) << error;
    EXPECT_EQ(test.source.dialled, 3u);
    EXPECT_EQ(test.sink.events.size(), 2u);
}

TEST(SourceClient, AsksAgainForAnEventThatTheSinkCannotRead)
{
    const auto events = file_events();
    pulling test;
    test.sink.unreadable = 1;
    test.source.scripts = {
        healthy(dump_packets(events, 0, events.size())),
        healthy(dump_packets(events, 2, events.size())),
    };
    test.sink.unreadable_at = 2;
    test.sink.wanted = events.size();
    EXPECT_EQ(test.pull(), "enough");
    EXPECT_EQ(test.sink.events, events);
    EXPECT_TRUE(contains(test.text.str(), "cannot be read"));
}

TEST(SourceClient, StopsWhenTheSinkNeverCanReadAnEvent)
{
    const auto events = file_events();
    pulling test;
    test.sink.unreadable = 100;
    test.sink.unreadable_at = 2;
    const auto again = healthy(dump_packets(events, 2, events.size()));
    test.source.scripts = {healthy(dump_packets(events, 0, events.size())), again, again, again};
    const std::string error = test.pull();
    EXPECT_EQ(test.last, trouble::damaged);
    EXPECT_TRUE(contains(error, "cannot be read")) << error;
    EXPECT_EQ(test.sink.events.size(), 2u);
}

source_script of_other_server(const std::string& executed, const std::string& purged)
{
    source_script script = healthy({});
    script.answers["SELECT @@GLOBAL.gtid_executed"] = {
        .columns = {"x", "y", "z"}, .rows = {{executed, "0", "0"}}
    };
    script.answers["SELECT @@GLOBAL.gtid_purged"] = {.columns = {"x"}, .rows = {{purged}}};
    script.answers["SHOW MASTER STATUS"] = script.answers["SHOW BINARY LOG STATUS"] = {
        .columns = {"File", "Position"}, .rows = {{"b.000002", "157"}}
    };
    return script;
}

constexpr const char* old_uuid = "11111111-2222-3333-4444-555555555555";

void expect_refusal(
    const std::string& executed, const std::string& purged, const std::string& expected
)
{
    pulling test;
    test.source.scripts = {of_other_server(executed, purged)};
    test.sink.place = {.fresh = false, .log = {.file = "b.000002"}, .position = 120};
    test.sink.place.log.uuid = *protocol::parse_uuid(old_uuid);
    test.sink.had.stored = *protocol::parse_gtid_set(fmt::format("{}:1-10", old_uuid));
    test.sink.had.applied = test.sink.had.stored;
    const std::string error = test.pull();
    EXPECT_EQ(test.last, trouble::changed);
    EXPECT_EQ(test.sink.refused, expected) << error;
    EXPECT_FALSE(test.sink.followed);
    EXPECT_TRUE(test.source.dump_commands.empty());
}

TEST(SourceClient, DoesNotFollowAServerThatLacksWhatWasStored)
{
    expect_refusal(
        fmt::format("{}:1-7", old_uuid), "", fmt::format("source_lacks {}:8-10", old_uuid)
    );
}

TEST(SourceClient, DoesNotFollowAServerThatHasPurgedWhatIsMissing)
{
    expect_refusal(
        fmt::format("{}:1-20", old_uuid),
        fmt::format("{}:1-12", old_uuid),
        fmt::format("source_purged {}:11-12", old_uuid)
    );
}

TEST(SourceClient, FollowsAnotherServerFromTheFileThatItNames)
{
    const auto events = file_events();
    pulling test;
    source_script one = of_other_server(fmt::format("{}:1-20", old_uuid), "");
    one.dump = dump_packets(events, 0, events.size());
    source_script file = of_other_server(fmt::format("{}:1-20", old_uuid), "");
    file.dump = {packet_of(artificial_rotate("b.000002", 4))};
    test.source.scripts = {one, file};
    test.sink.place = {.fresh = false, .log = {.file = "a.000009"}, .position = 120};
    test.sink.place.log.uuid = *protocol::parse_uuid(old_uuid);
    test.sink.had.stored = *protocol::parse_gtid_set(fmt::format("{}:1-10", old_uuid));
    test.sink.had.applied = test.sink.had.stored;
    test.sink.wanted = events.size();
    test.pull();
    ASSERT_TRUE(test.sink.followed);
    EXPECT_EQ(test.sink.followed->log.file, "b.000002");
    EXPECT_EQ(test.sink.followed->end.position, 157U);
    EXPECT_EQ(test.sink.events.size(), events.size());
}

TEST(SourceClient, StopsAtAnotherServerWhereThereAreNoGtids)
{
    pulling test;
    source_script without = of_other_server("", "");
    for (protocol::text_row& row : without.answers["SHOW GLOBAL VARIABLES"].rows)
        if (row[0] == "gtid_mode")
            row[1] = "OFF";
    test.source.scripts = {without};
    test.sink.place = {.fresh = false, .log = {.file = "b.000002"}, .position = 120};
    test.sink.place.log.uuid = *protocol::parse_uuid("11111111-2222-3333-4444-555555555555");
    const std::string error = test.pull();
    EXPECT_EQ(test.last, trouble::changed);
    EXPECT_TRUE(contains(error, "another server")) << error;
    EXPECT_TRUE(test.source.dump_commands.empty());
}

TEST(SourceClient, StopsAtAnotherFileOfTheSameName)
{
    const auto events = file_events(1'700'000'555);
    pulling test;
    test.source.scripts = {healthy(dump_packets(events, 2, events.size()))};
    test.sink.place = {.fresh = false, .log = {.file = "b.000002"}};
    test.sink.place.position = 4 + events[0].size() + events[1].size();
    test.sink.place.format_timestamp = 1'700'000'000;
    const std::string error = test.pull();
    EXPECT_EQ(test.last, trouble::changed);
    EXPECT_TRUE(contains(error, "another file")) << error;
    EXPECT_TRUE(test.sink.events.empty());
}

TEST(SourceClient, StopsWhenItsFileIsPurgedGoneOrShorter)
{
    const struct
    {
        std::string file;
        std::uint64_t position;
        std::string_view text;
    } cases[] = {
        {"b.000000", 4, "purged"},
        {"b.000003", 4, "reset or restored"},
        {"b.000002", 100'001, "ends at 100000"},
    };
    for (const auto& [file, position, text] : cases) {
        pulling test;
        test.source.scripts = {healthy({})};
        test.sink.place = {.fresh = false, .log = {.file = file}, .position = position};
        const std::string error = test.pull();
        EXPECT_EQ(test.last, trouble::changed);
        EXPECT_TRUE(contains(error, text)) << error;
    }
}

TEST(SourceClient, StopsAtTheServersOwnWordThatTheLogIsNotWhatItWas)
{
    for (const char* text :
         {"Could not find first log file name in binary log index file",
          "Client requested master to start replication from position > file size"}) {
        pulling test;
        test.source.scripts = {healthy({error_packet(1236, text)})};
        test.sink.place = {.fresh = false, .log = {.file = "b.000002"}, .position = 120};
        EXPECT_TRUE(contains(test.pull(), text));
        EXPECT_EQ(test.last, trouble::changed);
    }
}

TEST(SourceClient, SaysAtTheFirstConnectWhatKeepsItFromServing)
{
    const auto ends = [](const source_script& script) {
        pulling test;
        test.source.scripts = {script};
        const std::string error = test.pull();
        EXPECT_EQ(test.last, trouble::refused) << error;
        return error;
    };
    source_script script = healthy({});
    script.login_refusal = {.code = 1045, .message = "Access denied for user"};
    EXPECT_TRUE(contains(ends(script), "source.password_file"));

    script = healthy({});
    script.version = "5.5.5-10.11.6-MariaDB-log";
    EXPECT_TRUE(contains(ends(script), "MariaDB"));

    script = healthy({});
    script.version = "5.6.51-log";
    EXPECT_TRUE(contains(ends(script), "MySQL 5.7 or newer"));

    script = healthy({});
    script.answers["SHOW GLOBAL VARIABLES"].rows[2][1] = "OFF";
    EXPECT_TRUE(contains(ends(script), "log_bin"));

    script = healthy({});
    script.answers["SHOW GLOBAL VARIABLES"].rows[0][1] = "0";
    EXPECT_TRUE(contains(ends(script), "server_id"));

    script = healthy({});
    script.answers["SHOW GLOBAL VARIABLES"].rows[0][1] = "77";
    EXPECT_TRUE(contains(ends(script), "source.server_id"));

    script = healthy({});
    script.answers["SELECT @@GLOBAL.gtid_purged"].rows[0][0] = "00000000-0000-0000-0000-0000000";
    EXPECT_TRUE(contains(ends(script), "gtid_purged cannot be read"));

    script = healthy({});
    script.refusals["SHOW BINARY LOGS"] = {.code = 1227, .message = "you need REPLICATION CLIENT"};
    EXPECT_TRUE(contains(ends(script), "unghost check"));
}

TEST(SourceClient, WaitsOutARefusalOnceItHasBeenServed)
{
    const auto events = file_events();
    pulling test;
    test.source.scripts.assign(3, healthy(dump_packets(events, 0, 2)));
    test.source.scripts[1].login_refusal = {.code = 1045, .message = "Access denied"};
    test.source.scripts[2] = healthy(dump_packets(events, 2, events.size()));
    test.sink.wanted = events.size();
    EXPECT_EQ(test.pull(), "enough");
    EXPECT_EQ(test.sink.events, events);
}

TEST(SourceClient, AsksForTheWholeFileBehindFourGibibytesAndTakesOnlyWhatIsNew)
{
    // Positions that a 32-bit field cannot hold are reached by a server that says so; here the
    // events in front are few, and the sink's place is beyond 2^32.
    const auto events = file_events();
    pulling test;
    auto script = healthy(dump_packets(events, 0, events.size()));
    script.answers["SHOW BINARY LOGS"].rows[1][1] = "5000000000";
    test.source.scripts = {script};
    test.sink.place = {.fresh = false, .log = {.file = "b.000002"}, .position = 4'500'000'000};
    test.options.tries_at_one_place = 1;
    // The list of scripts runs out: nobody answers any more, and the sink sees no event.
    test.options.longest_pause = std::chrono::milliseconds(0);
    asio::io_context loop{1};
    spdlog::logger log("test", std::make_shared<spdlog::sinks::ostream_sink_st>(test.text));
    const dial_source dial = test.source.dial();
    source_client client(test.options, dial, test.sink, log);
    asio::cancellation_signal stop;
    asio::co_spawn(loop, client.run(), asio::bind_cancellation_slot(stop.slot(), asio::detached));
    while (test.source.dialled < 3)
        loop.run_one();
    stop.emit(asio::cancellation_type::all);
    loop.run();
    EXPECT_EQ(protocol::parse_binlog_dump(test.source.dump_commands.at(0))->position, 4u);
    EXPECT_EQ(
        test.sink.seen,
        (std::vector<std::string>{"b.000002:4500000000 begins", "b.000002:4500000000 copy"})
    );
}

TEST(SourceClient, ReportsAProblemOnce)
{
    const auto events = file_events();
    pulling test;
    test.source.scripts.assign(4, healthy(dump_packets(events, 0, events.size())));
    for (std::size_t i = 0; i < 3; ++i)
        test.source.scripts[i].login_refusal = {.code = 1040, .message = "Too many connections"};
    test.sink.wanted = events.size();
    EXPECT_EQ(test.pull(), "enough");
    const std::string text = test.text.str();
    const auto first = text.find("Too many connections");
    ASSERT_NE(first, std::string::npos);
    EXPECT_EQ(text.find("Too many connections", first + 1), std::string::npos) << text;
    ASSERT_FALSE(test.sink.problems.empty());
    EXPECT_NE(test.sink.problems.front().find("Too many connections"), std::string::npos);
    EXPECT_EQ(test.sink.problems.back(), "") << "it is being pulled";
}

}  // namespace
