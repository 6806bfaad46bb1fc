#include "protocol/transaction_grammar.hpp"
#include "tests/support/event_builder.hpp"

#include <gtest/gtest.h>

namespace {

using namespace protocol;
using tests::event_builder;

// One letter an event: ( begins, ) ends, O is a whole transaction or an event by itself, - is
// inside, ! in front of what ended a transaction that had no end.
std::string steps(const event_builder& log)
{
    std::string text;
    transaction_grammar grammar;
    for (const byte_buffer& bytes : log.events()) {
        const auto event = *parse_event(bytes, log.sum());
        const bool was_open = grammar.open();
        const transaction_step step = grammar.on(role_of(event));
        EXPECT_EQ(grammar.open(), !step.ends) << "what does not end a transaction is in one";
        EXPECT_TRUE(!grammar.begun() || grammar.open());
        EXPECT_TRUE(!step.abandons || was_open);
        if (step.abandons)
            text += '!';
        const bool begins = step.begins || (step.ends && (!was_open || step.abandons));
        text += begins ? (step.ends ? 'O' : '(') : (step.ends ? ')' : '-');
    }
    return text;
}

event_builder log()
{
    return event_builder();
}

constexpr auto mariadb_gtid = static_cast<event_type>(162);
byte_buffer mariadb_body(std::uint8_t flags)
{
    byte_buffer body(19);
    body[12] = flags;
    return body;
}

TEST(TransactionGrammar, EndsRowsAtTheirXid)
{
    const auto rows = [](event_builder made) {
        return steps(made.begin().table_map(1, "d", "t").write_rows(1, 1).xid(5).stop());
    };
    EXPECT_EQ(rows(log().gtid(1)), "(---)O");
    EXPECT_EQ(rows(log().gtid(1, 0, "a_tag")), "(---)O");
    EXPECT_EQ(rows(log().anonymous()), "(---)O");
    EXPECT_EQ(rows(log()), "(--)O") << "before 5.7.6";
}

TEST(TransactionGrammar, TakesAStatementWithoutBeginForAWholeTransaction)
{
    EXPECT_EQ(steps(log().gtid(1).query("CREATE TABLE t (id int)").gtid(2)), "()(");
    EXPECT_EQ(steps(log().query("CREATE TABLE t (id int)").query("DROP TABLE t")), "OO");
    EXPECT_EQ(
        steps(log().add(event_type::intvar, byte_buffer(9)).query("INSERT INTO t VALUES (NULL)")),
        "()"
    );
    EXPECT_EQ(steps(log().gtid(1).query("XA COMMIT X'61',X'',1").query("XA ROLLBACK 'b'")), "()O");
}

TEST(TransactionGrammar, EndsStatementsAndTablesWithoutTransactionsAtCommitOrRollback)
{
    EXPECT_EQ(steps(log().gtid(1).begin().query("INSERT INTO t VALUES (1)").commit()), "(--)");
    EXPECT_EQ(
        steps(log().gtid(1).begin().table_map(1, "d", "t").write_rows(1, 1).query("ROLLBACK")),
        "(---)"
    );
    EXPECT_EQ(
        steps(log()
                  .gtid(1)
                  .begin()
                  .query("SAVEPOINT `a`")
                  .query("INSERT INTO t VALUES (1)")
                  .query("ROLLBACK TO `a`")
                  .query("INSERT INTO t VALUES (2)")
                  .xid(6)),
        "(-----)"
    );
    EXPECT_EQ(
        steps(log()
                  .gtid(1)
                  .begin()
                  .add(event_type::begin_load_query, byte_buffer(8))
                  .add(event_type::append_block, byte_buffer(8))
                  .add(event_type::execute_load_query, byte_buffer(30))
                  .commit()),
        "(----)"
    );
}

TEST(TransactionGrammar, TakesXaUpToItsPrepareForOneTransactionAndItsEndForAnother)
{
    EXPECT_EQ(
        steps(log()
                  .gtid(1)
                  .query("XA START X'61',X'',1")
                  .table_map(1, "d", "t")
                  .write_rows(1, 1)
                  .query("XA END X'61',X'',1")
                  .xa_prepare("a")
                  .gtid(2)
                  .query("XA COMMIT X'61',X'',1")),
        "(----)()"
    );
    EXPECT_EQ(steps(log().query("XA BEGIN 'a'").query("XA PREPARE 'a'")), "()");
    EXPECT_EQ(steps(log().query("XA START 'a'").query("XA COMMIT 'a' ONE PHASE")), "()");
    EXPECT_EQ(steps(log().query("XA START 'a'").query("XA ROLLBACK 'a'")), "()");
}

TEST(TransactionGrammar, TakesAPayloadForAWholeTransaction)
{
    const byte_buffer payload(10);
    EXPECT_EQ(steps(log().gtid(1).add(event_type::transaction_payload, payload)), "()");
    EXPECT_EQ(steps(log().add(event_type::transaction_payload, payload)), "O");
}

TEST(TransactionGrammar, LetsAGapStandForWhatItHides)
{
    const byte_buffer incident{1, 0, 0};
    EXPECT_EQ(steps(log().gtid(1).add(event_type::incident, incident).stop()), "()O");
    EXPECT_EQ(steps(log().gtid(1).begin().add(event_type::incident, incident).xid(5)), "(--)");
    EXPECT_EQ(steps(log().add(event_type::incident, incident)), "O");
}

TEST(TransactionGrammar, TakesUnknownEventsForPartsOfTheTransactionTheyAreIn)
{
    const auto unknown = static_cast<event_type>(150);
    EXPECT_EQ(steps(log().add(unknown, {}).gtid(1).begin().add(unknown, {}).xid(5)), "O(--)");
    EXPECT_EQ(
        steps(log().gtid(1).begin().add(event_type::view_change, byte_buffer(60)).commit()), "(--)"
    );
}

TEST(TransactionGrammar, LeavesATransactionThatHasNoEnd)
{
    EXPECT_EQ(steps(log().gtid(1).begin().gtid(2).begin().xid(5)), "(-!(-)");
    EXPECT_EQ(steps(log().gtid(1).begin().rotate("b.000002")), "(-!O");
    EXPECT_EQ(steps(log().begin().format()), "(!O");
    EXPECT_EQ(steps(log().begin().previous_gtids({}).xid(5)), "(!OO");
}

TEST(TransactionGrammar, TakesMariaDbsGtidForItsBegin)
{
    EXPECT_EQ(
        steps(log()
                  .add(mariadb_gtid, mariadb_body(0))
                  .table_map(1, "d", "t")
                  .write_rows(1, 1)
                  .query("COMMIT")),
        "(--)"
    );
    EXPECT_EQ(
        steps(log()
                  .add(mariadb_gtid, mariadb_body(0))
                  .query("INSERT INTO t VALUES (1)")
                  .query("INSERT INTO t VALUES (2)")
                  .xid(5)),
        "(--)"
    );
    EXPECT_EQ(steps(log().add(mariadb_gtid, mariadb_body(1)).query("DROP TABLE t").stop()), "()O");
    EXPECT_EQ(steps(log().add(mariadb_gtid, byte_buffer(12)).stop()), "OO") << "too short";
}

TEST(TransactionGrammar, TakesAQueryThatMariaDbCompressedForAStatement)
{
    constexpr auto compressed = static_cast<event_type>(165);
    EXPECT_EQ(
        steps(log().add(mariadb_gtid, mariadb_body(1)).add(compressed, byte_buffer(30)).stop()),
        "()O"
    );
    EXPECT_EQ(
        steps(log().add(mariadb_gtid, mariadb_body(0)).add(compressed, byte_buffer(30)).xid(5)),
        "(-)"
    );
    EXPECT_EQ(steps(log().add(compressed, byte_buffer(30)).stop()), "OO");
}

TEST(TransactionGrammar, KnowsQueriesByTheirFirstWords)
{
    for (const char* text :
         {"BEGIN",
          "begin",
          " BEGIN",
          "BEGIN WORK",
          "START TRANSACTION",
          "start transaction read only",
          "XA START 'a'",
          "xa begin X'61'"})
        EXPECT_EQ(role_of_query(text), event_role::begins) << text;
    for (const char* text :
         {"COMMIT",
          "commit",
          "COMMIT /* implicit, from Xid_log_event */",
          "ROLLBACK",
          "Rollback Work",
          "XA COMMIT 'a'",
          "XA ROLLBACK 'a'",
          "XA PREPARE 'a'"})
        EXPECT_EQ(role_of_query(text), event_role::ends) << text;
    for (const char* text :
         {"",
          " ",
          "BEGINNING",
          "START REPLICA",
          "ROLLBACK TO a",
          "ROLLBACK WORK TO SAVEPOINT a",
          "SAVEPOINT COMMIT",
          "XA END 'a'",
          "XA",
          "INSERT INTO t VALUES ('COMMIT')",
          "# BEGIN"})
        EXPECT_EQ(role_of_query(text), event_role::statement) << text;
}

TEST(TransactionGrammar, TakesAQueryThatCannotBeReadForAStatement)
{
    EXPECT_EQ(steps(log().add(event_type::query, byte_buffer(5))), "O");
    EXPECT_EQ(steps(log().begin().add(event_type::query, byte_buffer(5)).xid(5)), "(-)");
    event_view head;
    head.header.type = event_type::query;
    EXPECT_EQ(role_of(head), event_role::statement);
}

}  // namespace
