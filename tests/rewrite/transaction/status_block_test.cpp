#include "protocol/status_variables.hpp"
#include "rewrite/transaction/status_block.hpp"
#include "tests/support/event_builder.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace {

using namespace tests;
using protocol::status_code;

std::vector<status_code> codes_of(byte_view block)
{
    std::vector<status_code> codes;
    const auto variables = protocol::parse_status_variables(block);
    for (const auto& variable : *variables)
        codes.push_back(variable.code);
    return codes;
}

TEST(StatusBlock, OfABeginHasOnlyWhatMayStandInATransaction)
{
    byte_buffer status = status_block();
    protocol::writer(status).u8(16).u8(1).u8(17).u64(99);
    EXPECT_EQ(
        codes_of(rewrite::begin_status(status)),
        (std::vector{
            status_code::flags2,
            status_code::sql_mode,
            status_code::catalog_nz,
            status_code::charset
        })
    );
}

TEST(StatusBlock, OfAnAlterIsTheRecordedOneButForWhatBelongsToTheCutOver)
{
    byte_buffer recorded = status_block(0x1a00020 | protocol::mode_strict_all_tables);
    protocol::writer(recorded).u8(5).u8(3).text("UTC").u8(13).u24(1).u8(17).u64(1);
    byte_buffer cut_over = status_block(0);
    protocol::writer(cut_over).u8(13).u24(2).u8(17).u64(2);
    const byte_buffer status = rewrite::alter_status(recorded, cut_over, false);
    const auto session = *protocol::read_session_state(status);
    EXPECT_EQ(session.ddl_xid, 2U);
    EXPECT_EQ(session.microseconds, 2U);
    EXPECT_EQ(session.sql_mode, 0x200020U | protocol::mode_strict_all_tables)
        << "NO_ZERO_DATE and NO_ZERO_IN_DATE go, STRICT stays";
    const auto codes = codes_of(status);
    EXPECT_EQ(std::ranges::count(codes, status_code::time_zone), 1);
    EXPECT_EQ(std::ranges::count(codes, status_code::ddl_logged_with_xid), 1);
}

}  // namespace
