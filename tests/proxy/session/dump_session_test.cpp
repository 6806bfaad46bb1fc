#include "proxy/session/dump_session.hpp"
#include "tests/support/event_builder.hpp"
#include "tests/support/files.hpp"
#include "tests/support/run_awaitable.hpp"
#include "tests/support/scripted_stream.hpp"
#include "tests/support/temp_folder.hpp"

#include <fstream>
#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using protocol::byte_buffer;
using protocol::byte_view;
using protocol::event_type;
using protocol::event_view;

constexpr std::uint32_t source_server_id = 77;

// A clean log of hand-written files, and a consumer that is a script.
class DumpSession : public testing::Test
{
protected:
    DumpSession()
    {
        asked.server_id = 5;
        asked.checksum = "CRC32";
        asked.flags = protocol::dump_non_block | protocol::dump_heartbeat_v2;
    }

    void add_file(
        const std::string& name, const byte_buffer& bytes, const protocol::gtid_set& previous = {}
    )
    {
        const std::filesystem::path path = folder / name;
        std::ofstream(path, std::ios::binary) << protocol::as_text(bytes);
        proxy::clean_file file;
        file.name = name;
        file.path = path;
        file.base = end;
        file.source.uuid = tests::event_builder().source;
        if (!first_upstream.empty())
            file.source.file = list.files.empty() ? first_upstream : "bin.000008";
        list.add(file, previous);
        end += bytes.size();
        log.set_files(list);
        log.publish(end);
    }
    // Two transactions and the ROTATE to the next file.
    byte_buffer first_file()
    {
        tests::event_builder made;
        made.format().previous_gtids({});
        made.gtid(1).begin().table_map(7, "d", "t").write_rows(7, 1).xid(1);
        made.gtid(2).begin().table_map(7, "d", "t").write_rows(7, 1).xid(2);
        made.rotate("bin.1000000002");
        return made.file();
    }
    byte_buffer second_file()
    {
        tests::event_builder made;
        made.format().previous_gtids(*protocol::parse_gtid_set(uuid + ":1-2"));
        made.gtid(3).begin().table_map(7, "d", "t").write_rows(7, 1).xid(3);
        return made.file();
    }
    void add_two_files()
    {
        add_file("bin.1000000001", first_file());
        add_file("bin.1000000002", second_file(), *protocol::parse_gtid_set(uuid + ":1-2"));
        log.set_executed(*protocol::parse_gtid_set(uuid + ":1-3"));
    }

    proxy::dump_surroundings surroundings()
    {
        auto facts = std::make_shared<proxy::source_facts>();
        facts->server_id = source_server_id;
        facts->gtid_mode = gtid_mode;
        facts->gtid_purged = gtid_purged;
        return {
            .log = log,
            .thread = *thread,
            .control = control,
            .place = place,
            .pool = pool,
            .clean_of = clean_of,
            .border_of = border_of,
            .source_executed = source_executed,
            .facts = facts,
            .capabilities = 0,
            .block_bytes = block_bytes,
            .large_event_bytes = large_event_bytes,
            .start_limit = 30ms,
            .look_interval = 10ms,
        };
    }
    void run()
    {
        peer.set_next_sequence(1);
        tests::run(thread->loop(), proxy::serve_dump(peer, asked, surroundings()));
    }

