#include "proxy/store/spool.hpp"
#include "tests/support/event_builder.hpp"
#include "tests/support/failing_disk.hpp"
#include "tests/support/files.hpp"
#include "tests/support/large_memory.hpp"
#include "tests/support/temp_folder.hpp"

#include <gtest/gtest.h>

namespace proxy {
namespace {

using protocol::byte_buffer;
using protocol::checksum;

constexpr spool::limits room{.bytes = 1U << 20, .file = 200, .free = 0};

struct kept_event
{
    rewrite::coordinate at;
    byte_buffer bytes;
    bool operator==(const kept_event&) const = default;
};

// Two files of the source.
std::vector<kept_event> source_events()
{
    std::vector<kept_event> all;
    std::uint32_t begun = 1'700'000'000;
    for (const char* file : {"b.000007", "b.000008"}) {
        tests::event_builder log;
        log.timestamp = ++begun;
        log.format().previous_gtids({});
        for (unsigned i = 1; i < 4; ++i)
            log.gtid(i).begin().table_map(7, "d1", "t").write_rows(7, 1).xid(i);
        log.rotate("b.000009");
        std::uint64_t position = protocol::first_position;
        for (const byte_buffer& event : log.events()) {
            all.push_back({{1, file, position}, event});
            position += event.size();
        }
    }
    return all;
}

class Spool : public testing::Test
{
protected:
    spool make(spool::limits bounds = room, disk& on = real_disk())
    {
        return {on, folder / "spool", bounds, [](const auto&) {}};
    }
    static void add(spool& to, const kept_event& one)
    {
        const auto event = protocol::parse_event(one.bytes, checksum::crc32);
        ASSERT_TRUE(event);
        to.add(one.at, *event, checksum::crc32);
    }
    void fill(spool& to, std::size_t from = 0, std::size_t up_to = SIZE_MAX) const
    {
        to.set_format(log[0].bytes);
        for (std::size_t i = from; i < std::min(up_to, log.size()); ++i) {
            add(to, log[i]);
            if (i % 3 == 0)
                EXPECT_TRUE(to.write());
        }
        EXPECT_TRUE(to.write());
    }
    static std::vector<kept_event> rest_of(spool& from)
    {
        std::vector<kept_event> all;
        for (;;) {
            const auto next = from.next();
            if (!next || !*next || (*next)->is_damaged)
                return all;
            all.push_back({(*next)->at, {(*next)->bytes.begin(), (*next)->bytes.end()}});
        }
    }
    std::vector<kept_event> log_from(std::size_t first, std::size_t end = SIZE_MAX) const
    {
        end = std::min(end, log.size());
        return {
            log.begin() + static_cast<std::ptrdiff_t>(first),
            log.begin() + static_cast<std::ptrdiff_t>(end)
        };
    }
    std::vector<std::filesystem::path> files() const
    {
        std::vector<std::filesystem::path> all;
        for (const auto& one : std::filesystem::directory_iterator(folder / "spool"))
            all.push_back(one.path());
        std::ranges::sort(all);
        return all;
    }

