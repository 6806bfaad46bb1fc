#include "proxy/store/edit_map.hpp"
#include "tests/support/files.hpp"
#include "tests/support/temp_folder.hpp"

#include <gtest/gtest.h>

namespace proxy {
namespace {

edit_record untouched(std::uint64_t clean, std::uint64_t upstream, std::uint64_t size)
{
    return {clean, clean + size, upstream, upstream + size, false, false};
}
edit_record touched(
    std::uint64_t clean, std::uint64_t size, std::uint64_t upstream, std::uint64_t upstream_size
)
{
    return {clean, clean + size, upstream, upstream + upstream_size, true, false};
}

TEST(EditMap, JoinsUntouchedNeighboursUpToALength)
{
    const tests::temp_folder folder;
    edit_map map = *edit_map::create(real_disk(), folder / "map", 100);
    map.add(untouched(4, 4, 50));
    map.add(untouched(54, 54, 50));
    EXPECT_EQ(map.size(), 1U);
    map.add(untouched(104, 104, 1));
    EXPECT_EQ(map.size(), 2U);
    map.add(untouched(105, 200, 1));  // does not follow upstream
    map.add(touched(106, 10, 201, 50));
    map.add(touched(116, 10, 251, 50));
    map.add(untouched(126, 301, 10));
    EXPECT_EQ(map.size(), 6U);
    EXPECT_EQ(map.at(0), untouched(4, 4, 100));
}

TEST(EditMap, FindsBothWaysInFileAndMemory)
{
    const tests::temp_folder folder;
    edit_map map = *edit_map::create(real_disk(), folder / "map");
    for (std::uint64_t i = 0; i < 1000; ++i) {
        map.add(touched(1000 + i * 10, 10, 5000 + i * 20, 20));
        if (i % 300 == 0)
            EXPECT_TRUE(map.flush());
    }
    EXPECT_EQ(map.size(), 1000U);
    EXPECT_FALSE(map.by_clean(999));
    EXPECT_FALSE(map.by_upstream(4999));
    for (const std::uint64_t i : {0U, 1U, 499U, 500U, 898U, 899U, 998U, 999U}) {
        SCOPED_TRACE(i);
        EXPECT_EQ(map.by_clean(1000 + i * 10), i);
        EXPECT_EQ(map.by_clean(1009 + i * 10), i);
        EXPECT_EQ(map.by_upstream(5000 + i * 20), i);
        EXPECT_EQ(map.by_upstream(5019 + i * 20), i);
        EXPECT_EQ(map.at(i), touched(1000 + i * 10, 10, 5000 + i * 20, 20));
    }
    EXPECT_FALSE(map.at(1000));

    EXPECT_TRUE(map.finish());
    const edit_map again = *edit_map::read(real_disk(), folder / "map");
    EXPECT_EQ(again.size(), 1000U);
    EXPECT_EQ(again.by_clean(1000 + 777 * 10), 777U);
}

TEST(EditMap, ResumesAsItWasAtACheckpoint)
{
    const tests::temp_folder folder;
    {
        edit_map map = *edit_map::create(real_disk(), folder / "map");
        for (std::uint64_t i = 0; i < 10; ++i)
            map.add(touched(i * 10, 10, i * 20, 20));
        EXPECT_TRUE(map.finish());
    }
    edit_map map = *edit_map::resume(real_disk(), folder / "map", 3, untouched(30, 60, 5));
    map.add(untouched(35, 65, 5));
    EXPECT_EQ(map.size(), 4U);
    EXPECT_EQ(map.at(2), touched(20, 10, 40, 20));
    EXPECT_EQ(map.at(3), untouched(30, 60, 10));
    EXPECT_TRUE(map.finish());
    EXPECT_EQ(edit_map::read(real_disk(), folder / "map")->size(), 4U);
}

TEST(EditMap, AnswersNothingFromADamagedRecord)
{
    const tests::temp_folder folder;
    {
        edit_map map = *edit_map::create(real_disk(), folder / "map");
        map.add(touched(0, 10, 0, 20));
        EXPECT_TRUE(map.finish());
    }
    const auto file = value_of(real_disk().open(folder / "map", open_as::writing));
    EXPECT_TRUE(file->write(protocol::byte_buffer{9}, 20));
    const edit_map map = *edit_map::read(real_disk(), folder / "map");
    EXPECT_FALSE(map.at(0));
    EXPECT_FALSE(map.by_clean(5));
}

TEST(EditRecord, IsReadBackAndNeverFromFewerBytes)
{
    edit_record record = touched(1, 2, 3, 4);
    record.head_translates = true;
    protocol::byte_buffer bytes;
    append_edit_record(bytes, record);
    ASSERT_EQ(bytes.size(), edit_record_size);
    EXPECT_EQ(*parse_edit_record(bytes), record);
    for (std::size_t size = 0; size < bytes.size(); ++size)
        EXPECT_FALSE(parse_edit_record(protocol::byte_view(bytes).first(size)));
    bytes.clear();
    append_edit_record(bytes, {10, 5, 0, 0, true, false});
    EXPECT_EQ(parse_edit_record(bytes).error(), protocol::errc::bad_value);
}

}  // namespace
}  // namespace proxy