    // The events that were sent; the end is checked apart.
    std::vector<byte_buffer> events(std::size_t prefix = 1) const
    {
        std::vector<byte_buffer> found;
        for (const byte_buffer& packet : peer.written)
            if (packet.at(0) == 0)
                found.emplace_back(packet.begin() + static_cast<int>(prefix), packet.end());
        return found;
    }
    static protocol::event_header header(const byte_buffer& event)
    {
        return protocol::load_event_header(event);
    }
    std::vector<event_type> types() const
    {
        std::vector<event_type> found;
        for (const byte_buffer& event : events())
            found.push_back(header(event).type);
        return found;
    }
    protocol::server_error error() const
    {
        const auto found = protocol::parse_error(peer.written.back());
        return found ? *found : protocol::server_error{};
    }
    static std::vector<byte_buffer> events_in(const byte_buffer& file)
    {
        std::vector<byte_buffer> found;
        for (const event_view& event : tests::events_of(file))
            found.emplace_back(event.whole.begin(), event.whole.end());
        return found;
    }
    static std::uint64_t position_of(const byte_buffer& file, std::size_t event)
    {
        std::uint64_t position = 4;
        const auto all = events_in(file);
        for (std::size_t i = 0; i < event; ++i)
            position += all[i].size();
        return position;
    }
    struct heartbeat
    {
        std::string file;
        std::uint64_t position;
    };
    static std::vector<heartbeat> heartbeats(const std::vector<byte_buffer>& from)
    {
        std::vector<heartbeat> found;
        for (const byte_buffer& event : from)
            if (header(event).type == event_type::heartbeat_v2) {
                const auto view = *protocol::parse_heartbeat(
                    *protocol::parse_event(event, protocol::checksum::crc32)
                );
                found.push_back({std::string(view.file), view.position});
            }
        return found;
    }

    const std::string uuid = protocol::to_text(tests::event_builder().source);
    tests::temp_folder folder;
    proxy::publication log;
    proxy::file_list list;
    std::uint64_t end = 0;
    std::shared_ptr<proxy::session_thread> thread = proxy::session_thread::make(log);
    proxy::session_control control;
    std::atomic<std::uint64_t> place{0};
    asio::thread_pool pool{1};
    proxy::translator clean_of;
    proxy::border_question border_of;
    proxy::executed_question source_executed;
    std::string gtid_mode = "ON";
    protocol::gtid_set gtid_purged;  // of the source
    std::string first_upstream;      // name of the source's file; the second one's is bin.000008
    std::size_t block_bytes = 256U << 10;
    std::size_t large_event_bytes = 64U << 10;
    proxy::dump_parameters asked;
    tests::scripted_stream peer;
};

TEST_F(DumpSession, SendsEveryFileByteForByteBehindItsArtificialRotate)
{
    add_two_files();
    run();
    const auto sent = events();
    const auto first = events_in(first_file());
    const auto second = events_in(second_file());
    ASSERT_EQ(sent.size(), 1 + first.size() + 1 + second.size());

    const protocol::event_header rotate = header(sent[0]);
    EXPECT_EQ(rotate.type, event_type::rotate);
    EXPECT_EQ(rotate.timestamp, 0U);
    EXPECT_EQ(rotate.end_log_pos, 0U);
    EXPECT_EQ(rotate.flags, protocol::event_artificial);
    EXPECT_EQ(rotate.server_id, source_server_id);
    EXPECT_TRUE(protocol::checksum_is_right(sent[0]));
    const auto body =
        protocol::parse_rotate(protocol::parse_event(sent[0], protocol::checksum::crc32)->body);
    EXPECT_EQ(body->file, "bin.1000000001");
    EXPECT_EQ(body->position, 4U);

    EXPECT_TRUE(std::equal(first.begin(), first.end(), sent.begin() + 1));
    EXPECT_EQ(header(sent[1 + first.size()]).type, event_type::rotate);
    EXPECT_TRUE(std::equal(second.begin(), second.end(), sent.begin() + 2 + std::ssize(first)));
    EXPECT_TRUE(protocol::is_eof(peer.written.back()));
    for (std::size_t i = 0; i < peer.numbers.size(); ++i)
        EXPECT_EQ(peer.numbers[i], static_cast<std::uint8_t>(i + 1));
    EXPECT_EQ(place, end);
}

TEST_F(DumpSession, ServesTheSameEventsWhateverTheBlockSize)
{
    add_two_files();
    run();
    const std::vector<byte_buffer> whole = peer.written;
    for (const std::size_t block : {300U, 500U, 1000U}) {
        SCOPED_TRACE(block);
        block_bytes = block;
        peer = {};
        run();
        EXPECT_EQ(peer.written, whole);
    }
}

