#include "proxy/remark_lines.hpp"

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <sstream>

namespace proxy {
namespace {

std::string line_of(rewrite::remark_kind kind)
{
    std::ostringstream said;
    spdlog::logger lines("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(said));
    lines.set_pattern("%l %v");
    log_remark(
        lines,
        {.kind = kind,
         .migration = 3,
         .table = {"shop", "orders"},
         .at = {1, "b.000007", 1234},
         .text = "the reason"}
    );
    return said.str();
}

TEST(RemarkLines, SayWhatHappenedToWhichMigrationAndWhere)
{
    const std::string of = "migration 3 of shop.orders at b.000007:1234: the reason\n";
    EXPECT_EQ(line_of(rewrite::remark_kind::folding), "info folding: " + of);
    EXPECT_EQ(line_of(rewrite::remark_kind::passing), "info passing: " + of);
    EXPECT_EQ(line_of(rewrite::remark_kind::cut_over), "info cut over: " + of);
    EXPECT_EQ(line_of(rewrite::remark_kind::ended), "info ended: " + of);
    EXPECT_EQ(line_of(rewrite::remark_kind::statement_emptied), "info " + of);
}

TEST(RemarkLines, WarnOfWhatAnOperatorShouldLookAt)
{
    EXPECT_TRUE(line_of(rewrite::remark_kind::disturbed).starts_with("warning disturbed: "));
    EXPECT_TRUE(line_of(rewrite::remark_kind::damaged).starts_with("warning damaged: "));
    EXPECT_TRUE(line_of(rewrite::remark_kind::name_freed).starts_with("warning name freed: "));
}

TEST(RemarkLines, SayHowToGoOnAfterAStop)
{
    rewrite::question asked{.kind = rewrite::question_kind::stop, .at = {1, "b.000007", 99}};
    asked.text = "a hidden table is named";
    const std::string text = stop_text(asked);
    EXPECT_TRUE(text.starts_with("publishing stopped at b.000007:99: a hidden table is named. "));
    EXPECT_NE(text.find("unghost resume b.000007:99 --pass"), std::string::npos);
}

}  // namespace
}  // namespace proxy
