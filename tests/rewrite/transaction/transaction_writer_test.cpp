#include "rewrite/transaction/transaction_writer.hpp"
#include "tests/support/folded_log.hpp"

// What is left of a transaction: folded_log checks transaction_length and borders of each.
namespace {

using namespace tests;

TEST(TransactionWriter, MakesABeginFromAnyStatement)
{
    byte_buffer status = status_block();
    protocol::writer(status).u8(17).u64(99);
    const rewrite::skeleton of{.database = "d1", .status = status, .thread_id = 7, .xid = {}};
    const byte_buffer event = rewrite::make_begin({.flags = 0x24}, of, protocol::checksum::crc32);
    const auto parsed = protocol::parse_event(event, protocol::checksum::crc32);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->header.flags, protocol::event_suppress_use);
    const auto query = *protocol::parse_query(parsed->body);
    EXPECT_EQ(query.text, "BEGIN");
    EXPECT_EQ(query.database, "d1");
    EXPECT_EQ(query.thread_id, 7U);
    EXPECT_EQ(query.status.size(), status.size() - 9 - 3);
}

TEST(TransactionWriter, EmptiedOnesHaveTheRightLengthInEveryGtidMode)
{
    for (const auto sum : {protocol::checksum::crc32, protocol::checksum::none})
        for (const auto form : {gtid_form::mysql_57, gtid_form::mysql_80, gtid_form::mysql_tagged})
            for (const bool anonymous : {false, true}) {
                tool_log log(sum);
                log.form = form;
                if (anonymous)
                    log.without_gtids();
                log.gh_ost_begins();
                log.next().begin("d1").table_map(2, "d1", "_t_gho");
                const byte_buffer big(5000);  // the length gets shorter, and its field with it
                log.write_rows(2, 0, big).write_rows(2, 1, big).xid(77);
                folded_log folded({}, sum);
                ASSERT_TRUE(folded.run(log));
                EXPECT_EQ(folded.transactions().back(), "BEGIN; xid");
                const auto events = folded.events_of(folded.transactions().size() - 1);
                EXPECT_EQ(*protocol::parse_xid(events.back().body), 77U);
                EXPECT_TRUE(folded.commits.back().touched);
                EXPECT_EQ(folded.commits.back().id.number, anonymous ? 0U : 5U);
            }
}

TEST(TransactionWriter, WithoutGtidEventsIsEmptiedToo)
{
    tool_log log;
    log.gh_ost_begins();
    log.begin().table_map(2, "d1", "_t_gho").write_rows(2, 1).xid(77);
    log.begin().table_map(1, "d1", "t").write_rows(1, 1).xid(78);
    folded_log folded;
    ASSERT_TRUE(folded.run(log));
    EXPECT_EQ(
        folded.transactions_from(4), (lines{"BEGIN; xid", "BEGIN; map t; rows 1 flags 1; xid"})
    );
}

TEST(TransactionWriter, PartlyEmptiedKeepsItsOtherFlagsAndGetsItsLength)
{
    for (const auto form : {gtid_form::mysql_57, gtid_form::mysql_80, gtid_form::mysql_tagged}) {
        tool_log log;
        log.form = form;
        log.gh_ost_begins();
        log.next().begin();
        log.rows_query("UPDATE ...").table_map(1, "d1", "t").table_map(2, "d1", "_t_gho");
        log.update_rows(1, 0x12).update_rows(2, 0x12).update_rows(1, 0x12).update_rows(2, 0x13);
        log.rows_query("REPLACE INTO ghost").table_map(1, "d1", "t").table_map(2, "d1", "_t_gho");
        log.write_rows(2, 1);
        log.table_map(3, "d1", "other").write_rows(3, 1).xid(6);
        folded_log folded;
        ASSERT_TRUE(folded.run(log));
        EXPECT_EQ(
            folded.transactions().back(),
            "BEGIN; text UPDATE ...; map t; rows 1 flags 18; rows 1 flags 19; map other; rows 3 "
            "flags 1; xid"
        );
    }
}

TEST(TransactionWriter, EndsWithAnXidOfOursAtItsOffsetWhereTheSourceWroteCommit)
{
    tool_log log;  // MyISAM
    log.gh_ost_begins();
    log.next().begin().table_map(2, "d1", "_t_gho").write_rows(2, 1).commit();
    folded_log folded;
    ASSERT_TRUE(folded.run(log));
    const auto events = folded.events_of(4);
    const auto at = static_cast<std::uint64_t>(events.back().whole.data() - folded.bytes().data());
    EXPECT_EQ(*protocol::parse_xid(events.back().body), (std::uint64_t{1} << 63) + 4 + at);
}

TEST(TransactionWriter, OfSavepointsAloneIsEmptied)
{
    tool_log log;
    log.gh_ost_begins();
    log.next().begin().query("SAVEPOINT `a`").table_map(2, "d1", "_t_gho").write_rows(2, 1);
    log.query("ROLLBACK TO `a`").xid(4);
    folded_log folded;
    ASSERT_TRUE(folded.run(log));
    EXPECT_EQ(folded.transactions().back(), "BEGIN; xid");
}

