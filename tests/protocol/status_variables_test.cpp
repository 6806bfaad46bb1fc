#include "protocol/query_event.hpp"
#include "protocol/status_variables.hpp"
#include "tests/support/files.hpp"
#include "tests/support/hex.hpp"
#include "tests/support/prefixes.hpp"

namespace {

using namespace protocol;
using namespace tests::literals;

std::vector<std::pair<int, std::string>> listed(byte_view block)
{
    std::vector<std::pair<int, std::string>> list;
    const auto variables = parse_status_variables(block);
    EXPECT_TRUE(variables);
    if (variables)
        for (const auto& variable : *variables)
            list.emplace_back(static_cast<int>(variable.code), tests::to_hex(variable.bytes));
    return list;
}

TEST(StatusVariables, AreCutByTheLengthOfEachCode)
{
    const std::vector<std::string> each = {
        "0000000001",          // flags2
        "012000a04500000000",  // sql_mode
        "020373746400",        // catalog with a NUL
        "0301000200",          // auto_increment
        "04ff00ff00ff00",      // charset
        "050653595354454d",    // time_zone
        "0603737464",          // catalog
        "070100",              // lc_time_names
        "080800",              // charset_database
        "090100000000000000",  // table_map_for_update
        "0a01000000",          // master_data_written
        "0b01750168",          // invoker
        "0c026431006400",      // updated_db_names
        "0d010203",            // microseconds
        "1001",                // explicit_defaults_for_timestamp
        "110a00000000000000",  // ddl_logged_with_xid
        "12ff00",              // default_collation_for_utf8mb4
        "1301",                // sql_require_primary_key
        "1400",                // default_table_encryption
        "1501",                // enable_cascade_triggers
    };
    for (const std::string& one : each) {
        SCOPED_TRACE(one);
        const byte_buffer bytes = tests::from_hex(one);
        const auto list = listed(bytes);
        ASSERT_EQ(list.size(), 1U);
        EXPECT_EQ(list[0].second, one);
        tests::expect_every_shorter_prefix_refused(bytes, [](byte_view prefix) {
            return prefix.empty() ? tl::unexpected(errc::truncated)
                                  : parse_status_variables(prefix);
        });
    }
}

TEST(StatusVariables, ListDatabasesUpToTheNumberThatMeansTooMany)
{
    EXPECT_EQ(
        listed("0c02 643100 6400 1001"_hex),
        (std::vector<std::pair<int, std::string>>{{12, "0c026431006400"}, {16, "1001"}})
    );
    EXPECT_EQ(
        listed("0cfe 1001"_hex),
        (std::vector<std::pair<int, std::string>>{{12, "0cfe"}, {16, "1001"}})
    );
    EXPECT_FALSE(parse_status_variables("0c02 643100 64"_hex));
}

TEST(StatusVariables, KeepAllBehindACodeNobodyKnows)
{
    EXPECT_EQ(
        listed("1001 80 010203 00"_hex),
        (std::vector<std::pair<int, std::string>>{{16, "1001"}, {128, "8001020300"}})
    );
}

TEST(StatusVariables, TellTheSessionOfAStatement)
{
    const auto block = "00 00400000 01 2000a04500000000 0603737464 04 1c00ff00ff00 "
                       "05 062b30323a3030 0d 40420f 11 0a00000000000000"_hex;
    const auto state = read_session_state(block);
    ASSERT_TRUE(state);
    EXPECT_EQ(state->flags2, 0x4000U);
    EXPECT_EQ(state->sql_mode, 0x45a00020U);
    EXPECT_EQ(state->client_charset, 28);
    EXPECT_EQ(state->time_zone, "+02:00");
    EXPECT_EQ(state->microseconds, 1000000U);
    EXPECT_EQ(state->ddl_xid, 10U);
    const auto nothing = read_session_state({});
    ASSERT_TRUE(nothing);
    EXPECT_FALSE(nothing->sql_mode);
}

TEST(StatusVariables, OfRealStatementsAreAllKnown)
{
    for (const char* name :
         {"ptosc-mysql97-371-nodropold.in.binlog", "ptosc-mysql97gtidoff-371-myisam.in.binlog"}) {
        const byte_buffer file = tests::golden(name);
        for (const event_view& event : tests::events_of(file)) {
            if (event.header.type != event_type::query)
                continue;
            const auto query = parse_query(event.body);
            ASSERT_TRUE(query);
            const auto variables = parse_status_variables(query->status);
            ASSERT_TRUE(variables);
            byte_buffer joined;
            for (const auto& variable : *variables) {
                EXPECT_LE(variable.code, status_code::enable_cascade_triggers);
                joined.insert(joined.end(), variable.bytes.begin(), variable.bytes.end());
            }
            EXPECT_EQ(tests::to_hex(joined), tests::to_hex(query->status));
            EXPECT_TRUE(read_session_state(query->status)->sql_mode);
        }
    }
}

}  // namespace
