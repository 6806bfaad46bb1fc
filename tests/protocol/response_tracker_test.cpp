#include "protocol/capabilities.hpp"
#include "protocol/command.hpp"
#include "protocol/response.hpp"
#include "protocol/response_tracker.hpp"
#include "tests/support/hex.hpp"

#include <gtest/gtest.h>

using namespace protocol;
using namespace tests::literals;

namespace {

// A server's bytes, and where the tracker thinks an answer to the command ends.
class ResponseTracker : public testing::TestWithParam<std::uint32_t>  // capabilities
{
protected:
    void packet(const byte_buffer& payload) { number_ = append_packet(bytes, payload, number_); }
    void result(std::size_t rows, std::uint16_t status = 2)
    {
        packet("01"_hex);
        packet(definition);
        if (GetParam() == 0)
            end(status);
        for (std::size_t i = 0; i < rows; ++i)
            packet("0161"_hex);
        end(status);
    }
    void end(std::uint16_t status)
    {
        byte_buffer payload{0xfe, 0, 0};  // warnings, or affected rows and insert id
        payload.push_back(static_cast<std::uint8_t>(status));
        payload.push_back(static_cast<std::uint8_t>(status >> 8));
        if (GetParam() != 0)
            payload.insert(payload.end(), {0, 0});
        packet(payload);
    }
    // All bytes belong to the answer, whatever follows, and however they are cut.
    void expect_whole(command_type command)
    {
        for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{4096}}) {
            byte_buffer more = bytes;
            more.insert(more.end(), {7, 7, 7});
            response_tracker tracker;
            tracker.begin(static_cast<std::uint8_t>(command), GetParam());
            std::size_t at = 0;
            while (tracker.where() == answer_place::inside && at < more.size()) {
                const std::size_t size = std::min(piece, more.size() - at);
                const auto taken = tracker.feed(byte_view(more).subspan(at, size));
                ASSERT_TRUE(taken);
                at += *taken;
            }
            EXPECT_EQ(tracker.where(), answer_place::done);
            EXPECT_EQ(at, bytes.size()) << "in pieces of " << piece;
        }
    }

    byte_buffer bytes;
    const byte_buffer definition = "03646566 00 00 00 0161 00 0c ff00 01000000 fd 0000 00 0000"_hex;

private:
    std::uint8_t number_ = 1;
};

TEST_P(ResponseTracker, OkOfAQueryIsAllOfIt)
{
    packet("00 00 00 0200 0000"_hex);
    expect_whole(command_type::query);
}

TEST_P(ResponseTracker, ErrorEndsWhateverWasAsked)
{
    packet("ff 1504 23 3238303030 6e6f"_hex);
    for (const auto command :
         {command_type::query,
          command_type::stmt_prepare,
          command_type::stmt_execute,
          command_type::stmt_fetch,
          command_type::ping,
          command_type::field_list})
        expect_whole(command);
}

TEST_P(ResponseTracker, RowsEndAtTheirEnd)
{
    result(0);
    expect_whole(command_type::query);
    bytes.clear();
    result(3);
    expect_whole(command_type::query);
}

TEST_P(ResponseTracker, RowsMayEndInAnError)
{
    packet("01"_hex);
    packet(definition);
    if (GetParam() == 0)
        end(2);
    packet("0161"_hex);
    packet("ff 2505 23 3730313030 6b"_hex);
    expect_whole(command_type::query);
}

TEST_P(ResponseTracker, MoreResultsFollowAsTheStatusSays)
{
    result(1, 2 | 8);
    packet("00 00 00 0a00 0000"_hex);
    result(0, 2 | 8);
    packet("00 00 00 0200 0000"_hex);
    expect_whole(command_type::query);
}

TEST_P(ResponseTracker, SessionTrackingMayMakeTheEndLong)
{
    packet("01"_hex);
    packet(definition);
    if (GetParam() == 0)
        end(2);
    if (GetParam() == 0) {
        end(2);
    } else {
        byte_buffer long_end = "fe 00 00 0240 0000 00 fc2c01"_hex;
        long_end.resize(long_end.size() + 300);
        packet(long_end);
    }
    expect_whole(command_type::query);
}

TEST_P(ResponseTracker, PreparedStatementsTellHowManyDefinitionsFollow)
{
    packet("00 01000000 0000 0000 00 0000"_hex);
    expect_whole(command_type::stmt_prepare);

    bytes.clear();
    packet("00 01000000 0100 0200 00 0000"_hex);  // one column, two parameters
    packet(definition);
    packet(definition);
    if (GetParam() == 0)
        end(2);
    packet(definition);
    if (GetParam() == 0)
        end(2);
    expect_whole(command_type::stmt_prepare);
}

TEST_P(ResponseTracker, ACursorsRowsAreFetched)
{
    packet("01"_hex);
    packet(definition);
    end(2 | 0x40);
    expect_whole(command_type::stmt_execute);

    bytes.clear();
    packet("00 00 0161"_hex);
    end(2 | 0x40 | 8);
    expect_whole(command_type::stmt_fetch);
}

TEST_P(ResponseTracker, OtherCommandsAreAnsweredByOnePacket)
{
    packet("54687265616473"_hex);
    expect_whole(command_type::statistics);
    bytes.clear();
    packet({});  // whatever it is
    expect_whole(command_type::ping);
}

TEST_P(ResponseTracker, SomeCommandsAreNotAnswered)
{
    response_tracker tracker;
    for (const auto command :
         {command_type::quit, command_type::stmt_close, command_type::stmt_send_long_data}) {
        tracker.begin(static_cast<std::uint8_t>(command), GetParam());
        EXPECT_EQ(tracker.where(), answer_place::done);
    }
}

TEST_P(ResponseTracker, AFileIsWantedInTheMiddle)
{
    packet("fb 2f746d70"_hex);
    response_tracker tracker;
    tracker.begin(static_cast<std::uint8_t>(command_type::query), GetParam());
    EXPECT_EQ(tracker.feed(bytes), bytes.size());
    EXPECT_EQ(tracker.where(), answer_place::wants_file);
    tracker.file_sent();
    bytes.clear();
    packet("00 05 00 0200 0000"_hex);
    EXPECT_EQ(tracker.feed(bytes), bytes.size());
    EXPECT_EQ(tracker.where(), answer_place::done);
}

TEST_P(ResponseTracker, WhatIsNoAnswerIsRefused)
{
    for (const byte_buffer& payload : {byte_buffer{}, "00"_hex, "fe"_hex, "fc01"_hex}) {
        bytes.clear();
        packet(payload);
        response_tracker tracker;
        tracker.begin(static_cast<std::uint8_t>(command_type::query), GetParam());
        EXPECT_FALSE(tracker.feed(bytes)) << testing::PrintToString(payload);
    }
}

INSTANTIATE_TEST_SUITE_P(
    BothForms,
    ResponseTracker,
    testing::Values(0U, capability::deprecate_eof),
    [](const auto& of) { return of.param == 0 ? "WithEof" : "WithoutEof"; }
);

}  // namespace
