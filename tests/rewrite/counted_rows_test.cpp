#include "rewrite/rewriter.hpp"
#include "tests/support/folded_log.hpp"

namespace {

using namespace tests;
using rewrite::operator_word;
using rewrite::row_count;
using rewrite::stop_reason;

// Images of so many rows of two integers.
byte_buffer images(std::size_t rows)
{
    return byte_buffer(rows * 9, 0);
}

constexpr std::array<std::uint8_t, 2> integers{3, 3};

// gh-ost's run with rows: what the log has of t and of its copy.
class counted_log : public tool_log
{
public:
    counted_log& insert(std::string_view table, std::size_t rows)
    {
        return rows_of(table, event_type::write_rows, rows);
    }
    counted_log& remove(std::string_view table, std::size_t rows)
    {
        return rows_of(table, event_type::delete_rows, rows);
    }
    counted_log& begins()
    {
        gh_ost_begins();
        return *this;
    }
    counted_log& cuts_over()
    {
        gh_ost_sentry().gh_ost_rename();
        return *this;
    }

private:
    counted_log& rows_of(std::string_view table, event_type type, std::size_t count)
    {
        next();
        begin();
        if (table != "t")
            rows_query("insert /* gh-ost `d1`.`t` */ ignore into `d1`.`_t_gho`");
        const std::uint64_t id = 50 + table.size();
        table_map(id, "d1", table, integers);
        rows(type, id, protocol::rows_end_of_statement, images(count));
        xid(last);
        return *this;
    }
};

std::string cut_over_text(const folded_log& folded)
{
    const auto said =
        std::ranges::find(folded.remarks, rewrite::remark_kind::cut_over, &rewrite::remark::kind);
    return said == folded.remarks.end() ? std::string() : said->text;
}

constexpr std::string_view the_alter = "alter /* gh-ost */ table `d1`.`t` ADD COLUMN c int";

TEST(CountedRows, FoldsWhereBothTablesHaveAsMany)
{
    counted_log log;
    log.begins().insert("t", 2).insert("_t_gho", 7).remove("t", 1).remove("_t_gho", 1).cuts_over();
    // Of six when it was counted, behind the first change of t.
    folded_log folded;
    folded.counted = row_count{.rows = 7, .changed_before = 2};
    ASSERT_TRUE(folded.run(log));
    EXPECT_EQ(folded.transactions().back(), the_alter);
    EXPECT_EQ(cut_over_text(folded), "ADD COLUMN `c`, 6 rows in both");
}

TEST(CountedRows, StopsBeforeTheAlterWhereTheyDiffer)
{
    counted_log log;
    log.begins().insert("t", 2).insert("_t_gho", 5).cuts_over();
    folded_log folded;
    folded.counted = row_count{.rows = 4};
    ASSERT_FALSE(folded.run(log));
    ASSERT_TRUE(folded.stopped);
    EXPECT_EQ(folded.stopped->reason, stop_reason::rows_differ);
    EXPECT_EQ(folded.stopped->text, "d1.t has 6 rows, and the tool's copy 5");
    EXPECT_NE(folded.transactions().back(), the_alter);
}

TEST(CountedRows, GoesOnAfterAStopByAnOperatorsWord)
{
    counted_log log;
    log.begins().insert("_t_gho", 5).cuts_over();
    folded_log folded;
    folded.counted = row_count{.rows = 4};
    folded.words = {{operator_word::sql, "ALTER TABLE d1.t ADD COLUMN c int"}};
    ASSERT_TRUE(folded.run(log));
    EXPECT_EQ(folded.transactions().back(), "ALTER TABLE d1.t ADD COLUMN c int");
}

TEST(CountedRows, SaysWhereNobodyCouldCount)
{
    counted_log log;
    log.begins().insert("_t_gho", 5).cuts_over();
    folded_log folded;
    folded.counted = row_count{.uncounted = "the source was too slow"};
    ASSERT_TRUE(folded.run(log));
    EXPECT_EQ(folded.transactions().back(), the_alter);
    EXPECT_EQ(cut_over_text(folded), "ADD COLUMN `c`, rows not counted: the source was too slow");
}

TEST(CountedRows, AreNotCountedWhereTheLogDoesNotTellThem)
{
    for (const std::string_view what : {"statement", "xa", "rollback"}) {
        counted_log log;
        log.begins().insert("_t_gho", 5);
        log.next();
        if (what == "xa")
            log.query("XA START X'31',X'',1", "d1");
        else
            log.begin();
        if (what == "statement")
            log.query("DELETE FROM d1.t WHERE a = 1", "d1");
        else
            log.table_map(51, "d1", "t", integers)
                .rows(event_type::write_rows, 51, protocol::rows_end_of_statement, images(1));
        if (what == "xa")
            log.query("XA END X'31',X'',1", "d1").xa_prepare("1");
        else if (what == "rollback")
            log.query("ROLLBACK", "d1");
        else
            log.xid(9);
        folded_log folded;
        folded.counted = row_count{.rows = 5};
        ASSERT_TRUE(folded.run(log));
        EXPECT_TRUE(folded.rewriter().wanted_counts().empty()) << what;
    }
}

TEST(CountedRows, AreWantedFromTheVerdictToTheCount)
{
    counted_log log;
    log.begins();
    folded_log folded;
    folded.counted = row_count{.rows = 5};
    ASSERT_TRUE(folded.run(log));
    const auto wanted = folded.rewriter().wanted_counts();
    ASSERT_EQ(wanted.size(), 1U);
    EXPECT_EQ(to_text(wanted.front().original), "d1.t");
    EXPECT_FALSE(wanted.front().altering) << "gh-ost makes no triggers";
    rewrite::decision made{.kind = rewrite::question_kind::count, .at = wanted.front().judged};
    made.counted = row_count{.rows = 5};
    folded.rewriter().decide(made);
    EXPECT_TRUE(folded.rewriter().wanted_counts().empty());
}

TEST(CountedRows, SurviveARestart)
{
    counted_log log;
    log.begins().insert("t", 2).insert("_t_gho", 6).cuts_over();
    folded_log folded;
    folded.restart_at_borders = true;
    folded.counted = row_count{.rows = 4};
    ASSERT_TRUE(folded.run(log));
    EXPECT_EQ(folded.transactions().back(), the_alter);
}

}  // namespace
