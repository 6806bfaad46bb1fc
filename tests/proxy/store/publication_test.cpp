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
    const file_list list{.files = {at_base("a", 100), at_base("b", 300)}};
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
    log.set_files({.files = {at_base("a", 0)}});
    const auto before = log.files();
    log.set_files({.files = {at_base("a", 0), at_base("b", 100)}});
    EXPECT_EQ(before->files.size(), 1U);
    EXPECT_EQ(log.files()->files.size(), 2U);
}

protocol::gtid_set set_of(const std::string& numbers)
{
    return *protocol::parse_gtid_set("3e11fa47-71ca-11e1-9e33-c80aa9429562:" + numbers);
}

file_list list_with_gtids()
{
    file_list list;
    for (const char* previous : {"1-9", "1-9:20", "1-9:20", "1-25"}) {
        clean_file file{.name = "b." + std::to_string(list.files.size())};
        file.base = 100 * list.files.size();
        list.add(std::move(file), set_of(previous));
    }
    return list;
}

TEST(FileList, FindsTheFileThatAConsumerGoesOnIn)
{
    const file_list list = list_with_gtids();
    const auto name_for = [&](const char* seen) {
        const clean_file* const file = list.newest_for(set_of(seen));
        return file != nullptr ? file->name : "";
    };
    EXPECT_EQ(name_for("1-8"), "");
    EXPECT_EQ(name_for("1-9"), "b.0");
    EXPECT_EQ(name_for("1-20"), "b.2");
    EXPECT_EQ(name_for("1-24"), "b.2");
    EXPECT_EQ(name_for("1-30"), "b.3");
}

TEST(FileList, KeepsOfPreviousGtidsWhatAFileHasGained)
{
    file_list list = list_with_gtids();
    EXPECT_EQ(list.before, set_of("1-9"));
    EXPECT_EQ(*list.files[1].gained, set_of("20"));
    EXPECT_EQ(list.files[2].gained, nullptr);
    for (std::size_t gone = 0; gone <= 4; ++gone) {
        list = list_with_gtids();
        list.remove_first(gone);
        ASSERT_EQ(list.files.size(), 4 - gone);
        if (gone == 0 || gone == 4)
            continue;
        EXPECT_EQ(list.before, set_of(gone == 3 ? "1-25" : "1-9:20"));
        EXPECT_EQ(list.files.front().gained, nullptr);
        EXPECT_EQ(list.newest_for(set_of("1-30"))->name, "b.3");
    }
}

}  // namespace
}  // namespace proxy
