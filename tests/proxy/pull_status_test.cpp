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

TEST(PullStatus, SaysWhatAFullDiskMeans)
{
    program_status status;
    say_disk_full(status);
    EXPECT_EQ(status.phase, program_phase::disk_full);
    EXPECT_NE(status.phase_text.find("Free some room"), std::string::npos);
}

}  // namespace
}  // namespace proxy
