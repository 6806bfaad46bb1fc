#include "tests/support/dump_session_fixture.hpp"

namespace {

using namespace std::chrono_literals;
using protocol::byte_buffer;
using protocol::event_type;
using protocol::event_view;
using tests::source_server_id;

class DumpSession : public tests::dump_session_fixture
{};

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

TEST_F(DumpSession, ClearsTheInUseFlagWithoutTouchingTheChecksum)
{
    byte_buffer file = first_file();
    file[4 + protocol::event_flags_offset] |= protocol::event_in_use;
    add_file("bin.1000000001", file);
    run();
    EXPECT_EQ(events().at(1), events_in(first_file()).at(0));
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
