#include "protocol/payload_event.hpp"
#include "tests/support/folded_log.hpp"

namespace {

using namespace tests;
using rewrite::operator_word;
using rewrite::stop_reason;

// The events of `inner` (from BEGIN on) as one compressed transaction.
void compressed(tool_log& log, const event_builder& inner)
{
    byte_buffer packed;
    protocol::payload_compressor compressor(packed);
    for (const auto& event : inner.events())
        ASSERT_TRUE(compressor.add(event));
    ASSERT_TRUE(compressor.finish());
    byte_buffer event;
    protocol::append_payload(
        event,
        {.timestamp = log.timestamp, .type = event_type::transaction_payload, .server_id = 1},
        {.kind = protocol::compression::zstd,
         .uncompressed_size = compressor.uncompressed_size(),
         .payload = packed},
        log.sum()
    );
    const auto parsed = *protocol::parse_event(event, log.sum());
    log.next().add(event_type::transaction_payload, parsed.body);
}

TEST(PayloadTransaction, IsPassedByteForByteWithoutHiddenRows)
{
    tool_log log;
    log.gh_ost_begins();
    compressed(log, inner().begin().table_map(1, "d1", "t").write_rows(1, 1).xid(5));
    const auto events = log.events();
    folded_log folded;
    ASSERT_TRUE(folded.run(log));
    const auto out = folded.events_of(4);
    EXPECT_TRUE(
        std::ranges::equal(out[1].body, protocol::parse_event(events.back(), log.sum())->body)
    );
    EXPECT_FALSE(folded.commits.back().touched);
}

TEST(PayloadTransaction, IsPackedAnewWithoutItsHiddenRows)
{
    tool_log log;
    log.gh_ost_begins();
    compressed(
        log,
        inner()
            .begin()
            .rows_query("UPDATE")
            .table_map(1, "d1", "t")
            .table_map(2, "d1", "_t_gho")
            .update_rows(1, 0x10)
            .update_rows(2, 0x11)
            .rows_query("ghost alone")
            .table_map(2, "d1", "_t_gho")
            .write_rows(2, 1)
            .xid(5)
    );
    folded_log folded;
    ASSERT_TRUE(folded.run(log));
    EXPECT_EQ(
        folded.transactions().back(), "payload(BEGIN, text UPDATE, map t, rows 1 flags 17, xid)"
    );
}

TEST(PayloadTransaction, OfHiddenRowsAloneBecomesAnEmptiedTransaction)
{
    tool_log log;
    log.gh_ost_begins();
    compressed(log, inner().begin("d1").table_map(2, "d1", "_t_gho").write_rows(2, 1).xid(5));
    folded_log folded;
    ASSERT_TRUE(folded.run(log));
    EXPECT_EQ(folded.transactions().back(), "BEGIN; xid");
    EXPECT_EQ(*protocol::parse_xid(folded.events_of(4).back().body), 5U);
}

TEST(PayloadTransaction, OfAnXaPrepareIsEmptiedWithItsCommit)
{
    tool_log log;
    log.gh_ost_begins();
    compressed(
        log,
        inner()
            .query("XA START X'61',X'',1")
            .table_map(2, "d1", "_t_gho")
            .write_rows(2, 1)
            .query("XA END X'61',X'',1")
            .xa_prepare("a")
    );
    log.ddl("XA COMMIT X'61',X'',1");
    folded_log folded;
    ASSERT_TRUE(folded.run(log));
    EXPECT_EQ(folded.transactions_from(4), (lines{"BEGIN; xid of ours", "BEGIN; xid of ours"}));
}

TEST(PayloadTransaction, IsCheckedAfterTheCutOver)
{
    tool_log log;
    log.gh_ost_begins().gh_ost_sentry().gh_ost_rename();
    compressed(log, inner().begin().table_map(1, "d1", "t").write_rows(1, 1).xid(5));
    folded_log folded;
    EXPECT_FALSE(folded.run(log));
    ASSERT_TRUE(folded.stopped);
    EXPECT_EQ(folded.stopped->reason, stop_reason::after_check);
}

TEST(PayloadTransaction, StopsTheCutOverOfRowsThatTheToolDoesNotRead)
{
    tool_log log;
    log.gh_ost_begins().gh_ost_sentry();
    compressed(log, inner().begin().table_map(1, "d1", "t").write_rows(1, 1).xid(5));
    log.gh_ost_rename();
    folded_log folded;
    EXPECT_FALSE(folded.run(log));
    EXPECT_EQ(folded.stopped->reason, stop_reason::disturbed_cut_over);
}

TEST(PayloadTransaction, TellsSomebodyElsesRowsInTheGhost)
{
    tool_log log;
    log.gh_ost_begins();
    compressed(
        log,
        inner()
            .begin()
            .rows_query("INSERT INTO _t_gho VALUES (1)")
            .table_map(2, "d1", "_t_gho")
            .write_rows(2, 1)
            .xid(5)
    );
    log.gh_ost_sentry().gh_ost_rename();
    folded_log folded;
    EXPECT_FALSE(folded.run(log));
    EXPECT_EQ(folded.stopped->reason, stop_reason::disturbed_cut_over);
}

TEST(PayloadTransaction, HidesTextThatWritesHiddenTablesOnly)
{
    tool_log log;
    log.pt_osc_creates().pt_osc_triggers();
    compressed(
        log,
        inner()
            .begin()
            .query("INSERT IGNORE INTO `d1`.`_t_new` SELECT * FROM `d1`.`t` "
                   "/*pt-online-schema-change 1 copy table*/")
            .xid(5)
    );
    folded_log folded;
    ASSERT_TRUE(folded.run(log));
    EXPECT_EQ(folded.transactions().back(), "BEGIN; xid");
    EXPECT_EQ(folded.remarks_of(rewrite::remark_kind::disturbed), 0U);
}

TEST(PayloadTransaction, OneWordGoesForAllThatAPayloadAsks)
{
    for (const auto word : {operator_word::pass, operator_word::empty, operator_word::sql}) {
        tool_log log;
        log.gh_ost_begins();
        compressed(
            log,
            inner()
                .begin()
                .query("INSERT INTO d1.x SELECT 1 FROM d1._t_gho")
                .query("INSERT INTO d1.y SELECT 1 FROM d1._t_gho")
                .query("INSERT INTO d1.z VALUES (1)")
                .xid(5)
        );
        folded_log folded;
        folded.words = {{word, "DO 1"}};
        ASSERT_TRUE(folded.run(log));
        switch (word) {
            case operator_word::pass: EXPECT_FALSE(folded.commits.back().touched); break;
            case operator_word::empty:
                EXPECT_EQ(
                    folded.transactions().back(), "payload(BEGIN, INSERT INTO d1.z VALUES (1), xid)"
                );
                break;
            case operator_word::sql:
                EXPECT_EQ(
                    folded.transactions().back(),
                    "payload(BEGIN, DO 1, DO 1, INSERT INTO d1.z VALUES (1), xid)"
                );
                break;
        }
    }
}

TEST(PayloadTransaction, ForgetsACandidateThatItWrites)
{
    tool_log log;
    log.pt_osc_creates();
    compressed(log, inner().begin().table_map(2, "d1", "_t_new").write_rows(2, 1).xid(5));
    log.pt_osc_triggers();
    folded_log folded;
    ASSERT_TRUE(folded.run(log));
    EXPECT_FALSE(folded.folds_anything());
}

}  // namespace
