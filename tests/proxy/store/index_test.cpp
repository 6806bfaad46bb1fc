#include "proxy/store/index.hpp"

#include <gtest/gtest.h>

namespace proxy {
namespace {

std::vector<index_entry> two_files()
{
    index_entry first;
    first.number = 123;
    first.base_name = "mysql-bin";
    first.base = 0;
    first.source = {1, {1, 2, 3}, "mysql-bin.000123"};
    first.source_begin = 4;
    first.format_timestamp = 1'700'000'000;
    index_entry second = first;
    second.number = 124;
    second.base = 1000;
    second.source = {2, {4, 5, 6}, "mysql-bin.000001"};
    second.sum = protocol::checksum::none;
    return {first, second};
}

TEST(Index, IsReadBack)
{
    EXPECT_EQ(*parse_index(to_bytes(two_files())), two_files());
    EXPECT_TRUE(parse_index(to_bytes(std::vector<index_entry>()))->empty());
    EXPECT_EQ(clean_name(two_files()[0]), "mysql-bin.1000000123");
}

TEST(Index, IsRefusedIfAByteIsMissingOrWrong)
{
    const protocol::byte_buffer bytes = to_bytes(two_files());
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        EXPECT_FALSE(parse_index(protocol::byte_view(bytes).first(i)));
        protocol::byte_buffer wrong = bytes;
        wrong[i] ^= 0x10;
        EXPECT_FALSE(parse_index(wrong)) << i;
    }
}

TEST(Index, IsRefusedIfFilesAreNotInOrderOrNotPossible)
{
    auto index = two_files();
    index[1].base = 0;
    EXPECT_FALSE(parse_index(to_bytes(index)));
    index = two_files();
    index[1].number = 123;
    EXPECT_FALSE(parse_index(to_bytes(index)));
    index = two_files();
    index[0].base_name = "../etc";
    EXPECT_FALSE(parse_index(to_bytes(index)));
    index = two_files();
    index[1].number = clean_number_limit;
    EXPECT_FALSE(parse_index(to_bytes(index)));
}

TEST(Document, SaysIfItIsOfAnotherVersionOrKind)
{
    const protocol::byte_buffer bytes = seal_document("kind", 2, protocol::byte_buffer{1, 2});
    EXPECT_EQ(open_document("kind", 1, bytes).error(), protocol::errc::unsupported);
    EXPECT_EQ(open_document("kink", 2, bytes).error(), protocol::errc::bad_value);
    EXPECT_EQ(open_document("kind", 2, bytes)->size(), 2U);
}

}  // namespace
}  // namespace proxy
