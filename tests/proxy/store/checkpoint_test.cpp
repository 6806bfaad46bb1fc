#include "proxy/store/checkpoint.hpp"

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