TEST_F(DumpSession, ServesLargeEventsInPiecesWithoutACopy)
{
    add_two_files();
    run();
    const std::vector<byte_buffer> whole = peer.written;
    for (const std::size_t large : {20U, 60U, 100U}) {
        SCOPED_TRACE(large);
        large_event_bytes = large;
        block_bytes = 64;
        peer = {};
        run();
        EXPECT_EQ(peer.written, whole);
    }
}

TEST_F(DumpSession, CutsEventsOfSixteenMebibytesIntoFrames)
{
    constexpr std::size_t fixed = protocol::event_header_size + 10 + 2 + 4;
    for (const std::size_t size :
         {protocol::max_frame_payload - 2,
          protocol::max_frame_payload - 1,
          protocol::max_frame_payload,
          2 * protocol::max_frame_payload + 10}) {
        SCOPED_TRACE(size);
        tests::event_builder made;
        made.format().previous_gtids({});
        made.gtid(1).begin().table_map(7, "d", "t");
        made.write_rows(7, 1, byte_buffer(size - fixed, 0x5a)).xid(1);
        list = {};
        end = 0;
        add_file("bin.1000000001", made.file());
        peer = {};
        run();
        const auto expected = events_in(made.file());
        const auto sent = events();
        ASSERT_EQ(sent.size(), expected.size() + 1);
        EXPECT_TRUE(std::equal(expected.begin(), expected.end(), sent.begin() + 1));
        for (std::size_t i = 0; i < peer.numbers.size(); ++i)
            ASSERT_EQ(peer.numbers[i], static_cast<std::uint8_t>(i + 1));
    }
}

TEST_F(DumpSession, ClearsPositionAndCreationOfTheFormatWhenItStartsInTheMiddle)
{
    add_two_files();
    asked.file = "bin.1000000001";
    asked.position = position_of(first_file(), 7);  // second GTID
    run();
    const auto sent = events();
    EXPECT_EQ(header(sent.at(1)).type, event_type::format_description);
    EXPECT_EQ(header(sent.at(1)).end_log_pos, 0U);
    EXPECT_EQ(protocol::parse_format_description(sent.at(1))->created, 0U);
    EXPECT_TRUE(protocol::checksum_is_right(sent.at(1)));
    EXPECT_EQ(sent.at(2), events_in(first_file()).at(7));
}

TEST_F(DumpSession, ClearsTheInUseFlagWithoutTouchingTheChecksum)
{
    byte_buffer file = first_file();
    file[4 + protocol::event_flags_offset] |= protocol::event_in_use;
    add_file("bin.1000000001", file);
    run();
    EXPECT_EQ(events().at(1), events_in(first_file()).at(0));
}

TEST_F(DumpSession, SkipsWhatTheConsumerHasAndSaysSoByHeartbeat)
{
    add_two_files();
    asked.by_gtid = true;
    asked.seen = *protocol::parse_gtid_set(uuid + ":1");
    run();
    const auto sent = events();
    const auto first = events_in(first_file());
    // ROTATE, FORMAT_DESCRIPTION, PREVIOUS_GTIDS, heartbeat, second transaction ...
    ASSERT_GT(sent.size(), 5U);
    EXPECT_EQ(protocol::parse_format_description(sent[1])->created, 0U);
    EXPECT_NE(header(sent[1]).end_log_pos, 0U);
    EXPECT_EQ(header(sent[2]).type, event_type::previous_gtids);
    const auto beats = heartbeats(sent);
    ASSERT_EQ(beats.size(), 1U);
    EXPECT_EQ(beats[0].file, "bin.1000000001");
    EXPECT_EQ(beats[0].position, position_of(first_file(), 7));
    EXPECT_EQ(sent[4], first[7]);
}

TEST_F(DumpSession, BeginsWithTheNewestFileThatMissesNothing)
{
    add_two_files();
    asked.by_gtid = true;
    asked.seen = *protocol::parse_gtid_set(uuid + ":1-3");
    run();
    const auto sent = events();
    ASSERT_EQ(sent.size(), 4U);  // ROTATE, FORMAT_DESCRIPTION, PREVIOUS_GTIDS, heartbeat at the end
    const auto beats = heartbeats(sent);
    ASSERT_EQ(beats.size(), 1U);
    EXPECT_EQ(beats[0].file, "bin.1000000002");
    EXPECT_EQ(beats[0].position, second_file().size());
}

