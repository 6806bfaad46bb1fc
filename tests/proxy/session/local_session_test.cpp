#include "protocol/capabilities.hpp"
#include "proxy/session/local_session.hpp"
#include "tests/support/run_awaitable.hpp"
#include "tests/support/scripted_stream.hpp"

#include <gtest/gtest.h>

namespace proxy {
namespace {

using protocol::byte_buffer;
using protocol::command_type;

byte_buffer command(command_type type, std::string_view text = {})
{
    byte_buffer packet{static_cast<std::uint8_t>(type)};
    packet.insert(packet.end(), text.begin(), text.end());
    return packet;
}

byte_buffer dump_command()
{
    byte_buffer packet;
    protocol::append_binlog_dump(packet, {.position = 4, .server_id = 5, .file = "bin.1"});
    return packet;
}

class LocalSession : public testing::Test
{
protected:
    LocalSession()
    {
        state.id = *sessions.add("127.0.0.1:1", [](session_end) {}, 10);
    }
    std::optional<dump_parameters> run(std::deque<byte_buffer> packets)
    {
        peer.to_read = std::move(packets);
        local_session session(
            peer, protocol::capability::protocol_41, state, {log, facts, sessions, control}
        );
        return tests::run(session.run());
    }
    std::uint16_t code_of_last() const
    {
        const auto error = protocol::parse_error(peer.written.back());
        return error ? error->code : std::uint16_t{0};
    }

    publication log;
    facts_board facts;
    session_registry sessions;
    session_control control;
    session_state state;
    tests::scripted_stream peer;
};

TEST_F(LocalSession, AnswersCommandsUntilTheClientQuits)
{
    const auto dump = run(
        {command(command_type::ping),
         command(command_type::init_db, "shop"),
         command(command_type::query, "SET @a = 1"),
         command(command_type::quit),
         command(command_type::ping)}
    );
    EXPECT_FALSE(dump);
    ASSERT_EQ(peer.written.size(), 3U);
    for (const byte_buffer& packet : peer.written)
        EXPECT_TRUE(protocol::is_ok(packet));
    EXPECT_EQ(state.database, "shop");
}

TEST_F(LocalSession, HandsADumpOverWithTheVariablesThatWereSet)
{
    const auto dump =
        run({command(command_type::query, "SET @source_binlog_checksum = 'CRC32'"), dump_command()}
        );
    ASSERT_TRUE(dump);
    EXPECT_EQ(dump->file, "bin.1");
    EXPECT_EQ(dump->checksum, "CRC32");
    EXPECT_EQ(peer.written.size(), 1U);
}

TEST_F(LocalSession, EndsAtAPacketThatIsNoCommand)
{
    EXPECT_FALSE(run({byte_buffer{}, command(command_type::ping)}));
    EXPECT_EQ(code_of_last(), 1835);
    EXPECT_FALSE(run({command(command_type::binlog_dump)}));
    EXPECT_EQ(code_of_last(), 1835);
}

TEST_F(LocalSession, RefusesWhatOnlyTheSourceCanAnswer)
{
    run({command(command_type::query, "SELECT * FROM shop.orders"), command(command_type::quit)});
    EXPECT_EQ(code_of_last(), 1105);
    run({command(command_type::stmt_prepare, "SELECT 1"), command(command_type::quit)});
    EXPECT_EQ(code_of_last(), 1047);
}

TEST_F(LocalSession, EndsBetweenCommandsWhenItIsToldTo)
{
    control.stop = session_end::shutdown;
    EXPECT_FALSE(run({command(command_type::ping), command(command_type::ping)}));
    EXPECT_EQ(peer.written.size(), 1U);
}

}  // namespace
}  // namespace proxy
