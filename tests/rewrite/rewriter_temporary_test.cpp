// Sessions that log statements, with a temporary table called like the tool's.
#include "protocol/writer.hpp"
#include "rewrite/rewriter.hpp"
#include "tests/support/folded_log.hpp"

#include <functional>
#include <utility>

namespace {

using namespace tests;
using protocol::byte_buffer;
using protocol::event_type;
using rewrite::remark_kind;
using rewrite::stop_reason;

// What a session leaves, as servers log it: `made` and `dropped` by hand or by the server.
void uses_temporary(tool_log& log, const lines& statements, std::uint32_t thread = 77)
{
    const std::uint32_t others = std::exchange(log.thread_id, thread);
    for (const std::string& text : statements)
        if (text.starts_with("INSERT"))
            log.next().begin("d1").query(text, "d1").query("COMMIT", "d1");
        else
            log.ddl(text);
    log.thread_id = others;
}

const std::string makes_new = "create temporary table _t_new (a int)";
const std::string fills_new = "INSERT INTO _t_new VALUES (1)";
const std::string drops_new = "DROP /*!40005 TEMPORARY */ TABLE IF EXISTS `_t_new`";
const lines uses_new = {
    fills_new,
    "alter table _t_new add b int",
    "create index i on _t_new (b)",
    "INSERT INTO other SELECT a FROM _t_new",
    "create temporary table copy select * from _t_new",
    "create temporary table if not exists _t_new like copy",
    "truncate table _t_new",
    "analyze table _t_new",
};

lines in_log(const lines& statements)
{
    lines all;
    for (const std::string& text : statements)
        all.push_back(text.starts_with("INSERT") ? "BEGIN; " + text + "; COMMIT" : text);
    return all;
}

TEST(Rewriter, TakesATemporaryTableForWhatItIs)
{
    for (const bool restarts : {false, true})
        for (const bool before : {false, true}) {
            tool_log log;
            if (before)
                uses_temporary(log, {makes_new});
            log.pt_osc_creates().pt_osc_triggers().change("_t_new");
            const std::size_t first = log.last + (before ? 0 : 1);
            if (!before)
                uses_temporary(log, {makes_new});
            uses_temporary(log, uses_new);
            const std::size_t end = log.last;
            uses_temporary(log, {drops_new, "create temporary table _t_new (a int)"});
            log.pt_osc_renames().pt_osc_cleans();
            folded_log folded;
            folded.restart_at_borders = restarts;
            ASSERT_TRUE(folded.run(log)) << folded.stopped->text;
            EXPECT_EQ(folded.remarks_of(remark_kind::disturbed), 0U);
            EXPECT_EQ(folded.remarks_of(remark_kind::cut_over), 1U);
            const lines served = folded.transactions_from(first);
            EXPECT_EQ(lines(served.begin(), served.begin() + 8), in_log(uses_new));
            EXPECT_EQ(folded.transactions()[end], drops_new);
        }
}

TEST(Rewriter, FollowsATemporaryTableThatIsRenamedAndOneMadeInATransaction)
{
    tool_log renamed;
    renamed.pt_osc_creates().pt_osc_triggers();
    uses_temporary(
        renamed,
        {"create temporary table x (a int)",
         "alter table x rename to _t_new",
         fills_new,
         "alter table _t_new rename to e.y",
         "DROP TEMPORARY TABLE `e`.`y`"}
    );
    tool_log inside;
    inside.without_gtids();
    inside.pt_osc_creates().pt_osc_triggers();
    inside.thread_id = 77;
    inside.next().begin("d1").query("create temporary table _t_new like o", "d1");
    inside.query(fills_new, "d1").query("DROP TEMPORARY TABLE `_t_new`", "d1").xid(70);
    inside.thread_id = 9;
    for (tool_log* log : {&renamed, &inside}) {
        log->pt_osc_renames().pt_osc_cleans();
        folded_log folded;
        ASSERT_TRUE(folded.run(*log)) << folded.stopped->text;
        EXPECT_EQ(folded.remarks_of(remark_kind::disturbed), 0U);
        EXPECT_EQ(folded.transactions_from(5)[0].find(emptied), std::string::npos);
    }
}

// Another session, or this one without it: the hidden table is written.
TEST(Rewriter, IsDisturbedByWhoHasNoSuchTemporaryTable)
{
    const auto stops = [](const std::function<void(tool_log&)>& session, bool restarts) {
        tool_log log;
        log.pt_osc_creates().pt_osc_triggers();
        session(log);
        log.pt_osc_renames();
        folded_log folded;
        folded.restart_at_borders = restarts;
        return !folded.run(log) && folded.stopped &&
               folded.stopped->reason == stop_reason::disturbed_cut_over;
    };
    for (const bool restarts : {false, true}) {
        EXPECT_TRUE(stops([](tool_log& log) { uses_temporary(log, {fills_new}); }, restarts));
        EXPECT_TRUE(stops(
            [](tool_log& log) {
                uses_temporary(log, {makes_new});
                uses_temporary(log, {fills_new}, 78);
            },
            restarts
        ));
        EXPECT_TRUE(stops(
            [](tool_log& log) { uses_temporary(log, {makes_new, drops_new, fills_new}); }, restarts
        ));
        EXPECT_TRUE(stops(
            [](tool_log& log) {
                uses_temporary(
                    log,
                    {makes_new, "alter table _t_new rename to x", "INSERT INTO _t_new VALUES (2)"}
                );
            },
            restarts
        ));
        EXPECT_TRUE(stops(
            [](tool_log& log) {
                uses_temporary(log, {"create temporary table e._t_new (a int)", fills_new});
            },
            restarts
        ));
    }
}

TEST(Rewriter, ForgetsTemporaryTablesOfASourceThatStarts)
{
    tool_log log;
    log.pt_osc_creates().pt_osc_triggers();
    uses_temporary(log, {makes_new, fills_new});
    const std::size_t events = log.events().size();
    uses_temporary(log, {fills_new});
    const std::vector<logged> all = upstream(log.events());
    const auto start = all.begin() + static_cast<std::ptrdiff_t>(events);
    folded_log folded;
    ASSERT_TRUE(folded.run(std::vector(all.begin(), start)));
    EXPECT_EQ(folded.remarks_of(remark_kind::disturbed), 0U);
    folded.rewriter().on_source_started();
    ASSERT_TRUE(folded.run(std::vector(start, all.end())));
    EXPECT_EQ(folded.remarks_of(remark_kind::disturbed), 1U);
}

TEST(Rewriter, ForgetsTemporaryTablesInAGapOfTheLog)
{
    for (const bool has_gap : {false, true}) {
        tool_log log;
        uses_temporary(log, {makes_new, fills_new});
        if (has_gap) {  // its session may have ended there
            log.next();
            log.add(event_type::incident, byte_buffer{1, 0, 0});
        }
        log.pt_osc_creates().pt_osc_triggers().change("_t_new");
        uses_temporary(log, {fills_new});
        log.pt_osc_renames();
        folded_log folded;
        EXPECT_EQ(folded.run(log), !has_gap);
        EXPECT_EQ(folded.remarks_of(remark_kind::disturbed), has_gap ? 1U : 0U);
        if (has_gap) {
            ASSERT_TRUE(folded.stopped);
            EXPECT_EQ(folded.stopped->reason, stop_reason::disturbed_cut_over);
        }
    }
}

enum class framing : std::uint8_t {
    bare,         // as servers before 5.6 wrote it for tables without transactions
    transaction,  // with BEGIN and COMMIT
};

void loads_new(tool_log& log, std::uint32_t thread, framing how)
{
    byte_buffer body;
    protocol::writer to(body);
    to.u32(thread).u32(0).u8(2).u16(0).u16(0);  // and no status variables
    to.u32(1).u32(9).u32(20).u8(0);
    to.text_nul("d1").text("LOAD DATA INFILE 'x' INTO TABLE _t_new");
    log.next();
    if (how == framing::transaction)
        log.begin("d1");
    log.add(event_type::begin_load_query, byte_buffer(8));
    log.add(event_type::execute_load_query, body);
    if (how == framing::transaction)
        log.query("COMMIT", "d1");
}

TEST(Rewriter, LoadsATemporaryTableForWhatItIs)
{
    for (const framing how : {framing::bare, framing::transaction})
        for (const std::uint32_t loader : {77U, 78U}) {
            tool_log log;
            uses_temporary(log, {makes_new});
            log.pt_osc_creates().pt_osc_triggers().change("_t_new");
            const std::size_t before = log.last;
            loads_new(log, loader, how);
            log.pt_osc_renames();
            folded_log folded;
            const bool is_own = loader == 77;
            EXPECT_EQ(folded.run(log), is_own);
            EXPECT_EQ(folded.remarks_of(remark_kind::disturbed), is_own ? 0U : 1U);
            const std::string served = folded.transactions()[before];
            EXPECT_EQ(served.find("event 18") != std::string::npos, is_own) << served;
        }
}

}  // namespace
