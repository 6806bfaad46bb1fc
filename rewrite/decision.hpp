#pragma once

#include "protocol/enum_names.hpp"
#include "protocol/error.hpp"
#include "protocol/gtid_set.hpp"
#include "rewrite/row_tally.hpp"
#include "rewrite/verdict/facts.hpp"
#include "rewrite/verdict/verdict.hpp"

#include <optional>
#include <string>

// What cannot be recomputed from the log: recorded once, durable, keyed by the upstream coordinate
// of the event that asked, and replayed at recovery.
namespace rewrite {

// What the rewriter may ask at an event. It goes on only when the answer is there. The numbers are
// in the ledger.
enum class question_kind : std::uint8_t {
    verdict = 1,      // fold or pass this migration; needs facts about `original`
    second_half = 2,  // two-step cut-over: does the second rename follow?
    stop = 3,         // publishing has stopped; only an operator's word goes on
    count = 4,        // how many rows had the original? Its key is the verdict's coordinate
    free_name = 5,    // was there no table called `ghost`? Answered at once, by what is remembered
};

// The numbers are in the ledger: a new one goes to the end.
enum class stop_reason : std::uint8_t {
    disturbed_cut_over = 1,  // the original was changed by others while the tool ran
    lost_rows,               // rows of the original between gh-ost's sentry DROP and its RENAME
    hidden_renamed_away,     // a hidden object got a name no rule knows and is used
    hidden_named,            // a passing statement needs a hidden object
    two_ghosts,              // one RENAME completes several folded migrations
    swap_back,               // a rename brings a hidden old table back
    after_check,             // the original does not look as the folded ALTER leaves it
    unreadable,              // a statement that cannot be read while an object is hidden
    rows_differ,             // the tool's copy has not as many rows as the original
    not_counted,             // rows may be missing in the copy, and nobody could count them
    not_witnessed,           // a renamed column may not have been copied, and no row shows it
};
std::string_view to_text(stop_reason reason);

// Which question of which transaction: the same in every server's log.
struct asked_in
{
    protocol::gtid transaction;  // number 0: it has no GTID
    std::uint32_t number = 0;    // counts the places in it where something was asked, from 1 on
    bool operator==(const asked_in&) const = default;
};

struct question
{
    question_kind kind = question_kind::verdict;
    coordinate at;        // the key
    asked_in in;          // another one: in the log of another server it has another coordinate
    table_name original;  // whose facts; empty until known (gh-ost's changelog CREATE)
    table_name ghost;
    tool which{};
    std::uint64_t migration = 0;
    stop_reason reason = stop_reason::unreadable;
    // stop: what happened and what to do, for people; second half: the table that is renamed away
    std::string text;
    // What came of the transaction is stored already, by a decision that must be there.
    bool was_answered = false;
    // verdict: at a CREATE that may be a trigger tool's, by its name. Only what is remembered
    // counts for facts; if no run follows that folds, the answer is `later`, and the CREATE is
    // served.
    bool looks_ahead = false;
};

enum class operator_word : std::uint8_t {
    pass = 1,   // serve what the source wrote
    empty = 2,  // serve an emptied transaction
    sql = 3,    // serve `sql` instead
};
constexpr protocol::enum_names<operator_word, 3, 1> operator_word_names{{"pass", "empty", "sql"}};

struct decision
{
    question_kind kind = question_kind::verdict;  // which question it answers
    coordinate at;
    asked_in in;              // beside the bytes: a record of its own in the ledger
    rewrite::verdict ruling;  // verdict
    table_name original;      // verdict: which migration; empty where the wait never saw it
    table_name ghost;
    std::optional<facts> known;  // the facts it used
    bool expired = false;        // the wait ran out
    bool later = false;          // the verdict is made at the tool's ALTER, or at its first trigger
    bool found = false;          // second_half: it follows; free_name: none was
    operator_word word = operator_word::pass;  // stop: the operator's
    std::string sql;
    std::optional<row_count> counted;  // count
};
// For the ledger; versioned, hostile-safe.
protocol::byte_buffer to_bytes(const decision& made);
protocol::result<decision> parse_decision(protocol::byte_view bytes);

}  // namespace rewrite
