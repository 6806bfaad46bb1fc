#pragma once

#include "protocol/transaction_grammar.hpp"
#include "rewrite/migration/migration_book.hpp"
#include "rewrite/migration/statement_fate.hpp"
#include "rewrite/rewriter.hpp"
#include "rewrite/row_history.hpp"
#include "rewrite/transaction/transaction_judge.hpp"
#include "rewrite/verdict/log_schema.hpp"

#include <set>

// The rewriter's inside. rewriter_events.cpp takes events into transactions, through the judge to
// the writer (transaction/); rewriter_statement.cpp does so with statements that are a transaction
// of their own, whose rules are in migration/.
// A function that may ask returns the question and has then changed nothing.
namespace rewrite {

using asks = std::optional<question>;

struct rewriter::state
{
    settings set;
    emitter emit;
    migration_book book;
    std::optional<decision> answer;
    protocol::transaction_grammar grammar;
    transaction_writer writer{emit};
    transaction_judge judge{set, book, answer};
    bool filtering = false;  // the transaction goes through the judge
    // In front of that transaction: the source may go away in the middle of it.
    std::optional<migration_book> book_before;
    std::set<std::string> emptied_xa;  // XA transactions whose prepare was emptied
    log_schema seen;                   // with settings::facts_from_log
    row_history history;               // of counted originals; not saved
    // Of the event in hand and, where a file begins, of what lies before it.
    std::vector<schema_change> changes;
    std::uint64_t change_count = 0;  // of all that were told
    bool ended_in_order = false;     // the event before was the one with which a server ends

    // rewriter.cpp
    void load(protocol::reader& from);
    void load_v1(protocol::reader& from);

    // rewriter_events.cpp
    protocol::result<asks>
    on_event(const coordinate& at, const protocol::event_view& event, protocol::checksum sum);
    protocol::transaction_step
    enter(protocol::event_role role, const coordinate& at, protocol::transaction_grammar& after);
    protocol::result<asks> on_gtid(
        const coordinate& at,
        const protocol::event_view& event,
        protocol::transaction_grammar& after
    );
    protocol::result<asks> on_query(
        const coordinate& at,
        const protocol::event_view& event,
        protocol::checksum sum,
        protocol::transaction_grammar& after
    );
    protocol::result<asks> on_other(
        const coordinate& at,
        const protocol::event_view& event,
        protocol::checksum sum,
        protocol::transaction_grammar& after
    );
    protocol::result<asks>
    on_inner(const coordinate& at, const protocol::event_view& event, protocol::checksum sum);
    protocol::result<void>
    change(const protocol::event_view& event, const judgement& made, protocol::checksum sum);
    protocol::result<asks>
    on_last(const coordinate& at, const protocol::event_view& event, protocol::checksum sum);
    protocol::result<asks>
    on_payload(const coordinate& at, const protocol::event_view& event, protocol::checksum sum);
    protocol::result<asks>
    on_load_data(const coordinate& at, const protocol::event_view& event, protocol::checksum sum);
    protocol::result<asks>
    finish(const coordinate& at, const protocol::event_view& last, protocol::checksum sum);
    // What a transaction that ends with this event did to counted tables.
    void count_rows(
        const transaction_judge& judged, const coordinate& at, const protocol::event_view& last
    );
    void empty_transaction(
        const coordinate& at,
        const protocol::event_view& last,
        const transaction_judge& judged,
        protocol::checksum sum
    );
    void on_incident(const coordinate& at);
    void note_inner_statement(const protocol::query_view& query);

    // rewriter_statement.cpp
    asks on_statement(const statement_event& s, const temporary_change& temporary);
    asks on_row_statement(const statement_event& s);
    void end_statement(const statement_event& s);
    void carry_out(const statement_event& s, const statement_fate& fate);
};

}  // namespace rewrite
