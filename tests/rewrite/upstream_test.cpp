#include "rewrite/upstream.hpp"

#include <gtest/gtest.h>

namespace rewrite {

TEST(Upstream, OrdersByEpochThenFileNumberThenPosition)
{
    const coordinate first{0, "mysql-bin.999999", 4};
    const coordinate wider{0, "mysql-bin.1000000", 4};
    EXPECT_TRUE(first < wider) << "as text the second would come first";
    EXPECT_TRUE(wider < (coordinate{0, "mysql-bin.1000000", 5}));
    EXPECT_TRUE(wider < (coordinate{1, "mysql-bin.000001", 4}));
    EXPECT_FALSE(wider < wider);
}

TEST(Upstream, FindsAFilesNumberBehindItsLastDot)
{
    EXPECT_EQ(file_number("mysql-bin.000123"), 123U);
    EXPECT_EQ(file_number("db.1.example-bin.1000000123"), 1000000123U);
    EXPECT_EQ(file_number("mysql-bin"), 0U);
    EXPECT_EQ(file_number("mysql-bin.index"), 0U);
    EXPECT_EQ(file_number("mysql-bin.12x"), 0U);
    EXPECT_EQ(file_number("mysql-bin."), 0U);
    EXPECT_EQ(file_number("mysql-bin.99999999999999999999999"), 0U);
}

TEST(Upstream, IsWrittenForPeopleAsFileAndPosition)
{
    EXPECT_EQ(to_text(coordinate{1, "mysql-bin.000123", 456}), "mysql-bin.000123:456");
    EXPECT_EQ(to_text(coordinate{0, "mysql-bin.000123", 456}), "mysql-bin.000123:456");
}

TEST(Upstream, OfALaterEpochIsWrittenWithIt)
{
    EXPECT_EQ(to_text(coordinate{2, "mysql-bin.000005", 157}), "2/mysql-bin.000005:157");
}

TEST(Upstream, ReadsBackWhatItAppends)
{
    const coordinate at{7, "mysql-bin.000123", 0x1'0000'0004};
    protocol::byte_buffer bytes;
    protocol::writer to(bytes);
    append_coordinate(to, at);
    protocol::reader from(bytes);
    EXPECT_EQ(read_coordinate(from), at);
    EXPECT_TRUE(from.ok());
    EXPECT_EQ(from.remaining(), 0U);
}

}  // namespace rewrite