TEST_F(DumpSession, WritesOldHeartbeatsForConsumersThatDoNotKnowTheNewOnes)
{
    add_two_files();
    asked.by_gtid = true;
    asked.seen = *protocol::parse_gtid_set(uuid + ":1-3");
    asked.flags = protocol::dump_non_block;
    run();
    EXPECT_EQ(types().back(), event_type::heartbeat);
}

TEST_F(DumpSession, RefusesAConsumerThatLacksWhatLiesBeforeTheFirstFile)
{
    add_file("bin.1000000002", second_file(), *protocol::parse_gtid_set(uuid + ":1-2"));
    asked.by_gtid = true;
    asked.seen = *protocol::parse_gtid_set(uuid + ":2");
    run();
    EXPECT_EQ(error().code, 1236);
    EXPECT_NE(error().message.find("purged required binary logs"), std::string::npos);
    EXPECT_NE(error().message.find("missing transactions are '" + uuid + ":1'"), std::string::npos);
    EXPECT_NE(error().message.find("bin.1000000002"), std::string::npos);
}

TEST_F(DumpSession, RefusesAConsumerThatLacksWhatTheSourceHasPastItsLog)
{
    add_two_files();
    const std::string other = "00000000-0000-0000-0000-000000000001";
    gtid_purged = *protocol::parse_gtid_set(other + ":1-5," + uuid + ":1-3");
    asked.by_gtid = true;
    asked.seen = *protocol::parse_gtid_set(other + ":1-4");
    run();
    EXPECT_EQ(error().code, 1236);
    EXPECT_NE(
        error().message.find("missing transactions are '" + other + ":5'"), std::string::npos
    );

    peer.written.clear();
    asked.seen = *protocol::parse_gtid_set(other + ":1-5");
    asked.flags = protocol::dump_non_block;
    run();
    EXPECT_GT(events().size(), 5U);
}

asio::awaitable<std::optional<protocol::gtid_set>> executed_up_to(std::string set)
{
    co_return *protocol::parse_gtid_set(set);
}

TEST_F(DumpSession, RefusesAConsumerThatIsAheadOfTheSourceOnlyAfterAskingTheSource)
{
    add_two_files();
    asked.by_gtid = true;
    asked.seen = *protocol::parse_gtid_set(uuid + ":1-9");
    source_executed = [&] { return executed_up_to(uuid + ":1-9"); };
    run();
    EXPECT_TRUE(protocol::is_eof(peer.written.back()));

    peer = {};
    source_executed = [&] { return executed_up_to(uuid + ":1-8"); };
    run();
    EXPECT_EQ(error().code, 1236);
    EXPECT_NE(error().message.find("more GTIDs than the source has"), std::string::npos);
}

TEST_F(DumpSession, RefusesAGtidDumpWhereTheSourceHasNoGtids)
{
    add_two_files();
    gtid_mode = "OFF";
    asked.by_gtid = true;
    run();
    EXPECT_NE(error().message.find("GTID_MODE = OFF instead of ON"), std::string::npos);
}

TEST_F(DumpSession, RefusesAClientThatNeverSpokeOfChecksumsWhereTheLogHasThem)
{
    add_two_files();
    asked.checksum.reset();
    run();
    EXPECT_EQ(error().code, 1236);
    EXPECT_NE(
        error().message.find("can not handle replication events with the checksum"),
        std::string::npos
    );
}

TEST_F(DumpSession, WritesOnlyTheFirstRotateAsNegotiated)
{
    add_two_files();
    asked.checksum = "NONE";
    run();
    const auto sent = events();
    EXPECT_EQ(
        sent[0].size(), protocol::event_header_size + 8 + std::string("bin.1000000001").size()
    );
    const std::size_t second = 1 + events_in(first_file()).size();
    EXPECT_EQ(sent[second].size(), sent[0].size() + 4);
    EXPECT_TRUE(protocol::checksum_is_right(sent[second]));
}

