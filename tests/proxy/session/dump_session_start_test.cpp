#include "tests/support/dump_session_fixture.hpp"

namespace {

using protocol::event_type;

class DumpSessionStart : public tests::dump_session_fixture
{};

TEST_F(DumpSessionStart, ClearsPositionAndCreationOfTheFormatWhenItStartsInTheMiddle)
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

TEST_F(DumpSessionStart, SkipsWhatTheConsumerHasAndSaysSoByHeartbeat)
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

TEST_F(DumpSessionStart, BeginsWithTheNewestFileThatMissesNothing)
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

TEST_F(DumpSessionStart, RefusesAConsumerThatLacksWhatLiesBeforeTheFirstFile)
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

TEST_F(DumpSessionStart, RefusesAConsumerThatLacksWhatTheSourceHasPastItsLog)
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

TEST_F(DumpSessionStart, RefusesAConsumerThatIsAheadOfTheSourceOnlyAfterAskingTheSource)
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

TEST_F(DumpSessionStart, RefusesAGtidDumpWhereTheSourceHasNoGtids)
{
    add_two_files();
    gtid_mode = "OFF";
    asked.by_gtid = true;
    run();
    EXPECT_NE(error().message.find("GTID_MODE = OFF instead of ON"), std::string::npos);
}

TEST_F(DumpSessionStart, RefusesAClientThatNeverSpokeOfChecksumsWhereTheLogHasThem)
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

}  // namespace
