#include "proxy/pull_status.hpp"

#include <gtest/gtest.h>

namespace proxy {
namespace {

TEST(PullStatus, IsStartingBeforeTheFirstConnect)
{
    EXPECT_EQ(status_of(nullptr, nullptr).phase, program_phase::starting);
}

TEST(PullStatus, KeepsTheSourcesErrorWhenTheRestIsReplaced)
{
    pull_status shown;
    shown.set_source_error("connection refused");
    program_status newest;
    newest.phase = program_phase::serving;
    newest.followed.file = "b.000007";
    shown.replace(newest);
    program_status all;
    all.listen_address = "somebody else's";
    shown.describe(all);
    EXPECT_EQ(all.source_error, "connection refused");
    EXPECT_EQ(all.followed.file, "b.000007");
    EXPECT_EQ(all.phase, program_phase::serving);
    EXPECT_EQ(all.listen_address, "somebody else's");
    shown.set_source_error({});
    shown.describe(all);
    EXPECT_TRUE(all.source_error.empty());
}

TEST(PullStatus, SaysWhatTheDiskRefusesAndWhatToDo)
{
    program_status status;
    say_disk_problem(status, {disk_trouble::no_room, "/d/index", "write /d/index: no space"});
    EXPECT_EQ(status.phase, program_phase::disk_full);
    EXPECT_EQ(
        status.phase_text,
        "write /d/index: no space. Pulling waits, what is stored is served on. Free some room, or "
        "shorten retention (or raise the limit that is named): the source keeps its log only as "
        "long as it is set to"
    );
    say_disk_problem(status, {disk_trouble::failed, "/d/index", "write /d/index: EIO"});
    EXPECT_EQ(status.phase, program_phase::disk_failing);
    EXPECT_EQ(status.phase_text.find("Free some room"), std::string::npos);
    EXPECT_NE(status.phase_text.find("Look at the disk"), std::string::npos);
}

TEST(PullStatus, AStopStaysOneWhereTheDiskRefusesToo)
{
    program_status status{
        .phase = program_phase::stopped, .phase_text = "why", .stop = stop_status{.id = "b.1:4"}
    };
    say_disk_problem(status, {disk_trouble::no_room, "/d/spool", "write /d/spool: no space"});
    EXPECT_EQ(status.phase, program_phase::stopped);
    EXPECT_TRUE(status.phase_text.starts_with("why; disk full: write /d/spool: no space. "));
}

}  // namespace
}  // namespace proxy
