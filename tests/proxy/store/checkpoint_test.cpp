#include "proxy/store/checkpoint.hpp"
#include "proxy/store/index.hpp"

#include <gtest/gtest.h>

namespace proxy {
namespace {

checkpoint example()
{
    checkpoint saved;
    saved.number = 7;
    saved.clean_end = 5'000'000'000;
    saved.pull_from = {3, "b.000007", 4'999'999'999};
    saved.identity.log = {3, {9, 8, 7}, "b.000006"};
    saved.identity.format_timestamp = 77;
    saved.map_records = 12;
    saved.map_last = edit_record{4, 10, 4, 10, false, false};
    saved.rewriter_state = protocol::byte_buffer(1000, 5);
    saved.epochs = {
        .known_up_to = {{2, "a.000004", 4}, {3, "b.000007", 1000}},
        .past_the_log = *protocol::parse_gtid_set("11111111-2222-3333-4444-555555555555:1-5"),
        .lost = *protocol::parse_gtid_set("11111111-2222-3333-4444-555555555555:tag:7"),
        .anonymous = true,
    };
    return saved;
}

TEST(Checkpoint, IsReadBackFieldByField)
{
    const auto read = parse_checkpoint(to_bytes(example()));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->number, 7U);
    EXPECT_EQ(read->clean_end, 5'000'000'000U);
    EXPECT_EQ(read->pull_from, example().pull_from);
    EXPECT_EQ(read->identity.log, example().identity.log);
    EXPECT_EQ(read->identity.format_timestamp, 77U);
    EXPECT_EQ(read->map_records, 12U);
    EXPECT_EQ(read->map_last, example().map_last);
    EXPECT_EQ(read->rewriter_state, example().rewriter_state);
    EXPECT_EQ(read->epochs, example().epochs);
}

// Version 1 ends before the epochs.
TEST(Checkpoint, OfAnEarlierReleaseIsRead)
{
    checkpoint plain = example();
    plain.epochs = {};
    const protocol::byte_buffer bytes = to_bytes(plain);
    const auto content = open_document("unghost checkpoint\n", 2, bytes);
    ASSERT_TRUE(content);
    constexpr std::size_t empty_epochs = 4;  // no place, two empty sets, no
    const auto read = parse_checkpoint(
        seal_document("unghost checkpoint\n", 1, content->first(content->size() - empty_epochs))
    );
    ASSERT_TRUE(read);
    EXPECT_EQ(read->rewriter_state, plain.rewriter_state);
    EXPECT_EQ(read->epochs, followed_epochs());
    EXPECT_FALSE(parse_checkpoint(seal_document("unghost checkpoint\n", 1, *content)));
    EXPECT_FALSE(parse_checkpoint(seal_document("unghost checkpoint\n", 3, *content)));
}

TEST(Checkpoint, IsRefusedWhereItEndsEarlyThoughItsChecksumIsRight)
{
    const protocol::byte_buffer bytes = to_bytes(example());
    const auto content = open_document("unghost checkpoint\n", 2, bytes);
    ASSERT_TRUE(content);
    for (std::size_t size = 0; size < content->size(); ++size)
        EXPECT_FALSE(parse_checkpoint(seal_document("unghost checkpoint\n", 2, content->first(size))
        )) << size;
}

TEST(Checkpoint, IsRefusedIfAByteIsMissingOrWrong)
{
    const protocol::byte_buffer bytes = to_bytes(example());
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        EXPECT_FALSE(parse_checkpoint(protocol::byte_view(bytes).first(i)));
        protocol::byte_buffer wrong = bytes;
        wrong[i] ^= 0x10;
        EXPECT_FALSE(parse_checkpoint(wrong)) << i;
    }
}

}  // namespace
}  // namespace proxy
