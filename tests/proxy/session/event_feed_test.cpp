#include "proxy/session/dump_ending.hpp"
#include "proxy/session/event_feed.hpp"
#include "tests/support/event_builder.hpp"
#include "tests/support/files.hpp"
#include "tests/support/run_awaitable.hpp"
#include "tests/support/temp_folder.hpp"

#include <fcntl.h>
#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

namespace proxy {
namespace {

using protocol::byte_buffer;
using protocol::byte_view;

class EventFeed : public testing::Test
{
protected:
    EventFeed() = default;
    explicit EventFeed(const std::filesystem::path& parent) : folder(parent) {}
    void add_file(const std::string& name, const byte_buffer& bytes)
    {
        clean_file file;
        file.name = name;
        file.path = folder / name;
        file.base = end;
        std::ofstream(file.path, std::ios::binary) << protocol::as_text(bytes);
        list.files.push_back(file);
        end += bytes.size();
        log.set_files(list);
        log.publish(end);
    }
    static tests::event_builder transactions(std::size_t row_bytes)
    {
        tests::event_builder made;
        made.format().previous_gtids({});
        for (std::uint64_t number = 1; number <= 20; ++number)
            made.gtid(number)
                .begin()
                .table_map(7, "d", "t")
                .write_rows(7, 1, byte_buffer(row_bytes, 0x5a))
                .xid(number);
        return made;
    }
    event_feed make(feed_sizes sizes) { return {log, pool, control, sizes}; }
    feed_state fill(event_feed& feed) { return tests::run(feed.fill()); }

    // All that comes until the log or the file ends.
    std::vector<byte_buffer> read(event_feed& feed)
    {
        std::vector<byte_buffer> events;
        for (;;) {
            const feed_state state = fill(feed);
            if (state == feed_state::events) {
                const std::size_t before = events.size();
                for (byte_view event = feed.next_event(); !event.empty(); event = feed.next_event())
                    events.emplace_back(event.begin(), event.end());
                EXPECT_GT(events.size(), before);
                EXPECT_EQ(
                    feed.last_event() + events.back().size(),
                    protocol::load_event_header(events.back()).end_log_pos
                );
            } else if (state == feed_state::large) {
                events.push_back(read_large(feed));
            } else {
                last_state = state;
                return events;
            }
        }
    }
    byte_buffer read_large(event_feed& feed)
    {
        byte_buffer event;
        const std::uint32_t size = feed.large_size();
        feed.begin_large();
        for (;;) {
            const byte_view piece = tests::run(feed.next_piece(50));
            if (piece.empty())
                break;
            EXPECT_LE(piece.size(), 50U);
            event.insert(event.end(), piece.begin(), piece.end());
        }
        EXPECT_EQ(event.size(), size);
        return event;
    }

