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
    return to_page(to_json(status));
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

}  // namespace
}  // namespace proxy