TEST_F(DumpSession, RefusesAnUnknownFileAndPositionsThatAreNone)
{
    add_two_files();
    asked.file = "nothing.000001";
    run();
    EXPECT_EQ(error().message, "Could not find first log file name in binary log index file");

    asked.file = "bin.1000000001";
    asked.position = 3;
    run();
    EXPECT_EQ(error().message, "Client requested source to start replication from position < 4");

    asked.position = first_file().size() + 1;
    run();
    EXPECT_EQ(
        error().message, "Client requested source to start replication from position > file size"
    );

    asked.position = position_of(first_file(), 7) + 1;
    run();
    EXPECT_EQ(error().code, 1236);
    EXPECT_TRUE(
        error().message.starts_with("bogus data in log event") ||
        error().message.starts_with("log event entry exceeded max_allowed_packet")
    );
}

TEST_F(DumpSession, AnswersAStartBeyondItsEndWithAnErrorThatIsTriedAgain)
{
    add_two_files();
    asked.file = "bin.1000000002";
    asked.position = second_file().size() + 100;
    run();
    EXPECT_EQ(error().code, 1053);
}

TEST_F(DumpSession, CarriesAConsumerFromTheSourcesPositionsToItsOwn)
{
    add_two_files();
    const std::uint64_t position = position_of(first_file(), 7);
    clean_of = [&](const std::string& file, std::uint64_t at
               ) -> tl::expected<proxy::store::clean_coordinate, proxy::store::untranslatable> {
        EXPECT_EQ(file, "bin.000001");
        EXPECT_EQ(at, 1234U);
        return proxy::store::clean_coordinate{"bin.1000000001", position};
    };
    asked.file = "bin.000001";
    asked.position = 1234;
    const auto told_name = [&] {
        peer = {};
        run();
        const auto sent = events();
        const auto body = protocol::parse_rotate(
            protocol::parse_event(sent.at(0), protocol::checksum::crc32)->body
        );
        EXPECT_EQ(body->position, position);
        return std::string(body->file);
    };
    EXPECT_EQ(told_name(), "bin.1000000001") << "it keeps the name with our positions";
    // mysqlbinlog would take another name for the end of its file, and end without an event.
    asked.is_mysqlbinlog = true;
    EXPECT_EQ(told_name(), "bin.000001");
    // The next file, whose name it learns from the log, has ours.
    const auto sent = events();
    for (const std::size_t rotate : {7U, 8U})
        EXPECT_EQ(
            protocol::parse_rotate(
                protocol::parse_event(sent.at(rotate), protocol::checksum::crc32)->body
            )
                ->file,
            "bin.1000000002"
        );
}

TEST_F(DumpSession, WaitsForWhatTheSourceHasAlreadyAndRefusesWhatNobodyHas)
{
    first_upstream = "bin.000007";
    add_two_files();
    clean_of = [&](const std::string&, std::uint64_t
               ) -> tl::expected<proxy::store::clean_coordinate, proxy::store::untranslatable> {
        return tl::unexpected(proxy::store::untranslatable{});
    };
    const auto code_for = [&](const std::string& file) {
        peer = {};
        asked.file = file;
        asked.position = 1'000'000;
        run();
        return error().code;
    };
    EXPECT_EQ(code_for("bin.000008"), 1053);  // the newest we have; the position will come
    EXPECT_EQ(code_for("bin.000009"), 1053);
    EXPECT_EQ(code_for("bin.1000000003"), 1053);
    EXPECT_EQ(code_for("bin.000007"), 1236);
    EXPECT_EQ(code_for("bin.000006"), 1236);
    EXPECT_EQ(code_for("bin.1000000000"), 1236);  // retention has taken it
    EXPECT_EQ(code_for("other.000009"), 1236);
}

