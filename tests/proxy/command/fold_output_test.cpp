#include "proxy/command/commands.hpp"
#include "proxy/command/fold_output.hpp"
#include "tests/support/event_builder.hpp"
#include "tests/support/files.hpp"
#include "tests/support/temp_folder.hpp"

#include <gtest/gtest.h>

namespace proxy {
namespace {

using protocol::event_type;

const std::filesystem::path golden_folder = std::filesystem::path(TESTS_DIR) / "golden";

struct folded
{
    tests::temp_folder folder;
    progress_line line;
    fold_output output{folder.path(), line};
    offline_result result;

    explicit folded(std::vector<std::filesystem::path> files, bool unproven = false)
    {
        offline_options options;
        options.files = std::move(files);
        options.rules.fold_unproven = unproven;
        result = fold_offline(options, output);
    }
    protocol::byte_buffer file(std::size_t at = 0) const
    {
        return tests::read_file(output.files().at(at));
    }
};

TEST(FoldOutput, APassedFileDiffersOnlyInItsRotate)
{
    const std::string name = "ptosc-mysql97-371-events-full.in.binlog";
    const folded made({golden_folder / name});
    const auto before_file = tests::golden(name);
    const auto after_file = made.file();
    const auto before = tests::events_of(before_file);
    const auto after = tests::events_of(after_file);

    ASSERT_EQ(before.size(), after.size());
    for (std::size_t i = 0; i + 1 < before.size(); ++i)
        ASSERT_TRUE(std::ranges::equal(before[i].whole, after[i].whole)) << i;
    ASSERT_EQ(before.back().header.type, event_type::rotate);
    const auto rotate = protocol::parse_rotate(after.back().body);
    ASSERT_TRUE(rotate);
    EXPECT_EQ(rotate->position, 4U);
    EXPECT_EQ(rotate->file.substr(rotate->file.rfind('.')), ".1000000002");
}

TEST(FoldOutput, EveryEventOfAFoldedFileHasItsRightPositionAndChecksum)
{
    const folded made({golden_folder / "ptosc-mysql97-371-row-load.in.binlog"});
    const auto file = made.file();
    std::uint32_t end = 4;
    for (const auto& event : tests::events_of(file)) {
        end += event.header.size;
        EXPECT_EQ(event.header.end_log_pos, end);
        EXPECT_TRUE(protocol::checksum_is_right(event.whole));
    }
    EXPECT_EQ(end, file.size());
    EXPECT_EQ(made.output.counts().at(0).bytes_out, file.size());
}

TEST(FoldOutput, NamesAreTheSourcesWithTheCleanNumber)
{
    const tests::temp_folder input;
    const auto source = golden_folder / "ptosc-mysql97-371-noswap.in.binlog";
    std::filesystem::copy(source, input / "mysql-bin.000041");
    const folded made({input / "mysql-bin.000041"});
    EXPECT_EQ(made.output.files().at(0).filename(), "mysql-bin.1000000041");
}

TEST(FoldOutput, FilesOutOfOrderAreRefused)
{
    const tests::temp_folder input;
    const auto source = golden_folder / "ptosc-mysql97-371-noswap.in.binlog";
    const auto bytes = tests::read_file(source);
    const auto last = tests::events_of(bytes).back();
    const std::string next(protocol::parse_rotate(last.body)->file);
    const std::string base = next.substr(0, next.rfind('.'));
    std::filesystem::copy(source, input / (base + ".000001"));
    std::filesystem::copy(source, input / (base + ".000007"));
    try {
        const folded made({input / (base + ".000001"), input / (base + ".000007")});
        FAIL();
    } catch (const std::runtime_error& error) {
        EXPECT_NE(std::string(error.what()).find("oldest first"), std::string::npos);
    }
}

// The newest one of a server that runs has no ROTATE at its end.
TEST(FoldOutput, AnOlderFileAfterTheNewestIsRefused)
{
    const tests::temp_folder input;
    const auto write = [&](const char* name, std::uint32_t begun, bool ended) {
        tests::event_builder log;
        log.timestamp = begun;
        log.format().previous_gtids({});
        if (ended)
            log.rotate("b.000002");
        tests::write_file(input / name, log.file());
        return input / name;
    };
    const auto older = write("b.000001", 1000, false);
    const auto ended = write("b.000003", 2000, true);
    const auto newest = write("b.000002", 1500, false);
    EXPECT_NO_THROW(folded({older, newest}));
    try {
        const folded made({newest, older});
        FAIL();
    } catch (const std::runtime_error& error) {
        EXPECT_NE(std::string(error.what()).find("oldest first"), std::string::npos);
    }
    const auto without_number = write("last", 1200, false);
    EXPECT_THROW(folded({newest, without_number}), std::runtime_error);
    // A clock that went back is no reason where the numbers, or a ROTATE, tell the order.
    EXPECT_NO_THROW(folded({older, write("b.000007", 900, false)}));
    EXPECT_NO_THROW(folded({ended, newest}));
}

TEST(FoldOutput, WritesOverAFileOnlyIfTold)
{
    const tests::temp_folder input;
    const auto source = golden_folder / "ptosc-mysql97-371-noswap.in.binlog";
    std::filesystem::copy(source, input / "mysql-bin.000041");
    const tests::temp_folder to;
    const auto fold = [&](existing_files existing) {
        progress_line line;
        fold_output output(to.path(), line, existing);
        offline_options options;
        options.files = {input / "mysql-bin.000041"};
        fold_offline(options, output);
        return output.files().at(0);
    };
    const auto file = fold(existing_files::kept);
    const auto bytes = tests::read_file(file);
    tests::write_file(file, protocol::byte_buffer{1});
    try {
        fold(existing_files::kept);
        FAIL() << "written over";
    } catch (const command_error& error) {
        EXPECT_EQ(error.code, exit_usage);
        EXPECT_NE(std::string(error.what()).find("--overwrite"), std::string::npos);
    }
    EXPECT_EQ(tests::read_file(file).size(), 1U);
    fold(existing_files::overwritten);
    EXPECT_EQ(tests::read_file(file), bytes);
}

TEST(FoldOutput, AMigrationThatWouldStopIsPassedFromItsBeginning)
{
    const std::string name = "ptosc-mysql97-371-taint-truncate-original.in.binlog";
    const folded made({golden_folder / name});
    EXPECT_EQ(made.result.would_have_stopped.size(), 1U);
    EXPECT_EQ(made.output.files().size(), 1U);
    EXPECT_EQ(made.file().size(), tests::golden(name).size() + 4);  // the longer name in ROTATE
}

TEST(FoldOutput, AnUnfinishedTransactionAtTheEndIsLeftOut)
{
    const tests::temp_folder input;
    auto bytes = tests::golden("ptosc-mysql97-371-row-load.in.binlog");
    const auto events = tests::events_of(bytes);
    // Up to the last XID, which is inside the run's aftermath.
    const auto last = std::find_if(events.rbegin(), events.rend(), [](const auto& event) {
        return event.header.type == event_type::xid;
    });
    const auto size = static_cast<std::size_t>(last->whole.data() - bytes.data());
    std::ofstream(input / "mysql-bin.000001", std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(size));

    const folded made({input / "mysql-bin.000001"});
    const auto file = made.file();
    EXPECT_LE(file.size(), size);
    EXPECT_NO_THROW(tests::events_of(file));
}

}  // namespace
}  // namespace proxy
