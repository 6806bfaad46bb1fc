#include "protocol/binlog_file.hpp"
#include "tests/support/event_builder.hpp"
#include "tests/support/files.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace {

using namespace protocol;

// The error that ends the walk; nothing if it comes to the end.
std::optional<errc> walk(byte_view bytes)
{
    binlog_file file(bytes);
    for (;;) {
        const auto event = file.next();
        if (!event)
            return event.error();
        if (!*event)
            return std::nullopt;
    }
}

tests::event_builder small_log(checksum sum)
{
    tests::event_builder log(sum);
    log.format().previous_gtids({}).gtid(1).begin().table_map(7, "d1", "t");
    log.write_rows(7, rows_end_of_statement).xid(1).rotate("b.000002");
    return log;
}

TEST(BinlogFile, GivesEveryEventOnceWithItsPosition)
{
    for (const char* name :
         {"ptosc-mysql97-371-nodropold.in.binlog",
          "ptosc-mysql97-371-onechunk-nochecksum.in.binlog",
          "ptosc-mysql97-371-events-compressed.in.binlog"}) {
        SCOPED_TRACE(name);
        const byte_buffer file = tests::golden(name);
        std::size_t position = binlog_magic.size();
        checksum sum{};
        for (const event_view& event : tests::events_of(file, &sum)) {
            position += event.whole.size();
            EXPECT_EQ(event.header.end_log_pos, position);
            if (sum == checksum::crc32)
                EXPECT_TRUE(checksum_is_right(event.whole));
        }
        EXPECT_EQ(position, file.size());
    }
}

TEST(BinlogFile, EndsOnlyWhereAnEventEnds)
{
    for (const checksum sum : {checksum::none, checksum::crc32}) {
        const tests::event_builder log = small_log(sum);
        const byte_buffer file = log.file();
        std::vector<std::size_t> ends = {binlog_magic.size()};
        for (const byte_buffer& event : log.events())
            ends.push_back(ends.back() + event.size());
        for (std::size_t size = 0; size <= file.size(); ++size)
            EXPECT_EQ(
                !walk(byte_view(file).first(size)).has_value(),
                std::ranges::find(ends, size) != ends.end()
            ) << size;
    }
}

TEST(BinlogFile, MustBeginWithMagicAndFormatDescription)
{
    byte_buffer file = small_log(checksum::crc32).file();
    file[0] = 0;
    EXPECT_EQ(walk(file), errc::unsupported);
    tests::event_builder log;
    log.previous_gtids({});
    EXPECT_EQ(walk(log.file()), errc::unsupported);
}

TEST(EventBuilder, WritesWhatAServerWouldWrite)
{
    for (const checksum sum : {checksum::none, checksum::crc32}) {
        for (const auto form :
             {tests::gtid_form::mysql_57, tests::gtid_form::mysql_80, tests::gtid_form::mysql_tagged
             }) {
            tests::event_builder log(sum);
            log.form = form;
            log.format().previous_gtids({});
            log.gtid(1).begin().table_map(7, "d1", "t").write_rows(7).xid(1);
            log.gtid(2, 1, form == tests::gtid_form::mysql_tagged ? "t" : "")
                .query("CREATE TABLE t(a int)", "d1");
            log.rotate("b.000002");
            const byte_buffer file = log.file();
            std::size_t position = binlog_magic.size();
            std::vector<std::optional<std::uint64_t>> lengths;
            std::vector<std::uint64_t> real;
            for (const event_view& event : tests::events_of(file)) {
                position += event.whole.size();
                EXPECT_EQ(event.header.end_log_pos, position);
                EXPECT_TRUE(sum == checksum::none || checksum_is_right(event.whole));
                if (is_gtid_event(event.header.type)) {
                    const auto parsed = parse_gtid_event(event);
                    ASSERT_TRUE(parsed);
                    EXPECT_EQ(parsed->id.number, lengths.size() + 1);
                    EXPECT_EQ(parsed->sequence_number, std::int64_t(lengths.size() + 1));
                    lengths.push_back(parsed->transaction_length);
                    real.push_back(0);
                }
                if (!real.empty() && event.header.type != event_type::rotate)
                    real.back() += event.whole.size();
            }
            ASSERT_EQ(lengths.size(), 2U);
            for (std::size_t i = 0; i < 2; ++i)
                EXPECT_EQ(
                    lengths[i],
                    form == tests::gtid_form::mysql_57 ? std::nullopt : std::optional(real[i])
                );
        }
    }
}

}  // namespace
