#pragma once

#include "rewrite/output.hpp"
#include "rewrite/row_history.hpp"
#include "rewrite/settings.hpp"
#include "rewrite/verdict_wait.hpp"

#include <memory>
#include <optional>

// The only door to rewriting. Events and decisions in; outputs, questions and remarks out. Pure: no
// clock, no file; the same events and decisions give the same outputs, byte for byte.
//
//   begin_file() when an upstream file begins (magic and FORMAT_DESCRIPTION were read)
//   on_event() with each event in order
//      a question:  gather the answer, decide(), then on_event() with the same event again
//      otherwise:   apply the outputs in order
//
// The clean log's offset is counted here too, from what was appended and cut.
namespace rewrite {

struct count_request
{
    std::uint64_t migration = 0;
    coordinate judged;  // of its verdict: the key of the count's decision
    table_name original;
    // The tool is about to change the original's definition (its triggers): a count that takes long
    // would hold that up, and with it the application.
    bool altering = false;
    // SQL: of how many rows is each true?
    std::vector<std::string> conditions;
};

class rewriter
{
public:
    explicit rewriter(settings chosen);
    ~rewriter();
    rewriter(rewriter&&) noexcept;
    rewriter& operator=(rewriter&&) noexcept;

    // Between two events while it hides nothing, so that no migration is judged by two sets of
    // rules. A restart that goes on before this place must have the rules from there.
    void set_rules(policy rules);

    // A clean file begins: `clean_end` is the clean offset where the next append lands (4). Its
    // FORMAT_DESCRIPTION event then comes through on_event like any other.
    void begin_file(std::uint64_t clean_end);

    // The source's server was started: connections get the numbers of those before.
    void on_source_started();

    // MYSQL_VERSION_ID of the server that writes the file, 0 if unknown: statements are read, and
    // ALTERs priced, as that server does.
    void set_source_version(std::uint32_t version);

    // Nothing: done, outputs are complete. A question: nothing was done with the event, answer
    // first. `event` is verified (checksum, size). Views in `out` hold until the next call.
    protocol::result<std::optional<question>> on_event(
        const coordinate& at,
        const protocol::event_view& event,
        protocol::checksum sum,
        outputs& out
    );

    // The answer to a question with the same coordinate; consumed by the on_event that asked. A
    // count may come at any time before, between events.
    void decide(decision made);

    // The originals whose rows are to be counted at the source, and are not yet.
    std::vector<count_request> wanted_counts() const;
    // row_count::changed_before of a snapshot; nothing: another one must be taken. The log was read
    // up to place.end.
    std::optional<std::int64_t>
    changed_at(std::uint64_t migration, const snapshot_place& place) const;

    // Why `sql` cannot stand in at this stop (operator_sql.hpp); empty: it can.
    std::string objection_to(std::string_view sql, const question& stop) const;

    // SHOW CREATE TABLE of a migration's original at its verdict; empty: there is none.
    std::string definition_at_verdict(std::uint64_t migration) const;

    // The transaction that is open comes again from elsewhere, or never: back to the border in
    // front of it. What came of it is to be cut; the next append lands at `clean_end`.
    void abandon_transaction(std::uint64_t clean_end);
    // Where the next append lands, and where it does instead of that: after outputs that were not
    // taken, or were changed.
    std::uint64_t clean_end() const;
    void move_clean_end(std::uint64_t to);
    // Of the transaction that is open; number 0: it has none, or none is.
    const protocol::gtid& transaction_id() const;

    bool hides_anything() const;  // the hidden set is not empty
    bool in_transaction() const;  // between a GTID event and its end
    std::vector<table_name> hidden_tables() const;
    std::vector<migration_summary> migrations() const;  // those not ended, and the last 100 ended

    // What a look-ahead needs to know of this state. Call it before anything else is done after the
    // question came.
    wait_start wait_for(const question& asked) const;
    // With settings::facts_from_log: what this log itself says of the question's original.
    // facts::missing says why that is not enough.
    facts facts_from_log(const table_name& original, const table_name& ghost) const;

    // How many changes outputs::schema has told since the log began: saved, so that whoever keeps
    // what tables look like knows whether it has heard of all of them.
    std::uint64_t schema_changes() const;

    // Everything that outlives a restart, as of a committed border. restore() gives nothing if the
    // bytes are not what save() wrote.
    protocol::byte_buffer save() const;
    static protocol::result<rewriter> restore(settings chosen, protocol::byte_view saved);

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace rewrite
