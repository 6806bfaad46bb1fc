#pragma once

#include "protocol/event.hpp"

// Where transactions begin and end in a log, told from its events one after another. Whoever needs
// a border asks here: the rewriter, the store's recovery and translation, the counts.
//
//   transaction_grammar grammar;              one for each stretch of a log that begins at a border
//   const transaction_step step = grammar.on(role_of(event));
//
// A grammar is a small value: who may have to do an event again works on a copy.
namespace protocol {

// What an event is for the transaction that it is in.
enum class event_role : std::uint8_t {
    opens,        // GTID, ANONYMOUS_GTID, tagged GTID: a QUERY other than BEGIN is the whole of it
    opens_begun,  // MariaDB's GTID event, which is its BEGIN as well
    begins,       // BEGIN, XA START
    part,         // rows, and what belongs to the statement after it: a transaction if none is open
    statement,    // after BEGIN a part, else a transaction of its own, or the end of one
    ends,         // XID, COMMIT, ROLLBACK, XA PREPARE, COMMIT and ROLLBACK; TRANSACTION_PAYLOAD
    gap,          // INCIDENT: the end of a transaction that has no BEGIN, else as `neutral`
    neutral,      // in a transaction a part of it, else an event by itself; also unknown ones
    between,      // FORMAT_DESCRIPTION, PREVIOUS_GTIDS, ROTATE, STOP: never in a transaction
};

// By its text. Servers write the words of transactions themselves: nothing stands in front of them.
event_role role_of_query(std::string_view text);
// A QUERY whose text cannot be read is a statement, as is one of which only the head is given.
event_role role_of(const event_view& event);
// Of all types but QUERY, which is a statement here, and MariaDB's GTID event, which is neutral.
event_role role_of(event_type type);

struct transaction_step
{
    bool abandons = false;  // the transaction that was open has no end: it ended before this event
    bool begins = false;    // this event is the first of a transaction
    bool ends = false;      // it is the last of one, or an event by itself
};

class transaction_grammar
{
public:
    // Inline: every event of a log passes through it.
    transaction_step on(event_role role);

    bool open() const { return open_; }    // in a transaction
    bool begun() const { return begun_; }  // ... that a statement does not end

private:
    bool open_ = false;
    bool begun_ = false;
};

inline transaction_step transaction_grammar::on(event_role role)
{
    const bool was_open = open_;
    switch (role) {
        case event_role::opens:
        case event_role::opens_begun:
            open_ = true;
            begun_ = role == event_role::opens_begun;
            return {.abandons = was_open, .begins = true};
        case event_role::begins: open_ = begun_ = true; return {.begins = !was_open};
        case event_role::part: open_ = true; return {.begins = !was_open};
        case event_role::statement: open_ = begun_; return {.begins = !was_open, .ends = !begun_};
        case event_role::ends: open_ = begun_ = false; return {.begins = !was_open, .ends = true};
        case event_role::gap: open_ = begun_; return {.ends = !begun_};
        case event_role::neutral: return {.ends = !was_open};
        case event_role::between: break;
    }
    open_ = begun_ = false;
    return {.abandons = was_open, .ends = true};
}

}  // namespace protocol
