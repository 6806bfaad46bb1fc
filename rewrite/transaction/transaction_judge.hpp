#pragma once

#include "rewrite/decision.hpp"
#include "rewrite/migration/migration_book.hpp"
#include "rewrite/settings.hpp"
#include "rewrite/transaction/copy_watch.hpp"
#include "rewrite/transaction/row_counter.hpp"
#include "rewrite/transaction/rows_filter.hpp"
#include "rewrite/transaction/text_names.hpp"
#include "rewrite/transaction/transaction_writer.hpp"

// Judges a transaction's events, one after another: which are served. Its events may lie in the log
// as they are or in a TRANSACTION_PAYLOAD: places are clean offsets or event numbers, and whoever
// feeds it carries out what it says.
//
//   open()               a transaction begins
//   on_event()           each event from BEGIN to its last one
//   close()              after it: what it tells about migrations
//   touched(), keeps()   neither: passed as it is; touched and keeps nothing: emptied to rest()
namespace rewrite {

// What becomes of one event.
struct judgement
{
    filter_step step;         // keep or hide it, and what that does to those before it
    bool replaced = false;    // a kept QUERY: by an operator's statement, which is instead()
    bool asks = false;        // else: take_question(); nothing was done with the event
    std::uint64_t whose = 0;  // hidden: the migration whose table it is about

    bool passes() const { return step.keep && !replaced; }
};

class transaction_judge
{
public:
    // `answer`: to a question, if there is one; taken by the event that asked.
    transaction_judge(const settings& chosen, migration_book& book, std::optional<decision>& answer)
        : set_(chosen)
        , book_(book)
        , answer_(answer)
        , copy_(chosen, book)
    {}

    void open();
    protocol::result<judgement>
    on_event(const coordinate& at, const protocol::event_view& event, std::uint64_t place);
    void begin(const protocol::query_view& query);  // the same for BEGIN and XA START, which stay
    // A row change in text, or the CREATE TABLE of CREATE ... SELECT.
    judgement on_text(
        const coordinate& at, const statement& read, std::string_view text, std::uint64_t place
    );
    void note_packed(const coordinate& at) { copy_.on_packed(at); }  // before close()
    void note_prepared(const protocol::event_view& event);           // its XA_PREPARE
    void close(const coordinate& at);

    const std::string& instead() const { return instead_; }
    question take_question() { return std::move(question_); }

    // Of tables whose rows are counted. If there are any, the last event must be judged, too.
    const std::vector<row_change>& row_changes() const { return counter_.changes(); }

    bool touched() const { return touched_; }  // an event is hidden or replaced
    // Rows, a statement that changes something, or an event that we do not know are served.
    bool keeps() const { return keeps_; }
    const skeleton& rest() const { return rest_; }
    const std::string& xa_id() const { return xa_id_; }
    bool prepared() const { return prepared_; }  // ends in XA PREPARE: what resolves it will come

private:
    protocol::result<judgement>
    judge(const coordinate& at, const protocol::event_view& event, std::uint64_t place);
    judgement
    on_table_map(const coordinate& at, const protocol::table_map_view& map, std::uint64_t place);
    std::optional<question>
    check_original(const coordinate& at, table_name_view name, const protocol::table_map_view& map);
    std::optional<question> ask_about_strayed(const coordinate& at, table_name_view name);
    judgement on_rows(
        const coordinate& at,
        const protocol::rows_head& rows,
        const protocol::event_view& event,
        std::uint64_t place
    );
    protocol::result<judgement>
    on_query(const coordinate& at, const protocol::event_view& event, std::uint64_t place);
    protocol::result<judgement>
    on_load_data(const coordinate& at, const protocol::event_view& event, std::uint64_t place);
    void note_statement_of_counted(const statement& read);
    void on_rows_query(const protocol::event_view& event);
    void on_notes(protocol::byte_view rows);
    void end_statement(const coordinate& at);
    question stop_at_text(const coordinate& at, const text_names& names) const;
    void note_tables(const coordinate& at, const statement& read);
    // The operator's word for all that the event at this coordinate asks; null: there is none.
    const decision* word_for(const coordinate& at);
    judgement ask(question about);

    // What one row statement told about who wrote the ghost.
    struct statement_watch
    {
        bool text_seen = false;  // its text was logged (ROWS_QUERY)
        bool marked = false;     // ... and carries a tool's mark
        bool in_part = false;    // ... and a condition on the rows that it copies
        bool original_mapped = false;
        std::uint64_t ghost_of = 0;
        std::optional<std::uint64_t> notes_table;  // by its columns a tool's notes about its runs
    };

    const settings& set_;
    migration_book& book_;
    std::optional<decision>& answer_;

    rows_filter filter_;
    statement_watch watch_;
    copy_watch copy_;
    std::optional<decision> word_;
    std::string instead_;
    question question_;
    skeleton rest_;
    std::string xa_id_;
    bool prepared_ = false;
    bool touched_ = false;
    bool keeps_ = false;
    std::uint64_t hidden_events_ = 0;
    std::uint64_t hidden_bytes_ = 0;
    std::uint64_t hidden_for_ = 0;     // a migration whose helpers were hidden in it
    std::uint64_t ghost_rows_of_ = 0;  // a migration whose ghost was written in it
    row_counter counter_;
};

}  // namespace rewrite
