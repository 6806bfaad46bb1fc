#include "rewrite/verdict/facts.hpp"
#include "tests/support/prefixes.hpp"

#include <gtest/gtest.h>

namespace rewrite {
namespace {

facts sample()
{
    return {
        .table = {"shop", "orders"},
        .create_table = "CREATE TABLE `orders` (`id` int)",
        .triggers = {{"t1", "AFTER", "INSERT", "SET @a = 1"}, {"t2", "BEFORE", "UPDATE", ""}},
        .children = {{"shop", "lines"}, {"other", "x"}},
        .fence = {2, "mysql-bin.000007", 900},
        .missing = "the account lacks TRIGGER",
    };
}

protocol::byte_buffer saved(const facts& value)
{
    protocol::byte_buffer bytes;
    protocol::writer to(bytes);
    append_facts(to, value);
    return bytes;
}

TEST(Facts, ReadBackEveryField)
{
    const protocol::byte_buffer bytes = saved(sample());
    protocol::reader from(bytes);
    const facts value = read_facts(from);
    ASSERT_TRUE(from.ok());
    EXPECT_EQ(from.remaining(), 0U);
    EXPECT_EQ(value.table, sample().table);
    EXPECT_EQ(value.create_table, sample().create_table);
    ASSERT_EQ(value.triggers.size(), 2U);
    EXPECT_EQ(value.triggers[0].body, "SET @a = 1");
    EXPECT_EQ(value.triggers[1].time, "BEFORE");
    EXPECT_EQ(value.children, sample().children);
    EXPECT_EQ(value.fence, sample().fence);
    EXPECT_EQ(value.missing, sample().missing);
}

TEST(Facts, KeepASizeOnlyWhereItIsKnown)
{
    const auto again = [](std::optional<std::uint64_t> bytes) {
        facts value = sample();
        value.bytes = bytes;
        protocol::byte_buffer saved_bytes;
        protocol::writer to(saved_bytes);
        append_later_facts(to, value);
        protocol::reader from(saved_bytes);
        facts got;
        read_later_facts(from, got);
        EXPECT_TRUE(from.ok());
        return got.bytes;
    };
    EXPECT_EQ(again(0), 0U);
    EXPECT_EQ(again(UINT64_MAX), UINT64_MAX);
    EXPECT_EQ(again(std::nullopt), std::nullopt);
}

TEST(Facts, ReadBackWhatCameLater)
{
    facts value = sample();
    value.row_format = "Compact";
    value.uncountable = "no snapshots";
    value.time_zone = "Europe/Berlin";
    value.sql_mode = "NO_ZERO_DATE";
    value.zone_shifts = true;
    value.hides_generated_key = true;
    for (const facts& one : {value, sample()}) {
        protocol::byte_buffer bytes;
        protocol::writer to(bytes);
        append_later_facts(to, one);
        facts read;
        protocol::reader from(bytes);
        read_later_facts(from, read);
        ASSERT_TRUE(from.ok());
        EXPECT_EQ(from.remaining(), 0U);
        EXPECT_EQ(read.row_format, one.row_format);
        EXPECT_EQ(read.uncountable, one.uncountable);
        EXPECT_EQ(read.time_zone, one.time_zone);
        EXPECT_EQ(read.sql_mode, one.sql_mode);
        EXPECT_EQ(read.zone_shifts, one.zone_shifts);
        EXPECT_EQ(read.hides_generated_key, one.hides_generated_key);
    }
}

TEST(Facts, RefuseWhatIsCutShort)
{
    tests::expect_every_shorter_prefix_refused(saved(sample()), [](protocol::byte_view bytes) {
        protocol::reader from(bytes);
        read_facts(from);
        return from.ok();
    });
}

TEST(Facts, TakeNoMoreTriggersThanThereAreBytes)
{
    protocol::byte_buffer bytes;
    protocol::writer to(bytes);
    append_name(to, {"shop", "t"});
    to.text_lenenc("");
    to.lenenc(1ULL << 40);
    protocol::reader from(bytes);
    EXPECT_TRUE(read_facts(from).triggers.empty());
    EXPECT_FALSE(from.ok());
}

}  // namespace
}  // namespace rewrite
