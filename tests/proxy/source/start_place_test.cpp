#include "protocol/ascii.hpp"
#include "proxy/source/start_place.hpp"

#include <gtest/gtest.h>

namespace proxy {
namespace {

const std::vector<binary_log> logs{{"bin.000003", 500}, {"bin.000004", 700}, {"bin.000005", 900}};
const std::string uuid = "3e11fa47-71ca-11e1-9e33-c80aa9429562";

resume_place remembered(const std::string& file, std::uint64_t position)
{
    return {.fresh = false, .log = {.file = file}, .position = position};
}

source_error error_of(const resume_place& place, const std::string& start = "latest")
{
    try {
        (void)start_place("db1:3306", place, start, logs);
    } catch (const source_error& error) {
        return error;
    }
    ADD_FAILURE() << "it has such a place";
    return {trouble::passing, ""};
}

bool contains(const source_error& error, std::string_view part)
{
    return std::string_view(error.what()).find(part) != std::string_view::npos;
}

TEST(StartPlace, BeginsWhereTheConfigurationSaysIfNothingWasTakenYet)
{
    EXPECT_EQ(start_place("db1", {}, "latest", logs).log.file, "bin.000005");
    EXPECT_EQ(start_place("db1", {}, "earliest", logs).log.file, "bin.000003");
    const resume_place named = start_place("db1", {}, "bin.000004", logs);
    EXPECT_EQ(named.log.file, "bin.000004");
    EXPECT_EQ(named.position, 4U);
    const source_error missing = error_of({}, "bin.000009");
    EXPECT_EQ(missing.kind, trouble::refused);
    EXPECT_TRUE(contains(missing, "change source.start"));
}

TEST(StartPlace, GoesOnWhereItWasWhateverTheConfigurationSays)
{
    const resume_place place = start_place("db1", remembered("bin.000004", 700), "latest", logs);
    EXPECT_EQ(place.log.file, "bin.000004");
    EXPECT_EQ(place.position, 700U);
}

TEST(StartPlace, TellsAPurgedLogFromOneThatWasResetOrCutShort)
{
    const source_error purged = error_of(remembered("bin.000002", 4));
    EXPECT_TRUE(contains(purged, "it has purged bin.000002"));
    const source_error reset = error_of(remembered("bin.000008", 4));
    EXPECT_TRUE(contains(reset, "It was reset or restored"));
    const source_error shorter = error_of(remembered("bin.000004", 701));
    EXPECT_TRUE(contains(shorter, "its bin.000004 ends at 700"));
    for (const source_error& error : {purged, reset, shorter})
        EXPECT_EQ(error.kind, trouble::changed);
}

TEST(StartPlace, RefusesAnotherServer)
{
    source_log followed{.file = "bin.000004"};
    EXPECT_NO_THROW(require_same_server("db1", followed, uuid));
    followed.uuid = *protocol::parse_uuid(uuid);
    EXPECT_NO_THROW(require_same_server("db1", followed, uuid));
    EXPECT_NO_THROW(require_same_server("db1", followed, protocol::upper(uuid)));
    EXPECT_THROW(
        require_same_server("db1", followed, "00000000-0000-0000-0000-000000000001"), source_error
    );
}

TEST(StartPlace, KnowsWhatADumpsErrorMeansByItsText)
{
    const auto meaning = [](const std::string& text, std::uint16_t code = 1236) {
        return dump_trouble({trouble::refused, text, code}, "bin.000004");
    };
    EXPECT_EQ(meaning("Could not find first log file name").kind, trouble::changed);
    EXPECT_EQ(meaning("A replica with the same server_uuid").kind, trouble::refused);
    EXPECT_EQ(meaning("bogus data in log event").kind, trouble::damaged);
    EXPECT_STREQ(meaning("bogus data in log event").what(), "bogus data in log event");
    EXPECT_EQ(meaning("something new").kind, trouble::passing);
    EXPECT_EQ(meaning("something new", 1045).kind, trouble::refused);
    const source_error shorter = meaning("position > file size");
    EXPECT_EQ(shorter.kind, trouble::changed);
    EXPECT_TRUE(contains(shorter, "its bin.000004 is shorter"));
}

}  // namespace
}  // namespace proxy
