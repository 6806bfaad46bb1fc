#include "proxy/admin/metrics_text.hpp"
#include "proxy/admin/status.hpp"

#include <gtest/gtest.h>

namespace proxy {
namespace {

program_status serving()
{
    return {
        .phase = program_phase::serving,
        .source_connected = true,
        .published = {.file = "bin.1000000001", .position = 157},
    };
}

TEST(Health, IsGoodWhileTheSourceIsServed)
{
    EXPECT_EQ(health_of(serving()).code, 200);
    EXPECT_EQ(health_of(serving()).text, "ok");
}

TEST(Health, IsNotGoodWithTheSourceGoneAndSaysWhy)
{
    program_status status = serving();
    status.source_connected = false;
    status.source_error = "source db1:3306: no connection: Connection refused";
    EXPECT_EQ(health_of(status).code, 503);
    EXPECT_EQ(
        health_of(status).text,
        "what is stored is served, but the source is not connected: source db1:3306: no "
        "connection: Connection refused"
    );
    EXPECT_EQ(readiness_of(status).code, 200) << "what is stored can be read";
}

TEST(Health, OfEveryOtherPhaseSaysThePhase)
{
    for (const auto& [phase, text] : std::vector<std::pair<program_phase, std::string>>{
             {program_phase::starting, "starting: why"},
             {program_phase::disk_full, "disk full: why"},
             {program_phase::disk_failing, "disk failing: why"},
             {program_phase::stopped, "stopped: why"},
             {program_phase::not_following, "not following: why"},
         }) {
        program_status status = serving();
        status.phase = phase;
        status.phase_text = "why";
        EXPECT_EQ(health_of(status).code, 503);
        EXPECT_EQ(health_of(status).text, text);
    }
}

TEST(Health, OfAProcessWhoseSessionsStandStillAsksForARestart)
{
    program_status status = serving();
    status.sessions_silent = std::chrono::seconds(9);
    EXPECT_EQ(liveness_of(status).code, 200);
    status.sessions_silent = std::chrono::seconds(10);
    for (const health& is : {liveness_of(status), readiness_of(status), health_of(status)}) {
        EXPECT_EQ(is.code, 503);
        EXPECT_NE(is.text.find("has not responded for 10 s"), std::string::npos) << is.text;
    }
}

TEST(Health, NobodyIsSentToAnEmptyLog)
{
    program_status status = serving();
    status.published = {};
    EXPECT_EQ(readiness_of(status).code, 503);
}

// Every metric that is computed from state says what the state says.
TEST(StatusMetrics, SayWhatTheStateIs)
{
    program_status status = serving();
    status.lag = {.seconds = 32.5, .bytes = 4096, .unpulled_bytes = 4000, .contact_seconds = 7};
    status.unpublished_bytes = 96;
    status.stop = stop_status{.id = "bin.000001:4", .asked = {}};
    status.hidden = {"d._t_gho", "d._t_ghc"};
    status.stored_bytes = 12345;
    status.consumers = {
        {.dumping = false, .lag_bytes = 0},
        {.dumping = true, .lag_bytes = 10, .lag_seconds = 90},
        {.dumping = true, .lag_bytes = 2000, .lag_seconds = std::nullopt},
    };
    status.tasks = {{.name = "a", .failures = 2, .restarts = 1}, {.name = "b", .failures = 3}};
    metric_list all;
    list_metrics(status, all);
    const std::string text = to_prometheus(all);
    for (const char* line : {
             "source_lag_seconds 32.5",
             "source_lag_bytes 4096",
             "source_last_contact_seconds 7",
             "unpublished_bytes 96",
             "stopped 1",
             "hidden_objects 2",
             "stored_bytes 12345",
             "consumers 2",
             "consumer_lag_bytes 2000",
             "consumer_lag_seconds 90",
             "task_failures_total 5",
             "task_restarts_total 1",
         })
        EXPECT_NE(text.find(std::string("\nunghost_") + line + "\n"), std::string::npos) << line;
}

}  // namespace
}  // namespace proxy