TEST_F(DumpSession, RefusesAtOnceWhereTheSourcesLogWasReadAndNoEventBegins)
{
    add_two_files();
    clean_of = [&](const std::string&, std::uint64_t
               ) -> tl::expected<proxy::store::clean_coordinate, proxy::store::untranslatable> {
        return tl::unexpected(proxy::store::untranslatable{.read_past = true});
    };
    asked.file = log.files()->files.back().source.file;
    asked.position = 1234;
    run();
    EXPECT_EQ(error().code, 1236);
}

tl::expected<proxy::store::clean_coordinate, proxy::store::untranslatable>
inside_a_transaction(const std::string&, std::uint64_t)
{
    return tl::unexpected(proxy::store::untranslatable{
        .read_past = true,
        .before = rewrite::coordinate{1, "bin.000001", 1000},
        .after = rewrite::coordinate{1, "bin.000001", 2000},
    });
}

// In front of a transaction that is hidden whole: the heartbeat of gh-ost, say.
TEST_F(DumpSession, AReplicaGoesOnInFrontOfAHiddenTransaction)
{
    add_two_files();
    const std::uint64_t position = position_of(first_file(), 7);
    clean_of = inside_a_transaction;
    border_of = [&](const std::string&, std::uint64_t at) {
        return at == 1500
                   ? std::optional(proxy::store::clean_coordinate{"bin.1000000001", position})
                   : std::nullopt;
    };
    asked.file = "bin.000001";
    asked.position = 1500;
    run();
    EXPECT_EQ(error().code, 1236) << "who does not register may have counted events of it";
    EXPECT_NE(
        error().message.find("who has all before it starts at bin.000001:2000"), std::string::npos
    );
    peer = {};
    asked.registered = true;
    run();
    const auto sent = events();
    const auto body =
        protocol::parse_rotate(protocol::parse_event(sent.at(0), protocol::checksum::crc32)->body);
    EXPECT_EQ(body->position, position);
    peer = {};
    asked.position = 1501;
    run();
    EXPECT_EQ(error().code, 1236) << "no border";
}

TEST_F(DumpSession, NamesBothNeighboursOfATransactionItHasRewritten)
{
    add_two_files();
    clean_of = inside_a_transaction;
    asked.file = "bin.000001";
    asked.position = 1234;
    run();
    EXPECT_EQ(error().code, 1236);
    EXPECT_NE(error().message.find("bin.000001:1000"), std::string::npos);
    EXPECT_NE(error().message.find("bin.000001:2000"), std::string::npos);
}

TEST_F(DumpSession, PutsTheSemiSyncMarkIntoEveryPacketAndWantsNoAnswer)
{
    add_two_files();
    asked.semi_sync = true;
    run();
    const auto sent = events(3);
    EXPECT_EQ(sent.size(), peer.written.size() - 1);
    for (const byte_buffer& packet : peer.written)
        if (packet.at(0) == 0) {
            EXPECT_EQ(packet.at(1), 0xef);
            EXPECT_EQ(packet.at(2), 0);
        }
    EXPECT_EQ(sent.at(1), events_in(first_file()).at(0));
}

TEST_F(DumpSession, SendsHeartbeatsWhileTheLogIsSilentAndWhatComesNext)
{
    asked.flags = protocol::dump_heartbeat_v2;
    asked.heartbeat_period = 5ms;
    const byte_buffer file = first_file();
    const std::uint64_t half = position_of(file, 7);
    add_file("bin.1000000001", file);
    log.publish(half);
    peer.after_write = [&] {
        if (heartbeats(events()).size() == 3)
            log.publish(file.size());
        if (types().back() == event_type::rotate && types().size() > 3)
            control.stop = proxy::session_end::shutdown;
    };
    run();
    const auto beats = heartbeats(events());
    ASSERT_EQ(beats.size(), 3U);
    for (const auto& beat : beats) {
        EXPECT_EQ(beat.file, "bin.1000000001");
        EXPECT_EQ(beat.position, half);
    }
    EXPECT_TRUE(protocol::is_eof(peer.written.back()));
    peer.written.pop_back();
    EXPECT_EQ(events().back(), events_in(file).back());
}