    const tests::temp_folder folder;
    const std::vector<kept_event> log = source_events();
};

TEST_F(Spool, GivesBackWhatCame)
{
    spool one = make();
    ASSERT_TRUE(one.open());
    EXPECT_TRUE(one.is_empty());
    fill(one);
    EXPECT_GT(files().size(), 6U) << "of 200 bytes and more each";
    one.seek(log[0].at);
    EXPECT_EQ(rest_of(one), log);
    EXPECT_TRUE(one.is_read());
    EXPECT_EQ(one.end().file, "b.000008");
}

// What its files are in the end is a binlog each: the format in front, then the events.
TEST_F(Spool, ItsFilesAreBinlogs)
{
    spool one = make({.bytes = 1, .file = 1U << 20, .free = 0});
    fill(one, 4, 9);
    ASSERT_EQ(files().size(), 1U);
    EXPECT_EQ(files()[0].filename(), "1-" + std::to_string(log[4].at.position) + "-b.000007");
    byte_buffer expected(protocol::binlog_magic.begin(), protocol::binlog_magic.end());
    expected.insert(expected.end(), log[0].bytes.begin(), log[0].bytes.end());
    for (std::size_t i = 4; i < 9; ++i)
        expected.insert(expected.end(), log[i].bytes.begin(), log[i].bytes.end());
    EXPECT_EQ(tests::read_file(files()[0]), expected);
}

TEST_F(Spool, IsThereAfterARestartFromAnyPlace)
{
    for (std::size_t first = 0; first < log.size(); ++first) {
        {
            spool one = make();
            ASSERT_TRUE(one.open());
            ASSERT_TRUE(one.clear());
            fill(one, first);
        }
        spool again = make();
        ASSERT_TRUE(again.open());
        for (std::size_t from = first; from < log.size(); ++from) {
            ASSERT_TRUE(again.holds(log[from].at));
            again.seek(log[from].at);
            EXPECT_EQ(rest_of(again), log_from(from));
        }
        if (first > 0)
            EXPECT_FALSE(again.holds(log[first - 1].at));
    }
}

// As a machine's end may leave the file that grew.
TEST_F(Spool, CutsATornEndAndGoesOnThere)
{
    {
        spool one = make({.bytes = 1U << 20, .file = 1U << 20, .free = 0});
        fill(one, 4, 12);
    }
    const auto file = files().at(0);
    const byte_buffer whole = tests::read_file(file);
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        tests::write_file(file, protocol::byte_view(whole).first(size));
        spool again = make();
        ASSERT_TRUE(again.open());
        if (again.is_empty())
            continue;
        std::size_t left = 4;
        while (left < log.size() && log[left].at < again.end())
            ++left;
        EXPECT_EQ(again.end(), log[left].at);
        fill(again, left, 14);
        again.seek(log[4].at);
        EXPECT_EQ(rest_of(again), log_from(4, 14));
        ASSERT_TRUE(again.clear());
    }
}

TEST_F(Spool, SaysWhereItIsDamagedAndTakesThatAgain)
{
    spool one = make({.bytes = 1U << 20, .file = 1U << 20, .free = 0});
    fill(one, 4, 12);
    const auto file = files().at(0);
    byte_buffer bytes = tests::read_file(file);
    const std::size_t at = bytes.size() - log[11].bytes.size() - 6;  // in the event before the last
    bytes[at] ^= 1U;
    tests::write_file(file, bytes);
    one.seek(log[4].at);
    EXPECT_EQ(rest_of(one), log_from(4, 10));
    one.cut();
    EXPECT_EQ(one.end(), log[10].at);
    fill(one, 10);
    EXPECT_EQ(rest_of(one), log_from(10));
}

// Damage, a restart, and then the next file of the source: what lies between is not left out.
TEST_F(Spool, DamageInAFileWithASuccessorIsMetAfterARestart)
{
    {
        spool one = make();
        fill(one);
    }
    const std::size_t half = log.size() / 2;  // the second file of the source begins
    for (const auto& file : files()) {
        if (file.filename().string().find("b.000007") == std::string::npos)
            continue;
        byte_buffer bytes = tests::read_file(file);
        const byte_buffer right = bytes;
        bytes[bytes.size() - 6] ^= 1U;
        tests::write_file(file, bytes);
        spool again = make();
        ASSERT_TRUE(again.open());
        if (!again.holds(log[0].at))
            continue;  // its head is damaged: it is all asked for again
        again.seek(log[0].at);
        const auto got = rest_of(again);
        ASSERT_LT(got.size(), half);
        EXPECT_EQ(got, log_from(0, got.size()));
        again.cut();
        fill(again, got.size());
        again.seek(log[0].at);
        EXPECT_EQ(rest_of(again), log);
        break;
    }
}

// As a file system may leave one whose last bytes never came to the disk.
TEST_F(Spool, AnotherFileFollowsOnlyOnOneThatSaysThatItEnds)
{
    {
        spool one = make();
        fill(one);
    }
    const std::size_t half = log.size() / 2;
    std::filesystem::path last;
    for (const auto& file : files())
        if (file.filename().string().find("b.000007") != std::string::npos &&
            (last.empty() || !tests::read_file(file).empty()))
            if (const auto at = file.filename().string();
                last.empty() ||
                std::stoul(at.substr(2)) > std::stoul(last.filename().string().substr(2)))
                last = file;
    byte_buffer bytes = tests::read_file(last);
    bytes.resize(bytes.size() - log[half - 1].bytes.size());  // without its ROTATE
    tests::write_file(last, bytes);
    spool again = make();
    ASSERT_TRUE(again.open());
    EXPECT_EQ(again.end().file, "b.000007");
    again.seek(log[0].at);
    const auto got = rest_of(again);
    EXPECT_EQ(got, log_from(0, got.size()));
    EXPECT_LT(got.size(), half);
    for (const auto& file : files())
        EXPECT_EQ(file.filename().string().find("b.000008"), std::string::npos) << "it is removed";
}

TEST_F(Spool, KnowsWhichFileItIsIn)
{
    const std::size_t half = log.size() / 2;  // the second file of the source begins
    const auto begun = [&](std::size_t file) {
        return protocol::load_event_header(log[file].bytes).timestamp;
    };
    ASSERT_NE(begun(0), begun(half));
    {
        spool one = make();
        fill(one);
        EXPECT_EQ(one.format_timestamp(), begun(half));
    }
    spool again = make();
    ASSERT_TRUE(again.open());
    EXPECT_EQ(again.format_timestamp(), begun(half));
    again.seek(log[half - 1].at);
    again.cut();
    EXPECT_EQ(again.end().file, "b.000007");
    EXPECT_EQ(again.format_timestamp(), begun(0));
    fill(again, half - 1, half);
    EXPECT_EQ(again.format_timestamp(), begun(0)) << "of a file that goes on";
}

// A file whose beginning is not where the one before ends is not of this log.
TEST_F(Spool, TakesNothingBehindAGap)
{
    {
        spool one = make();
        fill(one);
    }
    auto left = files();
    ASSERT_GT(left.size(), 3U);
    std::filesystem::remove(folder / "spool" / ("1-4-b.000008"));
    spool again = make();
    ASSERT_TRUE(again.open());
    EXPECT_EQ(again.end().file, "b.000007");
    again.seek(log[0].at);
    EXPECT_EQ(rest_of(again), log_from(0, log.size() / 2));
}

TEST_F(Spool, OtherFilesInItsFolderAreNoPartOfIt)
{
    std::filesystem::create_directories(folder / "spool");
    for (const char* name :
         {"x", "1-4", "1-4-", "-4-b.000001", "1-x-b.000001", "1-4-b", "1-1-b.000001"})
        tests::write_file(folder / "spool" / name, log[0].bytes);
    tests::write_file(folder / "spool" / "1-4-b.000001", byte_buffer(3));
    spool one = make();
    ASSERT_TRUE(one.open());
    EXPECT_TRUE(one.is_empty());
    EXPECT_FALSE(one.holds(log[0].at));
}

TEST_F(Spool, DropsFilesThatNoRestartNeeds)
{
    spool one = make();
    fill(one);
    const std::size_t all = files().size();
    one.seek(log[0].at);
    ASSERT_TRUE(one.drop_before(log.back().at));
    EXPECT_EQ(files().size(), all) << "they were not read";
    const std::uint64_t before = one.bytes();
    EXPECT_EQ(rest_of(one).size(), log.size());
    ASSERT_TRUE(one.drop_before(log[5].at));
    EXPECT_TRUE(one.holds(log[5].at));
    EXPECT_FALSE(one.holds(log[0].at));
    EXPECT_LT(one.bytes(), before);
    one.seek(log[5].at);
    EXPECT_EQ(rest_of(one), log_from(5));
    ASSERT_TRUE(one.drop_before(one.end()));
    EXPECT_EQ(files().size(), 1U) << "the last still grows";
    ASSERT_TRUE(one.clear());
    EXPECT_TRUE(files().empty());
    EXPECT_EQ(one.bytes(), 0U);
}

TEST_F(Spool, IsFullByItsLimitAndByTheDisk)
{
    spool one = make({.bytes = 500, .free = 0});
    EXPECT_FALSE(one.is_full());
    fill(one);
    EXPECT_TRUE(one.is_full());
    const disk_room machine = real_disk().room(folder.path());
    ASSERT_GT(machine.total, 0U);
    spool picky = make({.bytes = UINT64_MAX, .free = UINT64_MAX});
    EXPECT_EQ(picky.is_full(), machine.free < machine.total / 10);
}

// One that is not in memory when it comes, and too large to be read into it.
TEST_F(Spool, GivesALargeEventBackWithoutReadingIt)
{
    tests::event_builder source;
    source.format().previous_gtids({});
    std::vector<kept_event> events;
    std::uint64_t position = protocol::first_position;
    const auto keep = [&](const byte_buffer& bytes) {
        events.push_back({{1, "b.000007", position}, bytes});
        position += bytes.size();
    };
    for (const byte_buffer& event : source.events())
        keep(event);
    for (const std::size_t size : {10UL, 17UL << 20, 10UL}) {
        byte_buffer event;
        protocol::event_writer out(event, {.type = protocol::event_type::rows_query});
        out.body().bytes(byte_buffer(size, 7));
        out.finish(checksum::crc32);
        protocol::store(
            event.data() + protocol::event_end_log_pos_offset,
            static_cast<std::uint32_t>(position + event.size())
        );
        protocol::seal(event, checksum::crc32);
        keep(event);
    }
    constexpr spool::limits roomy{.bytes = 1U << 30, .file = 1U << 30, .free = 0};
    const std::size_t large = events.size() - 2;
    spool one = make(roomy);
    for (std::size_t i = 0; i < events.size(); ++i) {
        auto content = std::make_shared<tests::large_memory>(events[i].bytes);
        auto event = *protocol::parse_event(content->view(), checksum::crc32);
        if (i == large)
            event.large = content.get();
        one.add(events[i].at, event, checksum::crc32);
        EXPECT_EQ(content.use_count(), i == large ? 2 : 1);
    }
    EXPECT_EQ(one.bytes(), position - protocol::first_position);
    ASSERT_TRUE(one.write());

    const auto check = [&](spool& read) {
        read.seek(events[0].at);
        for (std::size_t i = 0; i < events.size(); ++i) {
            const auto next = read.next();
            ASSERT_TRUE(next && *next && !(*next)->is_damaged) << i;
            EXPECT_EQ((*next)->large != nullptr, i == large);
            EXPECT_TRUE(std::ranges::equal((*next)->bytes, events[i].bytes)) << i;
        }
        EXPECT_TRUE(read.is_read());
    };
    check(one);
    spool again = make(roomy);
    ASSERT_TRUE(again.open());
    EXPECT_EQ(again.bytes(), one.bytes());
    check(again);

    tests::failure_plan plan;
    tests::failing_disk disk(plan);
    spool refused = make(roomy, disk);
    ASSERT_TRUE(refused.open());
    refused.seek(events[large].at);
    plan.fail_all(tests::failure::broken);
    EXPECT_FALSE(refused.next()) << "the disk cannot read it";
    plan.let_all();
    const auto read = refused.next();
    ASSERT_TRUE(read && *read && !(*read)->is_damaged);

    const std::vector<std::filesystem::path> there = files();
    ASSERT_EQ(there.size(), 1U);
    // In place: the file is mapped.
    std::fstream file(there[0], std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(events[large].at.position + 1000));
    ASSERT_TRUE(file.put('x').flush());
    again.seek(events[large].at);
    const auto damaged = again.next();
    ASSERT_TRUE(damaged && *damaged);
    EXPECT_TRUE((*damaged)->is_damaged);
    spool cut = make(roomy);
    ASSERT_TRUE(cut.open());
    EXPECT_EQ(cut.end(), events[large].at) << "it ends in front of the damage";
}

TEST_F(Spool, LosesNothingWhicheverCallOfTheDiskIsRefused)
{
    std::size_t refused = 0;
    for (std::size_t call = 0;; ++call) {
        SCOPED_TRACE(testing::Message() << "call " << call);
        const tests::temp_folder here;
        tests::failure_plan plan;
        if (call != 0)
            plan.fail_at(call, static_cast<tests::failure>(call % 3));
        tests::failing_disk disk(plan);
        std::vector<kept_event> got;
        {
            spool one(disk, here / "spool", room, [](const auto&) {});
            while (!one.open()) {
            }
            for (const kept_event& event : log) {
                add(one, event);
                while (!one.write()) {
                }
            }
            one.seek(log[0].at);
            for (int tries = 0; tries < 3 && got.size() < log.size(); ++tries)
                for (const kept_event& event : rest_of(one))
                    got.push_back(event);
        }
        EXPECT_EQ(got, log);
        spool again(disk, here / "spool", room, [](const auto&) {});
        while (!again.open()) {
        }
        again.seek(log[0].at);
        std::vector<kept_event> second;
        for (int tries = 0; tries < 3 && second.size() < log.size(); ++tries)
            for (const kept_event& event : rest_of(again))
                second.push_back(event);
        EXPECT_EQ(second, log);
        refused += plan.failed();
        if (call != 0 && plan.failed() == 0)
            break;
    }
    EXPECT_GT(refused, 50U);
}

}  // namespace
}  // namespace proxy
