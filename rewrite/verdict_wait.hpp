#pragma once

#include "protocol/event.hpp"
#include "protocol/query_event.hpp"
#include "rewrite/decision.hpp"
#include "rewrite/migration/migration.hpp"
#include "rewrite/sql/session_rules.hpp"
#include "rewrite/sql/statement.hpp"

#include <optional>

// While publishing waits at a question, pulled events queue up; this reads them ahead and says when
// there is an answer. Pure: time and the source's answers are told to it.
//
//   verdict_wait wait(rewriter.wait_for(question));
//   for each queued event, the one that asked first:  wait.on_event(...)
//   needs() tells whose facts to ask of the source; wait.on_facts(...) when they come
//   decided() gives the decision; expire() when the bound ran out
namespace rewrite {

struct settings;

// What the rewriter knows when it asks.
struct wait_start
{
    question asked;
    policy rules;
    name_case names = name_case::sensitive;
    std::uint32_t server_version = default_server_version;
    migration_plan plan;  // complete if judged at the binding; else filled while reading ahead
    std::string doubt;    // why it must pass whatever the facts say; empty if there is no reason
    bool late = false;    // the ALTER itself asks: what was before it is served
    table_name away;      // second_half: where the original went
};

class verdict_wait
{
public:
    explicit verdict_wait(wait_start from);

    void on_event(const coordinate& at, const protocol::event_view& event);
    // The original whose facts are wanted and not yet given.
    std::optional<table_name> needs() const;
    void on_facts(facts answer);
    // The log before this coordinate has been read, also when no event came.
    void on_read_up_to(const coordinate& at);
    std::optional<decision> decided() const;
    // The bound ran out: the decision that must be recorded now.
    decision expire() const;

private:
    void on_statement(
        const coordinate& at,
        const statement& read,
        const protocol::query_view& query,
        const lexical_rules& rules
    );
    void look_for_ghost(
        const coordinate& at,
        const statement& read,
        const protocol::query_view& query,
        const lexical_rules& rules
    );
    void look_for_run(
        const coordinate& at,
        const statement& read,
        const protocol::query_view& query,
        const lexical_rules& rules
    );
    void note_alter(const protocol::query_view& query, const lexical_rules& rules);
    bool is_no_run() const;
    decision judged_later(std::string reason) const;
    void look_for_second_half(const statement& read);
    void look_for_notes(const protocol::event_view& event);
    void look_into(const coordinate& at, const protocol::event_view& event);  // a compressed one
    void note_change(const coordinate& at, const statement& read);
    std::optional<std::string> stale_facts() const;
    bool
    is_tools_own(const statement& read, std::string_view text, const lexical_rules& rules) const;

    wait_start from_;
    bool bound_ = false;       // the original is known: CREATE ... LIKE or a trigger was read
    bool alter_seen_ = false;  // looking ahead: and the trigger
    coordinate alter_at_;      // then: changes behind it are the rewriter's to judge
    bool makes_no_table_ = false;
    bool is_used_ = false;  // looking ahead: the table is no trigger tool's, it is used otherwise
    struct change
    {
        coordinate at;
        std::string text;
    };
    std::optional<change> change_;  // of the original, the first that is no tool's work
    coordinate read_up_to_;
    std::optional<facts> facts_;
    std::optional<bool> second_half_;
};

}  // namespace rewrite