    tests::temp_folder folder;
    publication log;
    file_list list;
    std::uint64_t end = 0;
    session_control control;
    asio::thread_pool pool{1};
    feed_state last_state = feed_state::events;
};

TEST_F(EventFeed, GivesTheSameEventsWhateverTheSizesAre)
{
    const tests::event_builder made = transactions(300);
    add_file("bin.1000000001", made.file());
    for (const feed_sizes sizes :
         {feed_sizes{64U << 10, 64U << 10},
          feed_sizes{700, 700},
          feed_sizes{700, 100},
          feed_sizes{64, 64}}) {
        SCOPED_TRACE(sizes.block);
        event_feed feed = make(sizes);
        feed.open(list.files[0], 4);
        EXPECT_EQ(read(feed), made.events());
        EXPECT_EQ(last_state, feed_state::log_end);
        EXPECT_EQ(feed.place(), end);
    }
}

TEST_F(EventFeed, PassesOverALargeEvent)
{
    const tests::event_builder made = transactions(300);
    add_file("bin.1000000001", made.file());
    event_feed feed = make({200, 200});
    feed.open(list.files[0], 4);
    std::size_t large = 0;
    std::size_t small = 0;
    for (;;) {
        const feed_state state = fill(feed);
        if (state == feed_state::log_end)
            break;
        if (state == feed_state::large) {
            ++large;
            feed.pass_over_large();
            continue;
        }
        while (!feed.next_event().empty())
            ++small;
    }
    EXPECT_EQ(large, 20U);
    EXPECT_EQ(large + small, made.events().size());
}

TEST_F(EventFeed, EndsAFileOnlyWhenAnotherFollows)
{
    const byte_buffer first = transactions(10).file();
    add_file("bin.1000000001", first);
    event_feed feed = make({});
    feed.open_after_format(list.files[0], transactions(10).events()[0].size());
    EXPECT_EQ(read(feed).size(), transactions(10).events().size() - 1);
    EXPECT_EQ(last_state, feed_state::log_end);
    EXPECT_FALSE(feed.next_file());

    add_file("bin.1000000002", first);
    EXPECT_EQ(fill(feed), feed_state::file_end);
    ASSERT_TRUE(feed.next_file());
    EXPECT_EQ(feed.next_file()->name, "bin.1000000002");
}

TEST_F(EventFeed, GoesOnWithWhatIsPublishedLater)
{
    const tests::event_builder made = transactions(10);
    add_file("bin.1000000001", made.file());
    const std::size_t format = made.events()[0].size();
    log.publish(4 + format);
    event_feed feed = make({});
    feed.open(list.files[0], 4);
    EXPECT_EQ(read(feed).size(), 1U);
    log.publish(end);
    EXPECT_EQ(read(feed).size(), made.events().size() - 1);
}

TEST_F(EventFeed, RefusesAPositionAtWhichNoEventBegins)
{
    const tests::event_builder made = transactions(10);
    add_file("bin.1000000001", made.file());
    for (const std::uint64_t position : {5U, 30U, 200U}) {
        event_feed feed = make({});
        feed.open(list.files[0], position);
        EXPECT_THROW(fill(feed), dump_refusal);
    }
}

TEST_F(EventFeed, RefusesAnEventThatIsCutShort)
{
    byte_buffer file = transactions(10).file();
    file.resize(file.size() - 5);
    add_file("bin.1000000001", file);
    event_feed feed = make({});
    feed.open(list.files[0], 4);
    EXPECT_THROW(read(feed), dump_refusal);
}

TEST_F(EventFeed, RefusesWhatMayComeFromTheDiskAndIsDamagedAgainAndAgain)
{
    const tests::event_builder made = transactions(700);
    for (const feed_sizes sizes : {feed_sizes{}, feed_sizes{512, 512}})
        for (const std::size_t damaged : {2000U, 2900U}) {
            byte_buffer file = made.file();
            file[damaged] ^= 1;
            list.files.clear();
            end = 0;
            add_file("bin.1000000001", file);
            for (int times = 0; times < 2; ++times) {
                event_feed feed = make(sizes);
                feed.open(list.files[0], 4);
                EXPECT_THROW(read(feed), dump_refusal);
            }
            list.files[0].from_disk->store(false);
            event_feed trusting = make(sizes);
            trusting.open(list.files[0], 4);
            EXPECT_EQ(read(trusting).size(), made.events().size());
        }
}

TEST_F(EventFeed, RefusesASizeThatLeavesItsFile)
{
    const tests::event_builder made = transactions(700);
    for (const std::uint32_t size : {30'000U, 100'000U}) {
        byte_buffer file = made.file();
        const std::size_t last = file.size() - made.events().back().size();
        protocol::store(file.data() + last + protocol::event_size_offset, size);
        list.files.clear();
        end = 0;
        add_file("bin.1000000001", file);
        add_file("bin.1000000002", transactions(20'000).file());
        for (const bool from_disk : {true, false}) {
            list.files[0].from_disk->store(from_disk);
            event_feed feed = make({});
            feed.open(list.files[0], 4);
            EXPECT_THROW(read(feed), dump_refusal);
        }
    }
}

TEST_F(EventFeed, RefusesADamagedFormat)
{
    byte_buffer file = transactions(10).file();
    file[40] ^= 1;  // in the server's version
    add_file("bin.1000000001", file);
    event_feed feed = make({});
    EXPECT_THROW(tests::run(feed.format_of(list.files[0])), dump_refusal);
}

class EventFeedOnDisk : public EventFeed
{
protected:
    EventFeedOnDisk() : EventFeed("/var/tmp") {}
};

TEST_F(EventFeedOnDisk, SeesThatAFileIsNotInMemoryAnyMore)
{
    byte_buffer bytes = transactions(700).file();
    bytes[2900] ^= 1;
    add_file("bin.1000000001", bytes);
    list.files[0].from_disk->store(false);
    const int file = ::open(list.files[0].path.c_str(), O_RDWR | O_CLOEXEC);
    ASSERT_GE(file, 0);
    EXPECT_EQ(::fsync(file), 0);
    EXPECT_EQ(::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED), 0);
    ::close(file);
    event_feed feed = make({});
    feed.open(list.files[0], 4);
    EXPECT_THROW(read(feed), dump_refusal);
    EXPECT_TRUE(list.files[0].from_disk->load());
}

TEST_F(EventFeed, GivesTheFormatOfAFileOnceItIsPublished)
{
    const tests::event_builder made = transactions(10);
    add_file("bin.1000000001", made.file());
    event_feed feed = make({});
    EXPECT_EQ(tests::run(feed.format_of(list.files[0])), made.events()[0]);
    log.publish(20);
    EXPECT_EQ(tests::run(feed.format_of(list.files[0])), std::nullopt);
}

TEST_F(EventFeed, FindsTheFirstGtidOfAFile)
{
    add_file("bin.1000000001", transactions(10).file());
    add_file("bin.1000000002", tests::event_builder().format().previous_gtids({}).file());
    event_feed feed = make({});
    const auto gtid = tests::run(feed.first_gtid_of(list.files[0], protocol::checksum::crc32));
    ASSERT_TRUE(gtid);
    EXPECT_EQ(gtid->number, 1U);
    EXPECT_FALSE(tests::run(feed.first_gtid_of(list.files[1], protocol::checksum::crc32)));
}

}  // namespace
}  // namespace proxy