TEST(TransactionWriter, ThatHoldsAnUnknownEventIsNotEmptied)
{
    tool_log log;
    log.gh_ost_begins();
    log.next().begin().table_map(2, "d1", "_t_gho").write_rows(2, 1);
    log.add(static_cast<event_type>(99), {}).xid(4);
    folded_log folded;
    ASSERT_TRUE(folded.run(log));
    EXPECT_EQ(folded.transactions().back(), "BEGIN; event 99; xid");
}

TEST(TransactionWriter, PreparedByXaIsEmptiedAndSoIsWhatResolvesIt)
{
    for (const char* resolving : {"XA COMMIT X'61',X'',1", "XA ROLLBACK X'61',X'',1"}) {
        tool_log log;
        log.gh_ost_begins();
        for (const char* xid : {"X'61',X'',1", "X'62',X'',1"}) {
            log.next().query(std::string("XA START ") + xid);
            log.table_map(2, "d1", "_t_gho").write_rows(2, 1);
            if (xid[2] == '6' && xid[3] == '2')
                log.table_map(1, "d1", "t").write_rows(1, 1);
            log.query(std::string("XA END ") + xid).xa_prepare(xid[3] == '2' ? "b" : "a");
        }
        log.ddl(resolving).ddl("XA COMMIT X'62',X'',1");
        folded_log folded;
        folded.restart_at_borders = true;
        ASSERT_TRUE(folded.run(log));
        EXPECT_EQ(
            folded.transactions_from(4),
            (lines{
                "BEGIN; xid of ours",
                "XA START X'62',X'',1; map t; rows 1 flags 1; XA END X'62',X'',1; xa prepare",
                "BEGIN; xid of ours",
                "XA COMMIT X'62',X'',1",
            })
        );
    }
}

TEST(TransactionWriter, ThatTheSourceNeverFinishedEndsWhereTheNextBegins)
{
    tool_log log;
    log.change("t");
    log.next().begin().table_map(1, "d1", "t").write_rows(1, 1);
    log.change("t");
    folded_log folded;
    ASSERT_TRUE(folded.run(log));
    EXPECT_EQ(folded.transactions().size(), 3U);
    EXPECT_FALSE(folded.commits[1].touched);
}

TEST(TransactionWriter, KeepsAGtidEventThatNothingFollows)
{
    tool_log log;
    log.next();
    log.change("t").next();
    log.rotate("mysql-bin.000002");
    folded_log folded;
    const auto events = log.events();
    const std::vector<byte_buffer> all(events.begin(), events.end() - 1);
    ASSERT_TRUE(folded.run(upstream(all)));
    byte_buffer bytes;
    for (std::size_t i = 0; i + 1 < all.size(); ++i)
        bytes.insert(bytes.end(), all[i].begin(), all[i].end());
    EXPECT_EQ(folded.bytes(), bytes);
    EXPECT_EQ(folded.transactions(), (lines{"", "BEGIN; map t; rows 101 flags 1; xid"}));
}

TEST(TransactionWriter, EndsAStatementThatMariaDbCompressed)
{
    byte_buffer standalone(19);
    standalone[12] = 1;
    for (const bool folding : {false, true}) {
        tool_log log;
        if (folding)
            log.gh_ost_begins();
        log.add(static_cast<event_type>(162), standalone);
        log.add(static_cast<event_type>(165), byte_buffer(22));
        folded_log folded;
        ASSERT_TRUE(folded.run(log));
        EXPECT_EQ(folded.transactions().back(), "event 162; event 165");
        EXPECT_FALSE(folded.commits.back().touched);
    }
}

TEST(TransactionWriter, LoadDataInTextIsLookedAtToo)
{
    const auto load = [](tool_log& log, std::string_view table) {
        byte_buffer body;
        protocol::writer to(body);
        const byte_buffer status = status_block();
        to.u32(9).u32(0).u8(2).u16(0).u16(static_cast<std::uint16_t>(status.size()));
        to.u32(1).u32(9).u32(20).u8(0);
        to.bytes(status).text_nul("d1").text("LOAD DATA INFILE 'x' INTO TABLE ").text(table);
        log.add(event_type::intvar, byte_buffer(9))
            .add(event_type::begin_load_query, byte_buffer(8));
        log.add(event_type::execute_load_query, body);
    };
    tool_log log;
    log.gh_ost_begins();
    log.next().begin();
    load(log, "x");
    log.table_map(2, "d1", "_t_gho").write_rows(2, 1).xid(5);
    log.next().begin();
    load(log, "_t_gho");
    log.xid(6);
    folded_log folded;
    ASSERT_TRUE(folded.run(log));
    EXPECT_EQ(
        folded.transactions_from(4),
        (lines{"BEGIN; event 5; event 17; event 18; xid", "BEGIN; xid"})
    ) << "a hidden statement behind it must not take it along";
    EXPECT_EQ(folded.remarks_of(rewrite::remark_kind::disturbed), 1U);
}

TEST(TransactionWriter, IsServedWholeWhereTheLastHiddenTableIsLetGoInside)
{
    tool_log log;
    log.gh_ost_begins();
    log.ddl("DROP TABLE _t_ghc").ddl("RENAME TABLE _t_gho TO mine");
    log.next().begin().table_map(1, "d1", "mine").write_rows(1, 1).xid(4);
    folded_log folded;
    folded.words = {{rewrite::operator_word::pass, ""}};
    ASSERT_TRUE(folded.run(log));
    EXPECT_EQ(folded.transactions().back(), "BEGIN; map mine; rows 1 flags 1; xid");
}

}  // namespace