TEST_F(DumpSession, SendsNoHeartbeatBetweenAFilesRotateAndTheNextFile)
{
    asked.flags = protocol::dump_heartbeat_v2;
    asked.heartbeat_period = 2ms;
    add_file("bin.1000000001", first_file());
    asio::steady_timer later(thread->loop(), 30ms);
    later.async_wait([&](const std::error_code&) {
        EXPECT_TRUE(heartbeats(events()).empty());
        control.stop = proxy::session_end::shutdown;
        thread->wake_all();
    });
    run();
    EXPECT_TRUE(protocol::is_eof(peer.written.back()));
}

TEST_F(DumpSession, EndsWithoutAnErrorWhenItIsToldTo)
{
    asked.flags = 0;
    add_file("bin.1000000001", first_file());
    for (const auto reason :
         {proxy::session_end::killed, proxy::session_end::interrupted, proxy::session_end::shutdown
         }) {
        peer = {};
        control.stop = proxy::session_end::none;
        asio::steady_timer later(thread->loop(), 5ms);
        later.async_wait([&](const std::error_code&) {
            control.stop = reason;
            thread->wake_all();
        });
        run();
        // A killed connection is closed without a word.
        const bool said_the_end = protocol::is_eof(peer.written.back());
        EXPECT_EQ(said_the_end, reason != proxy::session_end::killed);
        EXPECT_FALSE(protocol::is_error(peer.written.back()));
    }
}

TEST_F(DumpSession, TellsAReplacedConsumerWhyItEnds)
{
    asked.flags = 0;
    add_file("bin.1000000001", first_file());
    asio::steady_timer later(thread->loop(), 5ms);
    later.async_wait([&](const std::error_code&) {
        control.stop = proxy::session_end::replaced;
        thread->wake_all();
    });
    run();
    EXPECT_EQ(error().code, 1236);
    EXPECT_TRUE(error().message.starts_with("A replica with the same server_uuid/server_id as this "
                                            "replica has connected to the source; "
                                            "the first event 'bin.1000000001' at 4"));
}

TEST_F(DumpSession, EndsWhenItsPeerHasGone)
{
    asked.flags = 0;
    add_file("bin.1000000001", first_file());
    peer.gone = true;
    EXPECT_THROW(run(), std::system_error);
}

TEST_F(DumpSession, EndsAtEveryFailingWrite)
{
    add_two_files();
    for (std::size_t write = 0; write < 4; ++write) {
        peer = {};
        peer.fail_at_write = write;
        EXPECT_THROW(run(), std::system_error);
    }
}

TEST_F(DumpSession, ServesRealFilesAsTheyAre)
{
    for (const char* name :
         {"ptosc-mysql97-371-events-compressed.in.binlog",
          "mysql97-tagged-gtids.binlog",
          "ptosc-mysql97-371-onechunk-nochecksum.in.binlog"}) {
        SCOPED_TRACE(name);
        list = {};
        end = 0;
        peer = {};
        const byte_buffer file = tests::golden(name);
        add_file("bin.1000000001", file);
        list.files.back().sum = std::string_view(name).find("nochecksum") == std::string_view::npos
                                    ? protocol::checksum::crc32
                                    : protocol::checksum::none;
        log.set_files(list);
        run();
        const auto expected = events_in(file);
        const auto sent = events();
        ASSERT_EQ(sent.size(), expected.size() + 1);
        EXPECT_TRUE(std::equal(expected.begin() + 1, expected.end(), sent.begin() + 2));
    }
}

TEST_F(DumpSession, SkipsTaggedTransactions)
{
    const byte_buffer file = tests::golden("mysql97-tagged-gtids.binlog");
    protocol::gtid_set all;
    for (const event_view& event : tests::events_of(file))
        if (protocol::is_gtid_event(event.header.type))
            all.add(protocol::parse_gtid_event(event)->id);
    add_file("bin.1000000001", file);
    asked.by_gtid = true;
    asked.seen = all;
    run();
    for (const event_type type : types())
        EXPECT_FALSE(protocol::is_gtid_event(type));
    EXPECT_TRUE(protocol::is_eof(peer.written.back()));
}

}  // namespace
