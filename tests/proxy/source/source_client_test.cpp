#include "protocol/command.hpp"
#include "tests/support/source_pull.hpp"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/detached.hpp>
#include <gtest/gtest.h>

namespace {

using namespace proxy;
using protocol::byte_buffer;
using protocol::checksum;
using tests::contains;
using tests::dump_packets;
using tests::enough;
using tests::error_packet;
using tests::file_events;
using tests::healthy;
using tests::pulling;
using tests::server_uuid;
using tests::source_script;

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
