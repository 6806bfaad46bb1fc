#include "proxy/store/log_writer.hpp"
#include "proxy/store/store_error.hpp"
#include "tests/support/event_builder.hpp"
#include "tests/support/failing_disk.hpp"
#include "tests/support/files.hpp"
#include "tests/support/large_memory.hpp"
#include "tests/support/temp_folder.hpp"

#include <gtest/gtest.h>

namespace proxy {
namespace {

using protocol::byte_buffer;
using protocol::byte_view;

byte_buffer event_of(std::size_t body_size, std::uint8_t fill)
{
    byte_buffer event;
    protocol::event_writer out(event, {.type = protocol::event_type::rows_query});
    out.body().bytes(byte_buffer(body_size, fill));
    out.finish(protocol::checksum::crc32);
    return event;
}

// What a file must hold: the magic and these events, in place and sealed.
byte_buffer file_of(std::vector<byte_buffer> events)
{
    byte_buffer file;
    protocol::writer(file).text(protocol::binlog_magic);
    for (byte_buffer& event : events) {
        protocol::store(
            event.data() + protocol::event_end_log_pos_offset,
            static_cast<std::uint32_t>(file.size() + event.size())
        );
        protocol::seal(event, protocol::checksum::crc32);
        file.insert(file.end(), event.begin(), event.end());
    }
    return file;
}

log_writer make(const std::filesystem::path& file, std::uint64_t max_memory)
{
    return *log_writer::create(real_disk(), file, protocol::checksum::crc32, max_memory);
}

// An event of the source as it comes from a file, after a status byte.
std::shared_ptr<tests::large_memory> large_of(const byte_buffer& event)
{
    byte_buffer packet{0};
    packet.insert(packet.end(), event.begin(), event.end());
    return std::make_shared<tests::large_memory>(std::move(packet));
}

void append(log_writer& to, const byte_buffer& event, event_seal seal, bool is_large)
{
    if (!is_large) {
        to.append(event, seal);
        return;
    }
    const auto large = large_of(event);
    to.append(large->view().subspan(1), seal, large.get());
}

TEST(LogWriter, WritesNothingThatMayNotBePublished)
{
    const tests::temp_folder folder;
    log_writer writer = make(folder / "f", 1000);
    writer.append(event_of(10, 1), event_seal::due);
    EXPECT_TRUE(writer.flush());
    EXPECT_EQ(tests::read_file(folder / "f").size(), 4U);
    writer.mark_publishable();
    writer.append(event_of(20, 2), event_seal::due);
    EXPECT_TRUE(writer.flush());
    EXPECT_EQ(tests::read_file(folder / "f"), file_of({event_of(10, 1)}));
    EXPECT_EQ(writer.final_end(), 4U + 33U);
    EXPECT_EQ(writer.end(), 4U + 33U + 43U);
}

TEST(LogWriter, KeepsTheBytesOfAnIntactEventThatStaysInPlace)
{
    byte_buffer event = event_of(10, 1);
    protocol::store(
        event.data() + protocol::event_end_log_pos_offset,
        static_cast<std::uint32_t>(4 + event.size())
    );
    for (const bool is_large : {false, true}) {
        const tests::temp_folder folder;
        // Its checksum is wrong, so that one made anew would show.
        log_writer writer = make(folder / "f", 1000);
        append(writer, event, event_seal::intact, is_large);
        append(writer, event, event_seal::intact, is_large);  // not in its place any more: sealed
        writer.mark_publishable();
        EXPECT_TRUE(writer.flush());
        const byte_buffer file = tests::read_file(folder / "f");
        const auto first = byte_view(file).subspan(4, event.size());
        EXPECT_TRUE(std::ranges::equal(event, first));
        EXPECT_FALSE(protocol::checksum_is_right(first));
        EXPECT_TRUE(protocol::checksum_is_right(byte_view(file).subspan(4 + event.size())));
    }
}

// The same steps with a tail in memory and with one that went to the file.
class LogWriterTail : public testing::TestWithParam<std::uint64_t>
{};
INSTANTIATE_TEST_SUITE_P(Memory, LogWriterTail, testing::Values(1, 50, 100, 1U << 20));

TEST_P(LogWriterTail, PatchesAndCutsWhatIsNotPublished)
{
    const tests::temp_folder folder;
    log_writer writer = make(folder / "f", GetParam());
    writer.append(event_of(10, 1), event_seal::due);
    writer.mark_publishable();
    const std::uint64_t second = writer.end();
    writer.append(event_of(300, 2), event_seal::due);
    writer.append(event_of(30, 3), event_seal::due);
    const std::uint64_t fourth = writer.end();
    writer.append(event_of(40, 4), event_seal::due);
    writer.append(event_of(50, 5), event_seal::due);
    EXPECT_TRUE(writer.flush());

    writer.patch(second, protocol::event_header_size + 299, byte_buffer{9});
    writer.cut(fourth);
    writer.append(event_of(60, 6), event_seal::due);
    EXPECT_TRUE(writer.flush());
    writer.mark_publishable();
    EXPECT_TRUE(writer.flush());

    byte_buffer patched = event_of(300, 2);
    patched[protocol::event_header_size + 299] = 9;
    EXPECT_EQ(
        tests::read_file(folder / "f"),
        file_of({event_of(10, 1), patched, event_of(30, 3), event_of(60, 6)})
    );
}

TEST_P(LogWriterTail, RefusesToChangeWhatMayBePublished)
{
    const tests::temp_folder folder;
    log_writer writer = make(folder / "f", GetParam());
    writer.append(event_of(10, 1), event_seal::due);
    writer.mark_publishable();
    const std::uint64_t border = writer.end();
    writer.append(event_of(10, 2), event_seal::due);
    EXPECT_THROW(writer.patch(4, 19, byte_buffer{9}), store_error);
    EXPECT_THROW(writer.cut(border - 1), store_error);
    EXPECT_THROW(writer.cut(writer.end() + 1), store_error);
    EXPECT_THROW(writer.patch(border, 19 + 14, byte_buffer{9}), store_error);
    EXPECT_THROW(writer.patch(border, 19 + 15, {}), store_error);
    EXPECT_THROW(writer.patch(writer.end(), 0, {}), store_error);
    writer.patch(border, 19, byte_buffer{9});
}

TEST_P(LogWriterTail, ComparesWhatIsThereThenGoesOnWriting)
{
    const tests::temp_folder folder;
    const std::vector<byte_buffer> events = {
        event_of(10, 1), event_of(200, 2), event_of(30, 3), event_of(400, 4), event_of(50, 5)
    };
    const byte_buffer whole = file_of(events);
    const std::size_t first = 4 + events[0].size();
    const std::size_t existing = first + events[1].size() + events[2].size();
    EXPECT_TRUE(value_of(real_disk().open(folder / "f", open_as::empty))
                    ->write(byte_view(whole).first(existing), 0));
    log_writer writer = *log_writer::resume(
        real_disk(), folder / "f", protocol::checksum::crc32, GetParam(), first, existing
    );
    EXPECT_TRUE(writer.comparing());
    for (std::size_t i = 1; i < events.size(); ++i)
        writer.append(events[i], event_seal::due);
    EXPECT_TRUE(writer.flush());
    EXPECT_TRUE(writer.comparing());
    EXPECT_EQ(tests::read_file(folder / "f").size(), existing);  // the tail went elsewhere
    writer.mark_publishable();
    writer.append(event_of(60, 6), event_seal::due);
    EXPECT_TRUE(writer.flush());
    EXPECT_FALSE(writer.comparing());
    EXPECT_EQ(writer.final_end(), whole.size());
    writer.mark_publishable();
    EXPECT_TRUE(writer.flush());

    std::vector<byte_buffer> all = events;
    all.push_back(event_of(60, 6));
    EXPECT_EQ(tests::read_file(folder / "f"), file_of(all));
}

// Whichever of them are large, patched, cut: the file is the same.
TEST_P(LogWriterTail, TakesLargeEventsAsOthers)
{
    byte_buffer patched = event_of(300, 2);
    patched[protocol::event_header_size + 299] = 9;
    const byte_buffer expected =
        file_of({event_of(10, 1), patched, event_of(30, 3), event_of(60, 6)});
    for (unsigned which = 0; which < 32; ++which) {
        const tests::temp_folder folder;
        log_writer writer = make(folder / "f", GetParam());
        append(writer, event_of(10, 1), event_seal::due, (which & 1) != 0);
        writer.mark_publishable();
        const std::uint64_t second = writer.end();
        append(writer, event_of(300, 2), event_seal::due, (which & 2) != 0);
        append(writer, event_of(30, 3), event_seal::intact, (which & 4) != 0);
        const std::uint64_t fourth = writer.end();
        append(writer, event_of(40, 4), event_seal::due, (which & 8) != 0);
        if ((which & 1) != 0)
            EXPECT_TRUE(writer.flush());
        writer.patch(second, protocol::event_header_size + 299, byte_buffer{9});
        writer.cut(fourth);
        append(writer, event_of(60, 6), event_seal::due, (which & 16) != 0);
        writer.mark_publishable();
        EXPECT_TRUE(writer.flush());
        EXPECT_EQ(writer.final_end(), expected.size());
        EXPECT_EQ(tests::read_file(folder / "f"), expected) << which;
    }
}

TEST_P(LogWriterTail, ComparesLargeEventsToo)
{
    const std::vector<byte_buffer> events = {event_of(10, 1), event_of(200, 2), event_of(30, 3)};
    const byte_buffer whole = file_of(events);
    for (unsigned which = 0; which < 8; ++which)
        for (const std::size_t existing : {std::size_t{4}, std::size_t{100}, whole.size()}) {
            const tests::temp_folder folder;
            EXPECT_TRUE(value_of(real_disk().open(folder / "f", open_as::empty))
                            ->write(byte_view(whole).first(existing), 0));
            log_writer writer = *log_writer::resume(
                real_disk(), folder / "f", protocol::checksum::crc32, GetParam(), 4, existing
            );
            for (unsigned i = 0; i < events.size(); ++i)
                append(writer, events[i], event_seal::due, (which >> i & 1) != 0);
            writer.mark_publishable();
            EXPECT_TRUE(writer.flush());
            EXPECT_EQ(writer.final_end(), whole.size());
            EXPECT_EQ(tests::read_file(folder / "f"), whole) << which << ' ' << existing;
        }
}

TEST(LogWriter, LetsGoOfLargeEventsPieceByPiece)
{
    const tests::temp_folder folder;
    const byte_buffer event = event_of(2 * protocol::large_piece_size + 100, 1);
    const auto large = large_of(event);
    log_writer writer = make(folder / "f", 1000);
    writer.append(large->view().subspan(1), event_seal::due, large.get());
    EXPECT_EQ(large->pieces, 3);
    writer.mark_publishable();
    EXPECT_TRUE(writer.flush());
    EXPECT_TRUE(tests::read_file(folder / "f") == file_of({event}));
}

TEST(LogWriter, LosesNothingOfALargeEventWhicheverCallOfTheDiskIsRefused)
{
    const byte_buffer expected = file_of({event_of(10, 1), event_of(300, 2), event_of(30, 3)});
    std::size_t refused = 0;
    for (std::size_t call = 1;; ++call) {
        const tests::temp_folder folder;
        tests::failure_plan plan;
        tests::failing_disk disk(plan);
        log_writer writer =
            *log_writer::create(disk, folder / "f", protocol::checksum::crc32, 1000);
        plan.fail_at(call, static_cast<tests::failure>(call % 3));
        append(writer, event_of(10, 1), event_seal::due, false);
        append(writer, event_of(300, 2), event_seal::due, true);
        append(writer, event_of(30, 3), event_seal::due, true);
        writer.mark_publishable();
        while (!writer.flush()) {
        }
        EXPECT_EQ(tests::read_file(folder / "f"), expected) << call;
        refused += plan.failed();
        if (plan.failed() == 0)
            break;
    }
    EXPECT_GE(refused, 6U);
}

TEST_P(LogWriterTail, SaysWhereDerivedBytesDiffer)
{
    const tests::temp_folder folder;
    const byte_buffer whole = file_of({event_of(10, 1), event_of(200, 2)});
    EXPECT_TRUE(value_of(real_disk().open(folder / "f", open_as::empty))->write(whole, 0));
    log_writer writer = *log_writer::resume(
        real_disk(), folder / "f", protocol::checksum::crc32, GetParam(), 4, whole.size()
    );
    writer.append(event_of(10, 1), event_seal::due);
    writer.mark_publishable();
    EXPECT_TRUE(writer.flush());
    byte_buffer other = event_of(200, 2);
    other[protocol::event_header_size + 7] = 9;
    writer.append(other, event_seal::due);
    writer.mark_publishable();
    try {
        (void)writer.flush();
        FAIL() << "equal";
    } catch (const store_error& error) {
        EXPECT_NE(std::string(error.what()).find("differs at"), std::string::npos);
        EXPECT_NE(std::string(error.what()).find("f:63"), std::string::npos) << error.what();
    }
    EXPECT_EQ(tests::read_file(folder / "f"), whole);
}

}  // namespace
}  // namespace proxy
