#include "protocol/server_errors.hpp"

#include <gtest/gtest.h>

namespace protocol {
namespace {

TEST(ServerErrors, HaveTheServersNumberStateAndText)
{
    EXPECT_EQ(
        make_error(server_errno::too_many_connections),
        (server_error{1040, "08004", "Too many connections"})
    );
    EXPECT_EQ(
        make_error(server_errno::bad_handshake), (server_error{1043, "08S01", "Bad handshake"})
    );
    EXPECT_EQ(
        make_error(server_errno::malformed_packet),
        (server_error{1835, "HY000", "Malformed communication packet."})
    );
}

TEST(ServerErrors, PutValuesIntoTheGapsOfTheText)
{
    EXPECT_EQ(
        make_error(server_errno::access_denied, {"app", "10.0.0.5", "YES"}),
        (server_error{
            1045, "28000", "Access denied for user 'app'@'10.0.0.5' (using password: YES)"
        })
    );
    EXPECT_EQ(make_error(server_errno::unknown_thread, {"17"}).message, "Unknown thread id: 17");
    EXPECT_EQ(
        make_error(server_errno::unknown_system_variable, {"{}"}).message,
        "Unknown system variable '{}'"
    );
    EXPECT_EQ(make_error(server_errno::bad_handshake, {"one too many"}).message, "Bad handshake");
}

TEST(ServerErrors, AreNeverWithoutAText)
{
    EXPECT_EQ(make_error(server_errno::no_such_table).message, "error 1146");
}

TEST(ServerErrors, TakeOurOwnWordsUnderTheServersNumber)
{
    EXPECT_EQ(
        make_error_with_text(server_errno::server_shutdown, "unghost is ending"),
        (server_error{1053, "08S01", "unghost is ending"})
    );
    EXPECT_EQ(
        make_error_with_text(server_errno::no_such_table, "x"), (server_error{1146, "HY000", "x"})
    );
}

}  // namespace
}  // namespace protocol
