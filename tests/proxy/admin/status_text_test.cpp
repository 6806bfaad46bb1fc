#include "proxy/admin/status_json.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace proxy {
namespace {

std::string text_of(const program_status& status)
{
    return describe_status(to_json(status));
}

void expect_line(const program_status& status, const std::string& line)
{
    const std::string text = text_of(status);
    EXPECT_NE(text.find("\n" + line + "\n"), std::string::npos) << line << "\nis not in\n" << text;
}

program_status serving_in_full()
{
    return {
        .phase = program_phase::serving,
        .source_address = "db1:3306",
        .source_version = "8.0.41",
        .source_connected = true,
        .lag = {.seconds = 0, .bytes = 0, .unpulled_bytes = 0, .contact_seconds = 1},
        .listen_address = "0.0.0.0:3307",
        .data_folder = "/data",
        .pulled = {1, "bin.000003", 99},
        .published = {.file = "bin.1000000003", .position = 77},
        .oldest_file = "bin.1000000001",
        .stored_bytes = 2048,
        .safe_to_move = true,
    };
}

TEST(StatusText, OfARunningProgram)
{
    EXPECT_EQ(
        text_of(serving_in_full()),
        "serving\n"
        "source      db1:3306 (8.0.41), connected\n"
        "lag         0.0 s, 0 bytes not pulled, 0 bytes pulled and waiting\n"
        "pulled      bin.000003:99 of the source\n"
        "published   bin.1000000003:77\n"
        "consumers   0 at 0.0.0.0:3307\n"
        "stored      2.0 KiB in /data, from bin.1000000001 on\n"
        "migrations  0 folded, 0 passed, 0 stopped since this process started\n"
        "moving      safe: nothing is hidden, consumers can be moved here or away\n"
    );
}

TEST(StatusText, BeforeTheFirstConnectionClaimsNothing)
{
    const program_status status{
        .phase = program_phase::starting,
        .phase_text = "the source has not been reached yet",
        .source_address = "db1:3306",
        .source_error = "no connection",
        .listen_address = "0.0.0.0:3307",
        .data_folder = "/data",
    };
    EXPECT_EQ(
        text_of(status),
        "starting: the source has not been reached yet\n"
        "source      db1:3306, not connected: no connection\n"
        "lag         not known: the source has not been reached since the start\n"
        "pulled      nothing yet\n"
        "published   nothing yet\n"
        "consumers   0 at 0.0.0.0:3307\n"
        "stored      nothing yet in /data\n"
        "migrations  0 folded, 0 passed, 0 stopped since this process started\n"
        "moving      not known before the source has been reached\n"
    );
}

TEST(StatusText, TheLagGrowsWhileTheSourceIsSilent)
{
    program_status status = serving_in_full();
    status.lag = {.seconds = 95, .bytes = {}, .unpulled_bytes = {}, .contact_seconds = 95};
    expect_line(
        status,
        "lag         95.0 s, growing: nothing was heard of the source for 95 s, what it has logged "
        "since is not known"
    );
}

TEST(StatusText, TheLagSaysWhereTheBytesAre)
{
    program_status status = serving_in_full();
    status.lag = {.seconds = 32, .bytes = 3072, .unpulled_bytes = 1024, .contact_seconds = 0};
    status.unpublished_bytes = 2048;
    expect_line(status, "lag         32.0 s, 1.0 KiB not pulled, 2.0 KiB pulled and waiting");
}

TEST(StatusText, KnowsNotWhetherConsumersCanBeMovedBeforeTheSourceIsReached)
{
    program_status status = serving_in_full();
    status.phase = program_phase::not_following;  // since the start
    status.safe_to_move.reset();
    expect_line(status, "moving      not known before the source has been reached");
}

TEST(StatusText, SaysWhatToDoWithTheTablesThatAToolLeft)
{
    program_status status = serving_in_full();
    status.safe_to_move = false;
    status.hidden = {"shop._orders_del"};
    status.migrations.push_back({.state = rewrite::migration_state::cut_over});
    expect_line(
        status,
        "moving      not now: these tables of migrations that are over are still at the source, "
        "and hidden: shop._orders_del. DROP TABLE them there, if their tool does not"
    );
    status.migrations.push_back({.state = rewrite::migration_state::folding});
    expect_line(
        status,
        "moving      not now: these tables are hidden until their migration is over: "
        "shop._orders_del"
    );
}

TEST(StatusText, NamesTasksThatHaveFailed)
{
    program_status status = serving_in_full();
    status.tasks = {
        {.name = "retention"},
        {.name = "source.json",
         .state = task_state::waiting,
         .failures = 2,
         .last_problem = "no room",
         .problem_at = {}},
    };
    expect_line(status, "task        source.json: waiting, failed 2 times: no room");
    EXPECT_EQ(text_of(status).find("retention"), std::string::npos);
}

TEST(StatusText, ReadsAStatusThatSaysNothingOfTheLag)
{
    nlohmann::json older = to_json(serving_in_full());
    older["source"].erase("lag_seconds");
    older["source"].erase("last_contact_seconds");
    EXPECT_NE(describe_status(older).find("lag         not known"), std::string::npos);
}

}  // namespace
}  // namespace proxy
