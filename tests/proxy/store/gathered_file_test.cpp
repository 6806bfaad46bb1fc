#include "proxy/store/gathered_file.hpp"
#include "tests/support/failing_disk.hpp"
#include "tests/support/files.hpp"
#include "tests/support/temp_folder.hpp"

#include <gtest/gtest.h>

namespace proxy {
namespace {

using protocol::byte_buffer;

byte_buffer pattern(std::size_t size)
{
    byte_buffer bytes(size);
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<std::uint8_t>(i * 7 + i / 251);
    return bytes;
}

TEST(MappedBytes, ShowsAPartOfAFileFromAnyOffset)
{
    const tests::temp_folder folder;
    const byte_buffer whole = pattern(20'000);
    const auto file = *real_disk().open(folder / "f", open_as::empty);
    ASSERT_TRUE(file->write(whole, 0));
    for (const std::size_t offset : {0UL, 1UL, 4095UL, 4096UL, 9000UL}) {
        const auto part = mapped_bytes::make(*file, offset, whole.size() - offset);
        ASSERT_TRUE(part) << part.error().text;
        const auto expected = protocol::byte_view(whole).subspan(offset);
        EXPECT_TRUE(std::ranges::equal((*part)->view(), expected)) << offset;
        (*part)->let_go();
        EXPECT_TRUE(std::ranges::equal((*part)->view(), expected)) << "let go at " << offset;
    }
}

TEST(MappedBytes, RefusesWhatIsNotInTheFile)
{
    const tests::temp_folder folder;
    const auto file = *real_disk().open(folder / "f", open_as::empty);
    ASSERT_TRUE(file->write(pattern(100), 0));
    EXPECT_FALSE(mapped_bytes::make(*file, 0, 101));
    EXPECT_FALSE(mapped_bytes::make(*file, 99, 2));
    EXPECT_FALSE(mapped_bytes::make(*file, 101, 1));
    EXPECT_TRUE(mapped_bytes::make(*file, 99, 1));
}

TEST(GatheredFile, LeavesNoFileBehind)
{
    const tests::temp_folder folder;
    gathered_file gathered(real_disk(), folder / "large");
    EXPECT_TRUE(gathered.add(pattern(10'000)));
    EXPECT_TRUE(gathered.finish());
    EXPECT_TRUE(std::ranges::equal(gathered.view(), pattern(10'000)));
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(GatheredFile, IsInMemoryWhereTheDiskTakesNothing)
{
    const byte_buffer whole = pattern(30'000);
    const auto gather = [&](disk& on, const std::filesystem::path& file) {
        gathered_file gathered(on, file);
        for (std::size_t at = 0; at < whole.size(); at += 10'000)
            if (!gathered.add(protocol::byte_view(whole).subspan(at, 10'000)))
                return false;
        return gathered.finish() && std::ranges::equal(gathered.view(), whole);
    };
    tests::failure_plan plan;
    tests::failing_disk disk(plan);
    const tests::temp_folder folder;
    plan.fail_at(SIZE_MAX, tests::failure::no_room);
    EXPECT_TRUE(gather(disk, folder / "large"));
    const std::size_t calls = plan.calls();
    EXPECT_GE(calls, 6U);
    for (const auto how : {tests::failure::no_room, tests::failure::broken, tests::failure::torn})
        for (std::size_t call = 1; call <= calls; ++call) {
            plan.fail_at(call, how);
            EXPECT_TRUE(gather(disk, folder / "large")) << to_text(how) << " at call " << call;
            EXPECT_EQ(plan.failed(), 1U);
        }
}

// What was written cannot be read again: the packet is lost, and nobody takes it for whole.
TEST(GatheredFile, SaysThatItIsLost)
{
    tests::failure_plan plan;
    tests::failing_disk disk(plan);
    const tests::temp_folder folder;
    gathered_file gathered(disk, folder / "large");
    EXPECT_TRUE(gathered.add(pattern(100)));
    plan.fail_all(tests::failure::broken);
    EXPECT_FALSE(gathered.add(pattern(100)));
    plan.let_all();
}

}  // namespace
}  // namespace proxy
