#include "proxy/store/publication.hpp"

#include <gtest/gtest.h>

namespace proxy {
namespace {

clean_file at_base(const std::string& name, std::uint64_t base)
{
    clean_file file;
    file.name = name;
    file.base = base;
    return file;
}

TEST(FileList, FindsTheFileOfAGlobalOffset)
{
    const file_list list{{at_base("a", 100), at_base("b", 300)}};
    EXPECT_EQ(list.at(99), nullptr);
    EXPECT_EQ(list.at(100)->name, "a");
    EXPECT_EQ(list.at(299)->name, "a");
    EXPECT_EQ(list.at(300)->name, "b");  // a's end belongs to b, which begins there
    EXPECT_EQ(list.at(1000)->name, "b");
    EXPECT_EQ(list.find("b")->base, 300U);
    EXPECT_EQ(list.find("c"), nullptr);
    EXPECT_EQ(list.next(list.files[0])->name, "b");
    EXPECT_EQ(list.next(list.files[1]), nullptr);
    EXPECT_EQ(list.next(at_base("removed", 0))->name, "a");
}

TEST(Publication, WakesOnlyThreadsThatSleepAndEachOnce)
{
    publication log;
    auto thread = std::make_shared<publication::waker>();
    int woken = 0;
    thread->wake = [&woken] { ++woken; };
    log.add_waker(thread);
    log.publish(10);
    EXPECT_EQ(woken, 0);
    thread->sleeping = true;
    log.publish(20);
    log.publish(30);
    EXPECT_EQ(woken, 1);
    EXPECT_EQ(log.end(), 30U);
}

TEST(Publication, LeavesASnapshotAsItIs)
{
    publication log;
    log.set_files({{at_base("a", 0)}});
    const auto before = log.files();
    log.set_files({{at_base("a", 0), at_base("b", 100)}});
    EXPECT_EQ(before->files.size(), 1U);
    EXPECT_EQ(log.files()->files.size(), 2U);
}

}  // namespace
}  // namespace proxy
