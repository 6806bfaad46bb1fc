#pragma once

#include "rewrite/migration/migration_book.hpp"
#include "rewrite/migration/statement_fate.hpp"
#include "rewrite/rewriter.hpp"
#include "rewrite/transaction/rows_filter.hpp"
#include "rewrite/transaction/transaction.hpp"
#include "rewrite/verdict/log_schema.hpp"

#include <set>

// The rewriter's inside, cut by what an event is: rewriter_events.cpp has events and transactions,
// rewriter_text.cpp row changes in text, rewriter_payload.cpp compressed transactions,
// rewriter_statement.cpp statements of their own, whose rules are in migration/;
// rewriter_serve.cpp writes what a statement becomes.
// A function that may ask returns the question and has then changed nothing.
namespace rewrite {

using asks = std::optional<question>;

// What one row statement told about who wrote the ghost.
struct statement_watch
{
    bool text_seen = false;  // its text was logged (ROWS_QUERY)
    bool marked = false;     // ... and carries a tool's mark
    bool original_mapped = false;
    std::uint64_t ghost_of = 0;
};

// What a row change in text becomes.
struct text_fate
{
    bool drop = false;
    bool remark = false;                 // a statement that only writes what may differ
    std::uint64_t whose = 0;             // a migration whose table it names
    std::optional<std::string> instead;  // an operator's statement
};

// What was noticed about migrations in an event; raised only when the event asks nothing more.
using alarms = std::vector<std::pair<std::uint64_t, std::string>>;

struct rewriter::state
{
    settings set;
    emitter emit;
    transaction tx;
    rows_filter filter;
    statement_watch watch;
    migration_book book;
    std::set<std::string> emptied_xa;  // XA transactions whose prepare was emptied
    std::optional<decision> answer;
    log_schema seen;  // with settings::facts_from_log

    // rewriter.cpp
    void load(protocol::reader& from);
    void load_v1(protocol::reader& from);

    // rewriter_events.cpp
    protocol::result<asks>
    on_event(const coordinate& at, const protocol::event_view& event, protocol::checksum sum);
    protocol::result<asks>
    on_query(const coordinate& at, const protocol::event_view& event, protocol::checksum sum);
    protocol::result<asks> on_table_map(const coordinate& at, const protocol::event_view& event);
    protocol::result<asks> on_rows(const coordinate& at, const protocol::event_view& event);
    protocol::result<asks>
    on_load_data(const coordinate& at, const protocol::event_view& event, protocol::checksum sum);
    asks on_text_change(const statement_event& s);
    // Shared by transactions as they come and compressed ones. `word` is the operator's, once
    // taken: one word goes for all that an event asks.
    asks look_at_table_map(
        const coordinate& at,
        const protocol::table_map_view& map,
        std::optional<decision>& word,
        const hidden_object*& object
    );
    asks judge_text(
        const coordinate& at,
        const statement& read,
        std::string_view text,
        std::optional<decision>& word,
        text_fate& fate,
        alarms& noticed
    );
    void end_watch(alarms& noticed);
    void raise(const alarms& noticed, const coordinate& at);
    void made_in_transaction(const table_name& table, const coordinate& at);
    std::uint64_t next_place() const
    {
        return tx.gtid_held ? emit.clean_end + tx.gtid_event.size() : emit.clean_end;
    }
    void open(const coordinate& at);
    void begin(const statement_event& s);
    void pass(const protocol::event_view& event);
    void hide(const protocol::event_view& event, std::uint64_t migration);
    void carry_out(const filter_step& step);
    protocol::result<asks> end_transaction(
        const coordinate& at, const protocol::event_view& event, protocol::checksum sum
    );
    void leave_unfinished(const coordinate& at);
    void on_incident(const coordinate& at);
    void pass_alone(const coordinate& at, const protocol::event_view& event);

    // What becomes of a transaction that is one statement.
    void serve(const statement_event& s);
    void serve_text(const statement_event& s, std::string_view text);
    void serve_utf8_text(const statement_event& s, std::string_view text);
    void
    serve_query(const statement_event& s, const protocol::query_view& query, std::uint16_t flags);
    void serve_empty(const statement_event& s, std::uint64_t migration);
    void write_empty(
        const protocol::event_header& like,
        std::string_view database,
        protocol::byte_view status,
        std::uint32_t thread_id,
        std::optional<std::uint64_t> xid,
        protocol::checksum sum
    );
    void write_whole(protocol::byte_buffer event, protocol::checksum sum);
    void commit(const coordinate& at, const protocol::event_view& event, bool touched);

    // rewriter_statement.cpp
    asks on_statement(const statement_event& s);
    asks on_row_statement(const statement_event& s);
    void end_statement(const statement_event& s);
    void carry_out(const statement_event& s, const statement_fate& fate);
    std::optional<decision> take(question_kind kind, const coordinate& at);

    // rewriter_payload.cpp
    protocol::result<asks>
    on_payload(const coordinate& at, const protocol::event_view& event, protocol::checksum sum);
};

}  // namespace rewrite
