#include "proxy/store/log_reader.hpp"
#include "tests/proxy/store/store_feed.hpp"
#include "tests/support/files.hpp"
#include "tests/support/temp_folder.hpp"

#include <gtest/gtest.h>
#include <thread>

namespace proxy {
namespace {

using protocol::byte_buffer;
using protocol::byte_view;
using tests::done;

class LogReader : public testing::Test
{
protected:
    LogReader() : log(options(), tests::silent_log()), feed(log)
    {
        done(log.open());
        events.format().previous_gtids({});
        for (std::uint64_t i = 1; i <= 50; ++i)
            events.gtid(i).begin().table_map(7, "d", "t").write_rows(7, 1).xid(i);
    }
    store_options options() const
    {
        store_options chosen = tests::in_folder(folder.path());
        chosen.sync_interval = std::chrono::milliseconds(5);
        return chosen;
    }
    byte_buffer read_all(log_reader& from, std::size_t room)
    {
        byte_buffer all;
        for (;;) {
            bool cold = false;
            byte_view got = from.read(room, cold);
            if (cold)
                got = from.read_cold(room);
            if (got.empty())
                return all;
            EXPECT_LE(got.size(), room);
            const std::size_t used = std::min<std::size_t>(got.size(), 7);  // leaves a rest
            all.insert(all.end(), got.begin(), got.begin() + static_cast<std::ptrdiff_t>(used));
            from.advance(used);
        }
    }

    // Not in memory: reads that do not wait are another thing there.
    tests::temp_folder folder{tests::temp_folder::on_disk()};
    store log;
    tests::store_feed feed;
    tests::event_builder events;
};

TEST_F(LogReader, GivesWhatIsPublishedAndNoByteMore)
{
    feed.begin("b.000001");
    feed.pass(events.events(), 0, 8);  // ends inside the second transaction
    done(log.flush());
    const auto list = log.published().files();
    log_reader reader(log.published(), list->files.at(0), 4);
    const byte_buffer begin = read_all(reader, 100);
    const byte_buffer file = events.file();
    const std::uint64_t end = log.published().end();
    EXPECT_TRUE(std::ranges::equal(begin, byte_view(file).subspan(4, end - 4)));
    EXPECT_FALSE(reader.at_file_end());
    EXPECT_FALSE(reader.next_file());

    feed.pass(events.events(), 8);
    done(log.flush());
    const byte_buffer rest = read_all(reader, 1U << 20);
    EXPECT_TRUE(std::ranges::equal(rest, byte_view(file).subspan(end)));
    EXPECT_EQ(reader.offset(), file.size());
}

TEST_F(LogReader, GoesOnInTheNextFile)
{
    feed.begin("b.000001");
    feed.pass(events);
    done(log.flush());
    const auto list = log.published().files();
    log_reader reader(log.published(), list->files.at(0), 4);
    read_all(reader, 1000);
    EXPECT_FALSE(reader.at_file_end());

    feed.begin("b.000002");
    EXPECT_FALSE(reader.at_file_end());  // not before sessions may know it
    feed.pass(events);
    done(log.flush());
    EXPECT_TRUE(reader.read(100, *std::make_unique<bool>()).empty());
    EXPECT_TRUE(reader.at_file_end());
    ASSERT_TRUE(reader.next_file());
    EXPECT_EQ(reader.file().name, "b.1000000002");
    EXPECT_EQ(reader.offset(), 4U);
    EXPECT_TRUE(std::ranges::equal(read_all(reader, 1000), byte_view(events.file()).subspan(4)));
}

TEST_F(LogReader, ReadsAndTranslatesOnAnotherThreadWhileTheLogIsWritten)
{
    constexpr int files = 5;
    feed.begin("b.000001");
    feed.pass(events.events(), 0, 2);
    done(log.flush());
    byte_buffer got;
    std::thread consumer([this, &got] {
        log_reader reader(log.published(), log.published().files()->files.at(0), 4);
        const std::size_t all = files * (events.file().size() - 4);
        while (got.size() < all) {
            bool cold = false;
            byte_view some = reader.read(1000, cold);
            if (cold)
                some = reader.read_cold(1000);
            if (some.empty() && !(reader.at_file_end() && reader.next_file()))
                std::this_thread::yield();
            got.insert(got.end(), some.begin(), some.end());
            reader.advance(some.size());
            (void)log.upstream_of({reader.file().name, reader.offset()});
            (void)log.clean_of("b.000002", 500);
            (void)log.published().executed();
        }
    });
    const auto list = events.events();
    for (int file = 1; file <= files; ++file) {
        if (file > 1)
            feed.begin("b.00000" + std::to_string(file));
        for (std::size_t i = file > 1 ? 0 : 2; i < list.size(); ++i) {
            feed.pass(list, i, i + 1);
            if (i % 3 == 0)
                done(log.flush());
        }
        done(log.flush());
    }
    consumer.join();
    const byte_buffer whole = events.file();
    const byte_view one = byte_view(whole).subspan(4);
    for (std::size_t file = 0; file < files; ++file)
        EXPECT_TRUE(std::ranges::equal(byte_view(got).subspan(file * one.size(), one.size()), one));
}

TEST_F(LogReader, ReadsAFileThatWasRemovedMeanwhile)
{
    feed.begin("b.000001");
    feed.pass(events);
    done(log.flush());
    log_reader reader(log.published(), log.published().files()->files.at(0), 4);
    std::filesystem::remove(folder / "b.1000000001");
    EXPECT_TRUE(std::ranges::equal(read_all(reader, 1000), byte_view(events.file()).subspan(4)));
}

TEST_F(LogReader, ThrowsWhereTheFileEndsTooEarly)
{
    feed.begin("b.000001");
    feed.pass(events);
    done(log.flush());
    log_reader reader(log.published(), log.published().files()->files.at(0), 4);
    std::filesystem::resize_file(folder / "b.1000000001", 4);
    bool cold = false;
    EXPECT_THROW(reader.read(100, cold), std::system_error);
    EXPECT_THROW(reader.read_cold(100), std::system_error);
}

// The first file is shown with its next one gone: retention_size wins over a slow consumer.
TEST_F(LogReader, NeverSkipsFilesThatRetentionRemoved)
{
    for (const std::string file : {"b.000001", "b.000002", "b.000003"}) {
        feed.begin(file);
        feed.pass(events);
        done(log.flush());
    }
    const file_list all = *log.published().files();
    log_reader at_end(log.published(), all.files[0], 4);
    read_all(at_end, 1000);
    ASSERT_TRUE(at_end.at_file_end());

    file_list left = all;
    left.files.erase(left.files.begin(), left.files.begin() + 2);
    log.published().set_files(left);
    EXPECT_THROW((void)at_end.following(), log_removed);
    EXPECT_THROW(at_end.next_file(), log_removed);
    EXPECT_THROW(log_reader(log.published(), all.files[0], 4), log_removed);
}

}  // namespace
}  // namespace proxy
