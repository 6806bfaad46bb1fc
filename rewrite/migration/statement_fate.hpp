#pragma once

#include "protocol/event.hpp"
#include "protocol/query_event.hpp"
#include "rewrite/migration/migration.hpp"
#include "rewrite/sql/statement.hpp"

#include <string>
#include <variant>

// What becomes of a transaction that is one statement: a value, carried out once the rules are
// through.
namespace rewrite {

// One statement event, read once and handed down.
struct statement_event
{
    const coordinate& at;
    const protocol::event_view& event;
    const protocol::query_view& query;
    const statement& read;
    const lexical_rules& rules;
    protocol::checksum sum;
};

struct keep_statement
{};
struct empty_statement
{
    std::uint64_t hidden_for = 0;  // a migration that counts it
};
// Another text in the statement's own character set: an operator's, or parts of it.
struct replace_text
{
    std::string text;
};
// A text of ours, in UTF-8.
struct write_text
{
    std::string text;
};
// The recorded ALTER in the place of the cut-over: it runs in its own session state.
struct stand_in
{
    std::string text;
    std::string database;
    protocol::byte_buffer status;
    bool lenient = false;  // see proof
};
// A question as a fate: nothing else came of the statement.
using statement_fate =
    std::variant<keep_statement, empty_statement, replace_text, write_text, stand_in, question>;

}  // namespace rewrite
