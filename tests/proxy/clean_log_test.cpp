#include "proxy/clean_log.hpp"
#include "tests/proxy/store/store_feed.hpp"
#include "tests/support/temp_folder.hpp"

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <sstream>

namespace proxy {
namespace {

class CleanLog : public testing::Test
{
protected:
    CleanLog()
        : lines_("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(said_))
        , store_(tests::in_folder(folder_.path()), lines_)
        , engine_(rewrite::settings{})
        , log(
              store_,
              lines_,
              [this](
                  std::uint64_t number, const rewrite::question&, const rewrite::table_name& table
              ) -> std::optional<rewrite::facts> {
                  asked.push_back(std::to_string(number) + " " + to_text(table));
                  if (table.table == "known")
                      return rewrite::facts{.table = table};
                  return std::nullopt;
              },
              [](const rewrite::question& asked) {
                  return rewrite::row_count{.uncounted = to_text(asked.original)};
              }
          )
    {
        lines_.set_pattern("%l %v");
        log.take_from(engine_);
        EXPECT_TRUE(log.open());
    }
    void begin_file()
    {
        tests::event_builder built;
        built.format();
        format_ = built.events().at(0);
        const auto event = *protocol::parse_event(format_, protocol::checksum::crc32);
        ASSERT_TRUE(log.begin_file(
            {1, "b.000007", 4}, event, *protocol::parse_format_description(event.whole)
        ));
    }
    std::string said() const { return said_.str(); }

    tests::temp_folder folder_;
    std::ostringstream said_;
    spdlog::logger lines_;
    store store_;
    rewrite::rewriter engine_;
    protocol::byte_buffer format_;

    std::vector<std::string> asked;
    clean_log log;
};

TEST_F(CleanLog, IsFreshUntilAFileBegins)
{
    EXPECT_TRUE(log.is_fresh());
    log.save_checkpoint({1, "b.000007", 4});
    EXPECT_FALSE(std::filesystem::exists(folder_ / "checkpoint"));
    begin_file();
    EXPECT_FALSE(log.is_fresh());
    EXPECT_EQ(log.identity().log.file, "b.000007");
    EXPECT_NE(log.identity().format_timestamp, 0U);
    EXPECT_NE(said().find("source: b.000007 begins"), std::string::npos);
}

TEST_F(CleanLog, HasFactsAtOnceOnlyWhereTheyAreRemembered)
{
    EXPECT_FALSE(log.ask_facts(3, {}, {"d1", "t"}));
    EXPECT_EQ(asked, std::vector<std::string>{"3 d1.t"});
    EXPECT_TRUE(log.ask_facts(4, {}, {"d1", "known"}));
}

TEST_F(CleanLog, WarnsOfAnswersThatDidNotComeInTime)
{
    rewrite::decision made{.at = {1, "b.000007", 99}, .expired = true};
    made.ruling.reason = "nobody answered";
    ASSERT_TRUE(log.record(made));
    EXPECT_NE(
        said().find("warning no answer at b.000007:99 in time: nobody answered"), std::string::npos
    );
    rewrite::question again{.at = made.at};
    const auto recorded = log.find(again);
    ASSERT_TRUE(recorded && *recorded);
    EXPECT_TRUE((*recorded)->expired);
}

TEST_F(CleanLog, SaysOnceThatTheDiskRefusesAndOnceThatItNoLongerDoes)
{
    log.settle(rewrite::gate_state::open);
    EXPECT_FALSE(log.is_refused());
    log.settle(rewrite::gate_state::refused);
    log.settle(rewrite::gate_state::refused);
    EXPECT_TRUE(log.is_refused());
    log.settle(rewrite::gate_state::waiting);
    log.settle(rewrite::gate_state::open);
    EXPECT_FALSE(log.is_refused());
    const std::string all = said();
    const auto full = all.find("error store: disk failing: ");
    ASSERT_NE(full, std::string::npos);
    EXPECT_EQ(all.find("disk failing", full + 20), std::string::npos);
    EXPECT_NE(all.find("info store: the disk takes everything again"), std::string::npos);
}

TEST_F(CleanLog, EndsAFileWithARotateToOurNextOne)
{
    begin_file();
    tests::event_builder built;
    built.rotate("b.000008");
    const auto bytes = built.events().at(0);
    const auto event = *protocol::parse_event(bytes, protocol::checksum::crc32);
    const std::uint64_t before = store_.clean_end();
    ASSERT_TRUE(log.end_file({1, "b.000007", 500}, event, *protocol::parse_rotate(event.body)));
    EXPECT_GT(store_.clean_end(), before + event.whole.size()) << "our names are longer";
}

TEST_F(CleanLog, KeepsTheStopUntilAWordComes)
{
    rewrite::question stopped{.kind = rewrite::question_kind::stop, .at = {1, "b.000007", 99}};
    stopped.text = "a hidden table is named";
    ASSERT_TRUE(log.on_stop(stopped));
    EXPECT_EQ(log.numbers().stopped(), 1U);
    EXPECT_NE(said().find("error publishing stopped at b.000007:99"), std::string::npos);
    log.on_resumed({
        .at = stopped.at,
        .migration = 4,
        .word = rewrite::operator_word::sql,
        .sql = "ALTER TABLE d.t ADD c int",
        .given_by = "alice",
    });
    EXPECT_NE(
        said().find("warning going on at b.000007:99 by the word of alice: --sql"),
        std::string::npos
    );
    EXPECT_EQ(said().find("ADD c int"), std::string::npos) << "no user's statement in a log";
    log.settle(rewrite::gate_state::open);
    const auto words = store_.decisions().words();
    ASSERT_EQ(words.size(), 1U);
    EXPECT_EQ(words[0].at, stopped.at);
    EXPECT_EQ(words[0].migration, 4U);
    EXPECT_EQ(words[0].word, rewrite::operator_word::sql);
    EXPECT_EQ(words[0].sql, "ALTER TABLE d.t ADD c int");
    EXPECT_EQ(words[0].given_by, "alice");
    EXPECT_TRUE(words[0].given_at.starts_with("20")) << words[0].given_at;
}

}  // namespace
}  // namespace proxy
