#include "proxy/admin/page.hpp"
#include "proxy/admin/status_json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace proxy {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string page_of(const program_status& status)
{
    return to_page(to_json(status), {});
}

TEST(page, says_that_there_is_nothing_yet)
{
    const std::string page = page_of({});
    EXPECT_THAT(page, HasSubstr("Nobody reads the log."));
    EXPECT_THAT(page, HasSubstr("None yet."));
    EXPECT_THAT(page, Not(HasSubstr("unghost resume")));
}

TEST(page, what_strangers_write_stays_text)
{
    const std::string evil = "\"'><script>alert(1)</script>&";
    program_status status;
    status.source_error = evil;
    status.source_address = evil;
    status.consumers.push_back({.user = evil, .peer = evil, .dumping = true});
    rewrite::migration_summary migration;
    migration.original = {evil, evil};
    migration.ruling.reason = evil;
    status.migrations.push_back(migration);
    status.stop.emplace();
    status.stop->id = evil;
    status.stop->asked.text = evil;
    status.stop->asked.original = {evil, evil};
    const std::string page = page_of(status);
    EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
    EXPECT_THAT(page, Not(HasSubstr("\"'>")));
    EXPECT_THAT(page, HasSubstr("&quot;&#39;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;"));
}

TEST(page, a_stop_gives_the_words_to_copy)
{
    program_status status;
    status.data_folder = "/var/lib/unghost";
    status.stop.emplace();
    status.stop->id = "mysql-bin.000123:157";
    EXPECT_THAT(
        page_of(status),
        HasSubstr("unghost resume mysql-bin.000123:157 --pass --data /var/lib/unghost")
    );
}

TEST(page, many_consumers_are_bounded)
{
    program_status status;
    for (int i = 0; i < 5000; ++i)
        status.consumers.push_back({.user = "replica", .dumping = true});
    const std::string page = page_of(status);
    EXPECT_THAT(page, HasSubstr("and 4900 more"));
    EXPECT_LT(page.size(), 100'000U);
}

TEST(page, its_policy_allows_nothing_inline_without_a_hash)
{
    EXPECT_THAT(page_policy(), HasSubstr("script-src 'sha256-"));
    EXPECT_THAT(page_policy(), Not(HasSubstr("unsafe")));
}

TEST(page, the_curve_breaks_where_the_lag_was_not_known)
{
    std::vector<lag_sample> history;
    for (std::int64_t i = 0; i < 6; ++i)
        history.push_back({.at = 1000 + 10 * i, .source_seconds = 2.0 * static_cast<double>(i)});
    history[3].source_seconds.reset();
    const std::string page = to_page(to_json(program_status{}), history);
    std::size_t lines = 0;
    for (std::size_t at = page.find("<polyline class=\"source\""); at != std::string::npos;
         at = page.find("<polyline class=\"source\"", at + 1))
        ++lines;
    EXPECT_EQ(lines, 2U);
    EXPECT_THAT(page, HasSubstr("Behind the source: 10.0 s"));
    EXPECT_THAT(page, HasSubstr("The last consumer: not known"));
    EXPECT_THAT(page, HasSubstr("720.0,4.0"));  // the newest and largest: at the right, on top
    EXPECT_THAT(page_of({}), HasSubstr("The curve begins 10 seconds after the start."));
}

TEST(page, a_migration_shows_its_time_and_its_progress)
{
    program_status status;
    rewrite::migration_summary done;
    done.original = {"shop", "orders"};
    done.state = rewrite::migration_state::cut_over;
    done.times = {.began = 1000, .judged = 1000, .cut_over = 1500};
    rewrite::migration_summary runs;
    runs.original = {"shop", "lines"};
    runs.state = rewrite::migration_state::folding;
    runs.times = {.began = 1500};
    runs.rows_copied = 250;
    runs.rows_of_original = 1000;
    status.migrations = {runs, done};
    const std::string page = to_page(to_json(status), {{.at = 1990}, {.at = 2000}});
    EXPECT_THAT(page, HasSubstr("<rect class=\"cut\" x=\"0.00\" y=\"0\" width=\"50.00\""));
    EXPECT_THAT(page, HasSubstr("<rect class=\"folding\" x=\"50.00\" y=\"0\" width=\"50.00\""));
    EXPECT_THAT(page, HasSubstr("250 of 1000 rows copied"));
    runs.rows_of_original.reset();
    status.migrations = {runs};
    EXPECT_THAT(to_page(to_json(status), {}), HasSubstr("<br>250 rows copied"));
}

TEST(page, tells_what_is_kept_and_what_room_is_left)
{
    program_status status;
    EXPECT_THAT(page_of(status), HasSubstr("<dt>Kept</dt><dd>all</dd>"));
    status.retention_age = std::chrono::hours(24);
    status.retention_bytes = 3U << 30;
    status.disk_free_bytes = 5U << 20;
    EXPECT_THAT(page_of(status), HasSubstr("at most 3"));
    EXPECT_THAT(page_of(status), HasSubstr("<dt>Room left on the disk</dt><dd>5"));
}

}  // namespace
}  // namespace proxy
