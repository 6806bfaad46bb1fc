#include "tests/support/source_pull.hpp"

#include <gtest/gtest.h>

namespace {

using namespace proxy;
using tests::artificial_rotate;
using tests::contains;
using tests::dump_packets;
using tests::file_events;
using tests::healthy;
using tests::packet_of;
using tests::pulling;
using tests::source_script;

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

TEST(SourceClientFollow, DoesNotFollowAServerThatLacksWhatWasStored)
{
    expect_refusal(
        fmt::format("{}:1-7", old_uuid), "", fmt::format("source_lacks {}:8-10", old_uuid)
    );
}

TEST(SourceClientFollow, DoesNotFollowAServerThatHasPurgedWhatIsMissing)
{
    expect_refusal(
        fmt::format("{}:1-20", old_uuid),
        fmt::format("{}:1-12", old_uuid),
        fmt::format("source_purged {}:11-12", old_uuid)
    );
}

TEST(SourceClientFollow, FollowsAnotherServerFromTheFileThatItNames)
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

TEST(SourceClientFollow, StopsAtAnotherServerWhereThereAreNoGtids)
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

TEST(SourceClientFollow, StopsAtAnotherFileOfTheSameName)
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

TEST(SourceClientFollow, StopsWhenItsFileIsPurgedGoneOrShorter)
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

}  // namespace
